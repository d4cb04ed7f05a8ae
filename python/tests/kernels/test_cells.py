"""Every cell of the kernel matrix has its test, and the page that lists them says what is so."""

import subprocess
import sys
from pathlib import Path

from cells import PROMISES, cells, table

HERE = Path(__file__).parent


def test_every_cell_has_a_test():
    assert len({(place, promise) for place, promise, _ in cells()}) == 8 * len(PROMISES)
    assert {test for _, _, test in cells()} - collected() == set()


def test_the_page_is_what_the_tests_say():
    page = HERE.parents[2] / "docs" / "hardening" / "kernels.md"
    assert page.read_text(encoding="utf-8") == table(), "write it anew: python python/tests/kernels/cells.py"


def collected():
    """The tests of this folder as pytest names them, and those with parameters without them too."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--rootdir", str(HERE), "-c", "/dev/null", "."]
    listed = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=50)
    assert listed.returncode == 0, listed.stdout + listed.stderr
    names = {line for line in listed.stdout.splitlines() if "::" in line}
    return names | {name.partition("[")[0] for name in names}
