"""The row of `test_crowd.py` that 0.2.0 can be driven to, played against it."""

from test_crowd import test_l33_fifty_processes_cause_one_sign_in_and_get_one_token  # noqa: F401
