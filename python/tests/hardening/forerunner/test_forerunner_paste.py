"""The rows of `test_paste.py`, played against carto-auth 0.2.0."""

from test_paste import *  # noqa: F403
