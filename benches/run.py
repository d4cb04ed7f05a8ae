#!/usr/bin/env python3
"""Measures beside a peer and beside the limit, in paired runs, and prints one table.

    make bench

Each measurement is a module of this folder with a function `rows(tools)`, which gives rows as
`measure.row` makes them. The figures are medians of runs that were taken in turn, so that what slows the
machine down slows all of them; what counts are the ratios. What is counted (requests, links, sign-ins) has a bound, and
the run fails where a figure is above it; no time has one.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import call_rust
import cold_start
import package
import stampede
import tools as tools_module
import virtual_time

RESULTS = pathlib.Path("target/bench/results.json")
MEASUREMENTS = [cold_start, package, call_rust, stampede, virtual_time]


def main():
    tools = tools_module.Tools()
    rows = [row for measurement in MEASUREMENTS for row in measurement.rows(tools)]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=2) + "\n")
    print_table(rows)
    print(f"\nwritten to {RESULTS}")
    beyond = [row["what"] for row in rows if not row["is_within"]]
    if beyond:
        raise SystemExit(f"more was counted than may be: {'; '.join(beyond)}")


def print_table(rows):
    heads = ["what", "ours", "peer", "peer / ours", "limit", "ours / limit", "at most"]
    lines = [heads] + [cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def cells(row):
    def figure(value, name):
        return "–" if value is None else f"{short(value)} {row['unit']} ({name})"

    def ratio(value):
        return "–" if value is None else f"{value:.2f}"

    return [
        row["what"],
        f"{short(row['ours'])} {row['unit']}",
        figure(row["peer"], row["peer_name"]),
        ratio(row["ratio_peer"]),
        figure(row["limit"], row["limit_name"]),
        ratio(row["ratio_limit"]),
        "–" if row["bound"] is None else short(row["bound"]),
    ]


def short(value):
    """Three digits, and no power of ten where they are not enough."""
    return f"{value:.3g}" if abs(value) < 1_000 else f"{value:.0f}"


if __name__ == "__main__":
    main()
