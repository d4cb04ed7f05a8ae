"""What a run against carto-auth 0.2.0 expects of these tests."""

from pathlib import Path

from forerunner import has_to_fail
from predecessor.counterparts import DIFFERENCES, REPLACED

EXPECTED = {**DIFFERENCES, **REPLACED}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for name in {item.name, item.originalname} & EXPECTED.keys():
                has_to_fail(item, EXPECTED[name])
