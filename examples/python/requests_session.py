#!/usr/bin/env python3
"""Asks CARTO's SQL API with `requests` and prints the rows; the session signs each request by itself.

    examples/python/requests_session.py carto_dw "SELECT * FROM demo.cities"

It needs `pip install carto-auth requests`, and a sign-in: `carto-auth login`, or the variables of a job.
"""

import sys

import requests
from carto_auth import CartoAuth


def main():
    connection, query = sys.argv[1:]
    auth = CartoAuth.from_env()
    with requests.Session() as session:
        session.auth = auth.requests_auth()
        # A POST, because a long query does not fit into an address.
        address = f"{auth.get_api_base_url()}/v3/sql/{connection}/query"
        answer = session.post(address, json={"q": query}, timeout=60)
    answer.raise_for_status()
    for row in answer.json()["rows"]:
        print("  ".join(f"{name}: {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
