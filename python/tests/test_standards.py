"""What `docs/standards.md` and `SECURITY.md` say holds a rule or stops an attacker is a test, and is there.

A test that was moved or renamed has to be named anew; the failure says where one of its name is now.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STANDARDS = ROOT / "docs" / "standards.md"
SECURITY = ROOT / "SECURITY.md"

# The numbers of the rules, as the list has them that this project was given.
RULES = [f"S{number:02}" for first, last in ((1, 14), (20, 32), (40, 43), (50, 51), (60, 60), (70, 71))
         for number in range(first, last + 1)]  # fmt: skip

ATTACKERS = [
    "a web page",
    "another user of this machine",
    "another process of the same user",
    "a hostile network",
    "a hostile identity provider",
    "a hostile host of carto's",
    "a second person on a shared driver",
    "who reads the shared store",
]

NAMED = re.compile(r"`([\w./-]+\.(?:rs|py|js))::([^`]+)`")


def test_every_rule_has_a_row_in_order_and_every_row_a_test():
    rows = [row for row in rows_of(STANDARDS) if re.fullmatch(r"S\d\d", row[0])]
    assert [row[0] for row in rows] == RULES
    for number, rule, done, tests in rows:
        assert rule and done, number
        assert NAMED.search(tests), f"{number} names no test"


def test_every_attacker_has_a_part_of_its_own_with_what_stops_it_and_a_test():
    parts = re.split(r"^### ", SECURITY.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    told = {part.partition("\n")[0].lower(): part for part in parts}
    assert list(told) == ATTACKERS
    for attacker, part in told.items():
        assert "Not defended:" in part, attacker
        rows = [line for line in part.splitlines() if line.startswith("| ")][2:]  # below the names of the columns
        assert rows and all(NAMED.search(row) for row in rows), attacker


@pytest.mark.parametrize("document", [STANDARDS, SECURITY], ids=lambda path: path.name)
def test_every_test_that_is_named_is_one(document):
    named = NAMED.findall(document.read_text(encoding="utf-8"))
    assert len(named) > 20
    wrong = [fault for fault in (fault_of(file, test) for file, test in named) if fault]
    assert wrong == []


def test_what_is_no_test_is_found_out():
    assert fault_of("tests/listener.rs", "a_favicon_that_nobody_asked_for")
    assert fault_of("tests/listener.rs", "assert_is_free"), "a function of that file, and no test"
    assert fault_of("tests/world/waiting.rs", "begin")
    assert fault_of("tests/test_standards.py", "fault_of")
    assert fault_of("tests/nowhere.rs", "the_challenge_is_that_of_the_standard")


def test_there_is_no_device_flow_to_hold_to_its_rules():
    for file in (ROOT / "crates" / "carto-auth" / "src").rglob("*.rs"):
        text = file.read_text(encoding="utf-8")
        assert "device_code" not in text and "device_authorization" not in text, file


# The machinery.


def tell():
    """Print the figures of `docs/hardening.md`."""
    rows = [row for row in rows_of(STANDARDS) if re.fullmatch(r"S\d\d", row[0])]
    without = [row[0] for row in rows if row[2].startswith("does not apply")]
    departures = [row[0] for row in rows if "**" in row[2]]
    print(f"{len(rows)} rules: {len(rows) - len(without)} apply and each has a test, {len(without)} do not")
    print(f"rules that do not apply: {' '.join(without)}; with a departure that is told: {' '.join(departures)}")
    for document in (STANDARDS, SECURITY):
        named = set(NAMED.findall(document.read_text(encoding="utf-8")))
        faults = [one for one in named if fault_of(*one)]
        print(f"{document.name}: {len(named)} tests are named, {len(faults)} of them are none")
    part = SECURITY.read_text(encoding="utf-8").partition("## Who attacks")[2]
    ways = [line for line in part.splitlines() if line.startswith("| ") and NAMED.search(line)]
    print(f"{len(ATTACKERS)} attackers with {len(ways)} ways in, each with what stops it and a test")


def rows_of(document):
    lines = document.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("| ")]


def fault_of(file, test):
    """Why this names no test; nothing where it does."""
    places = [path for path, tests in every_test().items() if test in tests]
    if any(f"/{place}".endswith(f"/{file}") for place in places):
        return None
    return f"{file}::{test} is no test" + (f"; one of that name is in {' and '.join(places)}" if places else "")


@cache
def every_test():
    """The tests in each file of this project."""
    readers = {".rs": read_rust, ".py": read_python, ".js": read_javascript}
    found = {}
    for folder in ("crates", "python/tests", "conformance"):
        for path in (ROOT / folder).rglob("*"):
            own = path.relative_to(ROOT)
            # What the slow suite has installed is not of this project.
            if path.suffix in readers and "node_modules" not in own.parts and not own.as_posix().count("/."):
                found[own.as_posix()] = readers[path.suffix](path.read_text(encoding="utf-8"))
    return found


def read_rust(text):
    attributes = r"((?:^[ \t]*#\[[^\n]*\n)+)[ \t]*(?:pub(?:\([\w ]+\))? )?(?:async )?fn (\w+)\("
    found = re.findall(attributes, text, flags=re.MULTILINE)
    tests = {name for above, name in found if re.search(r"#\[(tokio::)?test\b", above) and "#[ignore" not in above}
    # Those that every store is held to come from one list.
    for block in re.findall(r"promises_of! \{\s*open:([\w\s]+)\}", text):
        tests.update(block.split())
    return tests


def read_python(text):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {one.name for one in ast.walk(ast.parse(text)) if isinstance(one, kinds) and one.name.startswith("test_")}


def read_javascript(text):
    found = re.findall(r"\btest\((['`\"])((?:\\.|(?!\1).)+)\1", text)
    return {name.replace("\\'", "'") for _, name in found}


if __name__ == "__main__":
    tell()
