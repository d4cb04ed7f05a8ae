#!/usr/bin/env python3
"""Asks the CARTO Data Warehouse through Google's own client and prints the rows.

    examples/python/dw_query.py "SELECT 1 AS one"

It needs `pip install 'carto-auth[carto-dw]'`, and a sign-in: `carto-auth login`, or the variables of a job.
"""

import sys

from carto_auth import CartoAuth


def main():
    client = CartoAuth.from_env().get_carto_dw_client()
    print(f"in the project {client.project}", file=sys.stderr)
    for row in client.query_and_wait(sys.argv[1]):
        print("  ".join(f"{name}: {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
