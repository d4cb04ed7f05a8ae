"""Nothing of 0.2.0's suite was left out, and no difference is hidden."""

import ast
from pathlib import Path

from predecessor.counterparts import COUNTERPARTS, DIFFERENCES

HERE = Path(__file__).parent
GUIDE = HERE.parents[2] / "docs" / "guides" / "migration.md"


def written_in(file):
    functions = ast.parse((HERE / file).read_text(encoding="utf-8")).body
    return {one.name for one in functions if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")}


def test_each_of_the_29_tests_of_0_2_0_has_a_counterpart_of_its_own():
    assert len(COUNTERPARTS) == 29
    for file in ("test_auth.py", "test_pkce.py", "test_utils.py"):
        named = {new for old, new in COUNTERPARTS.items() if old.startswith(file)}
        assert named == written_in(f"test_predecessor_{file.removeprefix('test_')}")
    assert len(set(COUNTERPARTS.values())) == 29


def test_each_difference_is_one_of_them_and_is_explained_to_people():
    guide = GUIDE.read_text(encoding="utf-8")
    for name, why in DIFFERENCES.items():
        assert name.partition("[")[0] in COUNTERPARTS.values()
        assert f"<!-- {name} -->" in guide, f"{GUIDE.name} does not explain: {why}"
