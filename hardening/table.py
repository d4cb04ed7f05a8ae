"""The table of bad inputs: each row of `rows.toml` against each face, by the tests that bear its number.

It runs the tests, prints the table, and fails on a row that fails or that nothing plays. A face that a row cannot be
played against is named with the reason in `notapplicable/`. What 0.2.0 does is shown beside and fails nothing.

    hardening/table.py [--write FILE]
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "hardening"
PYTHON = ROOT / ".venv/bin/python"

FACES = {"crate": "carto-auth", "command": "carto-auth-cli", "wheel": None, "forerunner": None}
TITLES = {"crate": "crate", "command": "command", "wheel": "wheel", "forerunner": "0.2.0"}


def main() -> int:
    """Plays every row; the exit code is 1 where one fails or is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", type=Path, help="also write the table there, as Markdown")
    arguments = parser.parse_args()
    played = {face: play(face) for face in FACES}
    lines, gaps = table(rows(), played, reasons())
    print("\n".join(lines))
    if arguments.write:
        arguments.write.write_text(PREFACE + "\n".join(lines) + "\n")
    for gap in gaps:
        print(f"gap: {gap}", file=sys.stderr)
    return 1 if gaps else 0


def rows() -> dict[str, str]:
    """Each row's number with what comes in."""
    families = tomllib.loads((HERE / "rows.toml").read_text())
    return {number: text for family in families.values() for number, text in family.items()}


def reasons() -> dict[str, dict[str, str]]:
    """Why a row is not played against a face."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted((HERE / "notapplicable").glob("*.toml")):
        for number, faces in tomllib.loads(file.read_text()).items():
            found.setdefault(number, {}).update(faces)
    return found


def play(face: str) -> dict[str, list[bool]]:
    """Whether each test of each row passed."""
    package = FACES[face]
    results = by_cargo(package) if package else by_pytest(face)
    found: dict[str, list[bool]] = {}
    for name, passed in results:
        number = re.match(r"(?:test_)?([a-z]\d\d)(?:_|$)", name)
        if number:
            found.setdefault(number[1].upper(), []).append(passed)
    return found


def by_cargo(package: str) -> list[tuple[str, bool]]:
    """The tests of the suite `hardening` of a crate. One that is ignored has not passed."""
    command = ["cargo", "test", "--all-features", "--package", package, "--test", "hardening"]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    lines = re.findall(r"^test (?:\S+::)?(\w+)(?: - should panic)? \.\.\. (\w+)", run.stdout, re.MULTILINE)
    if not lines or (run.returncode and all(result == "ok" for _, result in lines)):
        sys.exit(f"{' '.join(command)} has not run to its end")
    show_failures(run.stdout, run.returncode)
    return [(name, result == "ok") for name, result in lines]


def by_pytest(face: str) -> list[tuple[str, bool]]:
    """The tests of the Python package, or those of the same rows against 0.2.0, where a failure is a finding."""
    folder = ROOT / "python/tests/hardening"
    own = [str(folder), "--ignore", str(folder / "forerunner")]
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.xml"
        if face == "wheel":
            command = [str(PYTHON), "-m", "pytest", *own]
        else:
            command = [str(ROOT / "python/tests/predecessor/run"), str(folder / "forerunner")]
        command += ["-q", f"--junitxml={report}"]
        run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        if not report.exists():
            sys.exit(f"{run.stdout}\n{' '.join(command)} has not run to its end")
        cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    if face == "wheel":
        show_failures(run.stdout, run.returncode)
    return [(case.get("name", ""), passed(case)) for case in cases]


def passed(case: ElementTree.Element) -> bool:
    """Says whether a case passed. One that is skipped, or expected to fail, has not."""
    return not any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))


def show_failures(output: str, code: int) -> None:
    """Shows what failed, before the table."""
    if code:
        print(output, file=sys.stderr)


def table(
    numbers: dict[str, str], played: dict[str, dict[str, list[bool]]], reasons: dict[str, dict[str, str]]
) -> tuple[list[str], list[str]]:
    """The lines of the table, with the reasons below it, and the gaps."""
    lines = [f"| row | what comes in | {' | '.join(TITLES.values())} |", f"| --- | --- |{' --- |' * len(TITLES)}"]
    gaps = [
        f"{TITLES[face]} plays {number}, which is no row"
        for face in FACES
        for number in set(played[face]) - set(numbers)
    ]
    gaps += [f"{number} has a reason and is no row" for number in set(reasons) - set(numbers)]
    notes, count = [], {face: [0, 0] for face in FACES}
    for number, text in numbers.items():
        cells = []
        for face in FACES:
            results, why = played[face].get(number), reasons.get(number, {}).get(face)
            cells.append(cell(results, why))
            if results is not None:
                count[face][all(results)] += 1
            if results is not None and why is not None:
                gaps.append(f"{number} is played against {TITLES[face]}, and a reason says that it cannot be")
            if results is None and why is None:
                gaps.append(f"{number} is not played against {TITLES[face]}, and no reason says why")
            if results is not None and not all(results) and face != "forerunner":
                gaps.append(f"{number} fails against {TITLES[face]}")
            if results is None and why is not None:
                notes.append(f"- {number}, {TITLES[face]}: {why}")
        lines.append(f"| {number} | {text} | {' | '.join(cells)} |")
    sums = [f"{good} of {good + bad}" for bad, good in count.values()]
    lines.append(f"| | rows that pass, of those that are played | {' | '.join(sums)} |")
    return [*lines, "", "Not played, and why:", "", *notes], gaps


def cell(results: list[bool] | None, why: str | None) -> str:
    """`pass` or `fail` with the number of tests, or why there is nothing."""
    if results is None:
        return "n/a" if why else "**missing**"
    return f"pass ({len(results)})" if all(results) else f"fail ({results.count(False)} of {len(results)})"


PREFACE = """# Bad input, row by row

Made by `make hardening`. The number in brackets is how many tests play the row. 0.2.0 fails a row also where it ends as
it should and does not say what the row asks to be told.

"""


if __name__ == "__main__":
    sys.exit(main())
