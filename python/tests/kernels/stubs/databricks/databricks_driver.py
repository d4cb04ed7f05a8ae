"""What a Databricks notebook finds on its driver, as far as a sign-in can tell.

`dbutils` knows the notebook's user as the real one does, through Java options that raise where there is nothing;
`clear_output` does nothing, as there.
"""

import os

import IPython.core.display_functions
import IPython.display


class DbUtils:
    """`dbutils`; `user` is who runs the next cell, or None where the cluster does not tell."""

    def __init__(self, user):
        self.user = user
        self.notebook = _Notebook(self)


class _Notebook:
    def __init__(self, dbutils):
        self.entry_point = _Java(dbutils)


class _Java:
    """The objects of the notebook's JVM, all in one."""

    def __init__(self, dbutils):
        self._dbutils = dbutils

    def getDbutils(self):
        return self

    def notebook(self):
        return self

    def getContext(self):
        return self

    def userName(self):
        return _Option(self._dbutils.user)

    def tags(self):
        return {"user": self.userName()}


class _Option:
    def __init__(self, value):
        self._value = value

    def get(self):
        if self._value is None:
            raise RuntimeError("java.util.NoSuchElementException: None.get")
        return self._value


def install(user_ns):
    """Makes this kernel a driver's, for the user that `STUB_NOTEBOOK_USER` names."""
    user_ns["dbutils"] = DbUtils(os.environ.get("STUB_NOTEBOOK_USER"))
    for module in (IPython.display, IPython.core.display_functions):
        module.clear_output = lambda wait=False: None
