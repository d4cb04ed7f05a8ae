"""The rows of `test_loopback.py`, played against carto-auth 0.2.0."""

from test_loopback import *  # noqa: F403
