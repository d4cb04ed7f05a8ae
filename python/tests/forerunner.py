"""Whether carto-auth 0.2.0 is what is tried, by `predecessor/run`, and what has to fail then."""

import functools
import importlib.util
from importlib.metadata import version
from pathlib import Path

import pytest

PREDECESSOR = importlib.util.find_spec("carto_auth") is not None and version("carto-auth") == "0.2.0"

# Named so that Python loads it by itself in every process of a test.
TRANSPORT = Path(__file__).parent / "predecessor" / "transport" / "sitecustomize.py"


def has_to_fail(item, why):
    """Marks a test of what is not as in 0.2.0: it fails there, or the run does."""
    if PREDECESSOR:
        item.add_marker(pytest.mark.xfail(reason=why, strict=True))


def lead_to_the_sandbox(monkeypatch):
    """Lets 0.2.0, here and in processes started from here, ask the sandbox instead of CARTO."""
    monkeypatch.setenv("PYTHONPATH", str(TRANSPORT.parent))
    _load_once()


@functools.cache
def _load_once():
    spec = importlib.util.spec_from_file_location("transport", TRANSPORT)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
