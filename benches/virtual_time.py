"""What is counted in virtual time: a day of a fleet, an outage, a month of a person's work, clocks that are wrong.

The tests of the crate play it and hold the bounds; a call that fails, or a token that is given out after its end, ends
them. Here the figures are read from what they print.
"""

import subprocess

from measure import row

TESTS = ["workers", "outage", "month", "clocks"]
ONE_OF_MANY = ["hardening", "t06_a_short_life"]
COMMAND = ["cargo", "test", "--quiet", "--package", "carto-auth", "--all-features"]


def rows(_tools):
    said = played(*(word for test in TESTS for word in ("--test", test)), "--", "--nocapture")
    said += played("--test", *ONE_OF_MANY, "--", "--nocapture")
    for line in sorted(said.splitlines()):
        _, found, figure = line.partition("figure\t")
        if found:
            name, what, unit, counted, most = figure.split("\t")
            yield row(name, what, unit, [int(counted)], bound=int(most))


def played(*arguments):
    """What the tests print; one that fails ends the measurement."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}`{' '.join([*COMMAND, *arguments])}` failed")
    return done.stdout
