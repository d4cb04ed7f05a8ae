"""Says what came of the mutants, file by file, and why those that survived may.

Reads `results/` (written by `shard.py`) and `explained.toml`, and fails where a survivor is not explained, where an
explanation has none left, or where a result is of a mutant that no longer exists. What was not run is named with its
command.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SOURCES = "crates/carto-auth/src"
OUTCOMES = ["caught", "timeout", "unviable", "missed"]


def main() -> int:
    """Write the document, and tell what is not as it should be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", type=Path, required=True)
    arguments = parser.parse_args()
    files: dict[str, list[str]] = tomllib.loads((HERE / "files.toml").read_text())
    explained: dict[str, dict[str, list[str]]] = tomllib.loads((HERE / "explained.toml").read_text())
    listed = mutants(list(files))
    results = {file: found for file in files if (found := result(file))}
    faults = [fault for file in results for fault in differences(file, results[file], listed[file], explained)]
    arguments.write.write_text(HEAD + table(results, listed) + survivors(results, explained) + waiting(results, listed))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def mutants(files: list[str]) -> dict[str, list[str]]:
    """The names of all mutants there are, by file."""
    command = ["cargo", "mutants", "--list", "--dir", str(ROOT), "--package", "carto-auth"]
    for file in files:
        command += ["--file", f"{SOURCES}/{file}"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    names = [line.removeprefix(f"{SOURCES}/") for line in listed]
    return {file: [name for name in names if name.startswith(f"{file}:")] for file in files}


def result(file: str) -> list[tuple[str, str]]:
    """The outcome and the name of each mutant of a file that was run."""
    path = HERE / "results" / f"{file.replace('/', '-').removesuffix('.rs')}.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def plain(name: str) -> str:
    """The name without its place, which moves with every change."""
    return re.sub(r"^[^ ]+: ", "", name)


def differences(
    file: str, found: list[tuple[str, str]], listed: list[str], explained: dict[str, dict[str, list[str]]]
) -> list[str]:
    """What is not as it should be with a file."""
    missed = Counter(plain(name) for outcome, name in found if outcome == "missed")
    reasons = Counter({name: len(whys) for name, whys in explained.get(file, {}).items()})
    faults = [f"{file}: not explained: {name}" for name in sorted(missed - reasons)]
    faults += [f"{file}: explained, and does not survive: {name}" for name in sorted(reasons - missed)]
    ran, exist = Counter(plain(name) for _, name in found), Counter(plain(name) for name in listed)
    if ran - exist:
        faults.append(f"{file}: has changed since its mutants were run: `make mutants FILES={file}`")
    return faults


def table(results: dict[str, list[tuple[str, str]]], listed: dict[str, list[str]]) -> str:
    """A row for each file that was run, and their sum."""
    rows = [["file", "mutants", *OUTCOMES, "not run"], ["---"] + ["---:"] * 6]
    total: Counter[str] = Counter()
    for file, found in results.items():
        count = Counter(outcome for outcome, _ in found)
        count |= Counter({"mutants": len(listed[file]), "not run": len(listed[file]) - len(found)})
        rows.append([f"`{file}`", *(str(count[column]) for column in ["mutants", *OUTCOMES, "not run"])])
        total += count
    rows.append(["all of these", *(str(total[column]) for column in ["mutants", *OUTCOMES, "not run"])])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def survivors(results: dict[str, list[tuple[str, str]]], explained: dict[str, dict[str, list[str]]]) -> str:
    """Each survivor with its reason."""
    lines = ["\n## Survivors\n\n"]
    for file, found in results.items():
        for name in dict.fromkeys(plain(name) for outcome, name in found if outcome == "missed"):
            whys = explained.get(file, {}).get(name, ["**Neither killed nor explained yet.**"])
            lines += [f"- `{file}`: `{name}`. {why}\n" for why in whys]
    return "".join(lines) if len(lines) > 1 else "\n## Survivors\n\nNone.\n"


def waiting(results: dict[str, list[tuple[str, str]]], listed: dict[str, list[str]]) -> str:
    """What was not run, with the command for it."""
    left = {file: len(names) for file, names in listed.items() if len(names) > len(results.get(file, []))}
    if not left:
        return ""
    count = sum(len(listed[file]) - len(results.get(file, [])) for file in left)
    files = " ".join(left)
    each = ", ".join(f"`{file}` ({len(listed[file]) - len(results.get(file, []))})" for file in left)
    return f'\n## Not run yet\n\n{count} mutants: {each}.\n\n    make mutants FILES="{files}"\n'


HEAD = """# Mutation testing

`make mutants FILES="session/turn.rs grant.rs"` lets cargo-mutants change one thing at a time in a copy of the library
(`+` into `-`, a condition into its opposite, a body into nothing) and runs the tests that concern the file, which
`hardening/mutants/files.toml` names: a change that no test notices is one that anybody could make by mistake.
`SHARD=0/2` takes a part of each file, so that no run takes longer than an hour. What came of each mutant stands in
`hardening/mutants/results/`; this page is made from it, and the command fails where a survivor is not explained below.

What is not tried, and why, stands in `.cargo/mutants.toml`: how a value is shown in a log, and values that cannot be
built. `timeout` is a mutant with which a test hangs: it is caught. `session/flight.rs` is judged by its shuttle first.

"""


if __name__ == "__main__":
    sys.exit(main())
