"""The defects of carto-auth 0.2.0 by number, and what a run against it expects: that each is there."""

import pytest
from forerunner import PREDECESSOR, has_to_fail


def pytest_configure(config):
    config.addinivalue_line("markers", "defect(*numbers, unproven=None): what 0.2.0 did wrong, and no longer happens")


def pytest_collection_modifyitems(items):
    for item in items:
        for mark in item.iter_markers("defect"):
            why = mark.kwargs.get("unproven")
            if PREDECESSOR and why:
                item.add_marker(pytest.mark.skip(reason=why))
            else:
                has_to_fail(item, f"defects of 0.2.0: {', '.join(map(str, mark.args))}")
