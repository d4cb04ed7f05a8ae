"""`access_token()` in Rust for a token that is in memory, over the one read of the clock that it makes.

The figures are differences: a call less a read of `CLOCK_BOOTTIME`, each measured in the same round
(`crates/carto-auth/benches/call.rs`).
"""

import statistics
import subprocess

from measure import row

COMMAND = ["cargo", "bench", "--quiet", "--package", "carto-auth", "--bench", "call"]
TARGETS = {1: 20, 2: 40}


def rows(_tools):
    done = subprocess.run(COMMAND, check=True, capture_output=True, text=True)
    figures = {}
    for line in done.stdout.splitlines():
        kind, threads, *rest = line.split()
        figures[kind, int(threads)] = [float(figure) for figure in rest]
    for threads, target in TARGETS.items():
        calls, reads = figures["token", threads], figures["clock", threads]
        over = [call - read for call, read in zip(calls, reads)]
        beside = f"over the {statistics.median(reads):.0f} ns of a read of the clock"
        name = "call-rust" if threads == 1 else "call-rust-threads"
        what = f"`access_token()` in Rust, {'one thread' if threads == 1 else 'two threads'}, {beside}"
        yield row(name, what, "ns", over, None, ("the target", [target], over))
