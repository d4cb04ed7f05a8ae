"""Tests mutants of the library's files, and keeps what came of each.

`make mutants FILES="session/turn.rs grant.rs" SHARD=0/2`. The mutants are made and judged by cargo-mutants, one after
the other, in a copy of the working tree that is kept with its build under `target/mutants`; nothing here is changed but
the results, which are written after every file. A mutant that a stage of `files.toml` does not catch goes on to the
next.

`--survivors` runs those alone that were missed before. What is not run again keeps its result. Which survivors are
explained is `table.py`'s affair.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PLACE = ROOT / "target/mutants"
SOURCES = "crates/carto-auth/src"
RESULTS = HERE / "results"
OUTCOMES = {"CaughtMutant": "caught", "MissedMutant": "missed", "Unviable": "unviable", "Timeout": "timeout"}

# Small rebuilds; and the tests wait more than they work, so that more of them run at once.
SURROUNDINGS = {"CARGO_INCREMENTAL": "1", "RUST_TEST_THREADS": "6"}

# Longer than any stage takes by itself on a machine that is busy; what hangs is caught as well.
TIMEOUT = 90


def main() -> int:
    """Run what is asked for, file by file."""
    stages: dict[str, list[str]] = tomllib.loads((HERE / "files.toml").read_text())
    parser = argparse.ArgumentParser()
    parser.add_argument("--shard", help="one part of each file's mutants, as `0/2`")
    parser.add_argument("--survivors", action="store_true", help="those alone that no test has caught")
    parser.add_argument("--copy", default="tree", help="the name of the copy: two runs at once need two")
    parser.add_argument("files", nargs="*", help="as in `files.toml`; without one, all")
    arguments = parser.parse_args()
    if unknown := [file for file in arguments.files if file not in stages]:
        print(f"not in `hardening/mutants/files.toml`: {', '.join(unknown)}", file=sys.stderr)
        return 2
    tree = PLACE / arguments.copy
    bring(tree)
    for file in arguments.files or stages:
        survivors = [name for name, outcome in results(file).items() if outcome == "missed"]
        if arguments.survivors and not survivors:
            continue
        found = play(tree, file, stages[file], arguments.shard, survivors if arguments.survivors else None)
        keep(file, results(file) | found if arguments.survivors or arguments.shard else found)
    return 0


def bring(tree: Path) -> None:
    """Make the copy the same as the working tree; what has not changed keeps its time, so that its build is kept."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    names = [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    for name in names:
        source, target = ROOT / name, tree / name
        if not target.exists() or source.read_bytes() != target.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    for path in [*tree.glob("crates/*/src/**/*.rs"), *tree.glob("crates/*/tests/**/*.rs")]:
        if str(path.relative_to(tree)) not in names:
            path.unlink()
    # cargo-mutants changes files of the package that it tests: shuttle's gets the library's file as one of its own.
    flight, library = tree / "shuttle/src/flight.rs", tree / "shuttle/src/lib.rs"
    shutil.copy(ROOT / SOURCES / "session/flight.rs", flight)
    path = f'#[path = "../../{SOURCES}/session/flight.rs"]\n'
    library.write_text(library.read_text().replace(path, "").replace("#![cfg(test)]\n", ""))


def play(tree: Path, file: str, stages: list[str], shard: str | None, waiting: list[str] | None) -> dict[str, str]:
    """What came of each mutant of this file, by its name; of all, or of those that are waiting for it."""
    found: dict[str, str] = {}
    for stage in stages:
        if waiting == []:
            break
        output = tree.with_name(f"{tree.name}-{file.replace('/', '-')}")
        shutil.rmtree(output / "mutants.out", ignore_errors=True)
        with_shuttle = stage == "shuttle"
        place = ["--file", "src/flight.rs", "--dir", str(tree / "shuttle")]
        if not with_shuttle:
            place = ["--file", f"{SOURCES}/{file}", "--dir", str(tree), "--package", "carto-auth", "--all-features"]
            place += ["--profile", "mutants"]
        command = ["cargo", "mutants", "--in-place", "--timeout", str(TIMEOUT), *place]
        command += ["--config", str(ROOT / ".cargo/mutants.toml"), "--output", str(output), "--no-times"]
        command += ["--shard", shard] if shard and waiting is None else []
        for name in waiting or []:
            command += ["--re", f"{escaped(name)}$"]
        output.mkdir(parents=True, exist_ok=True)
        built, _, chosen = ("--lib" if with_shuttle else stage).partition(" -- ")
        command += [f"--cargo-arg={part}" for part in built.split()]
        command += ["--", "--", *chosen.split()] if chosen else []
        print(f"{file}: {stage}", flush=True)
        subprocess.run(command, check=False, env=os.environ | SURROUNDINGS)
        outcomes = json.loads((output / "mutants.out/outcomes.json").read_text())["outcomes"]
        if outcomes[0]["summary"] != "Success":
            sys.exit(f"{file}: the tests of `{stage}` fail without a mutant; see target/mutants")
        # Fields that are left out are tried whatever was asked for.
        asked = [each for each in judged(outcomes, file) if waiting is None or each[0] in waiting]
        found |= dict(asked)
        waiting = [name for name, outcome in found.items() if outcome == "missed"]
    return found


def judged(outcomes: list[dict], file: str) -> Iterator[tuple[str, str]]:
    """Each mutant's name, with the path that it has below the library's sources, and its outcome."""
    for outcome in outcomes:
        if isinstance(outcome["scenario"], dict):
            name = outcome["scenario"]["Mutant"]["name"]
            yield file + name[name.index(".rs:") + 3 :], OUTCOMES[outcome["summary"]]


def escaped(name: str) -> str:
    """What finds this mutant alone, whichever package it is of."""
    place = name[name.index(".rs:") + 3 :]
    return "".join(f"\\{letter}" if letter in r"\.+*?()|[]{}^$&" else letter for letter in place)


def results(file: str) -> dict[str, str]:
    """What came of the mutants of a file so far."""
    path = place_of(file)
    lines = path.read_text().splitlines() if path.exists() else []
    return {name: outcome for outcome, name in (line.split(" ", 1) for line in lines)}


def keep(file: str, found: dict[str, str]) -> None:
    """Write the results of a file, a mutant a line."""
    RESULTS.mkdir(exist_ok=True)
    place_of(file).write_text("".join(f"{outcome} {name}\n" for name, outcome in found.items()))


def place_of(file: str) -> Path:
    """Where the results of a file are kept."""
    return RESULTS / f"{file.replace('/', '-').removesuffix('.rs')}.txt"


if __name__ == "__main__":
    sys.exit(main())
