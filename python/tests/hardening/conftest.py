"""The rows of the bad-input matrix on the package: a test's name begins with the number of its row.

The tests of 0.2.0 lie in `forerunner`, and run where 0.2.0 is what is installed.
"""

import sys
from pathlib import Path

from forerunner import PREDECESSOR

# A row that is played against both is written once, here.
sys.path.insert(0, str(Path(__file__).parent))

collect_ignore_glob = ["test_*.py"] if PREDECESSOR else ["forerunner/*"]
