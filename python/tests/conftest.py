"""Fixtures that every test of the package may use."""

import os
import sys
from pathlib import Path

import pytest

# The tests' own modules, whatever the folder that a test lies in.
sys.path.insert(0, str(Path(__file__).parent))

from debug_text import debug_in
from forerunner import PREDECESSOR, lead_to_the_sandbox
from world import Carto, own_variables


@pytest.fixture
def carto(tmp_path_factory, monkeypatch):
    """A sandbox of CARTO for this test alone, with the variables that lead to it and an empty home.

    One starts in a few milliseconds, so none is shared. There is no screen, no browser, no notebook and nobody at
    standard input until the test says so.
    """
    for name in own_variables(os.environ):
        if name != "CARTO_AUTH_BIN":
            monkeypatch.delenv(name)
    carto = Carto(tmp_path_factory.mktemp("carto"), monkeypatch)
    monkeypatch.setenv("HOME", str(carto.home))
    for name, value in carto.variables.items():
        monkeypatch.setenv(name, value)
    if PREDECESSOR:
        lead_to_the_sandbox(monkeypatch)
    yield carto
    carto.end()


@pytest.fixture(autouse=True)
def no_debug(monkeypatch):
    """Every exception of the package that a test expects is told in words, and not as Rust shows a value."""
    if PREDECESSOR:
        return
    from carto_auth import CredentialsError

    fill = pytest.ExceptionInfo.fill_unfilled

    def look(info, exc_info):
        fill(info, exc_info)
        if isinstance(info.value, CredentialsError):
            assert debug_in(info.value) == []

    monkeypatch.setattr(pytest.ExceptionInfo, "fill_unfilled", look)
