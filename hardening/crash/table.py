"""Writers that are killed and disks that fail, as many as are wanted, with the figures that the tests tell.

It runs the suite `crash` of the library and fails where that fails or leaves something out. `make crash` writes the
figures to `docs/hardening/crash.md`.

    hardening/crash/table.py [--kills N] [--redis-kills N]
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs/hardening/crash.md"
COMMAND = ["cargo", "test", "--package", "carto-auth", "--all-features", "--test", "crash"]
# One at a time: what is killed is killed in its write, and not while it waits for a processor.
ARGUMENTS = ["--", "--test-threads=1", "--nocapture"]
PARTS = ["files", "Redis", "disk"]


def main() -> int:
    """Runs the suite and writes the table; the exit code is 1 where a test fails or a part is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=2_000, help="how many writers of files are killed")
    parser.add_argument("--redis-kills", type=int, default=200, help="how many writers to a Redis are killed")
    wanted = parser.parse_args()
    variables = {"KILLS": str(wanted.kills), "REDIS_KILLS": str(wanted.redis_kills), "EVERY_CALL": "1", "FIGURES": "1"}
    began = time.monotonic()
    run = subprocess.run(
        [*COMMAND, *ARGUMENTS], cwd=ROOT, env=os.environ | variables, stdout=subprocess.PIPE, text=True, check=False
    )
    minutes = (time.monotonic() - began) / 60
    figures = [line.split(" | ") for line in re.findall(r"^figure: (.+)", run.stdout, re.MULTILINE)]
    missing = [part for part in PARTS if not any(what.startswith(f"{part}: ") for what, _ in figures)]
    if run.returncode or missing:
        print(run.stdout, file=sys.stderr)
        print(f"no table: the tests ended with {run.returncode}, without {missing or 'a failure'}", file=sys.stderr)
        return 1
    figures.sort(key=lambda figure: PARTS.index(figure[0].split(":")[0]))
    lines = [f"| {what} | {shown(figure)} |" for what, figure in figures]
    print("\n".join(lines))
    TABLE.write_text(PREFACE.format(minutes=minutes) + "\n".join(lines) + "\n" + END.format(planted=planted()))
    return 0


def shown(figure: str) -> str:
    """A number with its thousands set apart."""
    return f"{int(figure):,}" if figure.isdecimal() else figure


def planted() -> str:
    """How many faults can be planted."""
    return f"{len(list((ROOT / 'hardening/crash/planted').glob('*.patch')))} faults"


PREFACE = """# Crash consistency

Made by `make crash`, in {minutes:.0f} minutes. The writers are processes of their own that raise the version of one
entry through the library's own stores: the lock, a look, an announcement, a save. Each part of a version is made of its
number, so that a torn or a mixed one is known by itself; two writers that keep the same version, or one that nobody
wrote, are found by what was acknowledged. By `strace`, a writer is also killed at each call of the system that its
write is made of.

A disk fails while a program runs, in three plays each: a job goes on with new tokens, a person whose sign-in is kept is
given the token that lives, and one who signs in meanwhile is renewed from memory. Each is told why, once. `Full`,
`ReadOnly`, `Gone` and `Homeless` are a real file system (full; mounted anew for reading alone; the folder removed
beside that; the home moved away), `Limit` is the system's limit on the size of files, `Quota` and `Broken` are answers
of the C library's `write` and `fsync`.

| what | figure |
| --- | --- |
"""

END = """
What it does not show: SIGKILL takes no page of memory from the system, so that a missing `fsync` is found by the order
of the calls alone, and no real cut of the power was tried. Where it cannot be marked on the disk that a refresh token
is sent, none is sent: a person whose access token ends while the disk is full signs in again, and has that in memory.
With a folder that is removed (`Gone`) goes the refresh token in it; the access token in memory is given to its end.

That the checks can fail: `make crash-planted` plants {planted} in a copy of the tree, and each of them is found
([the record](../../hardening/crash/planted/record.txt)).
"""


if __name__ == "__main__":
    sys.exit(main())
