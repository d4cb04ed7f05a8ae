"""The rows of `test_ending.py`, played against carto-auth 0.2.0."""

from test_ending import *  # noqa: F403
