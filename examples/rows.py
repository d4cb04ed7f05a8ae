#!/usr/bin/env python3
"""Asks CARTO's SQL API and prints the rows, with a token and a base URL from `carto-auth`.

Usage: examples/rows.py carto_dw "SELECT * FROM demo.cities"
"""

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request


def carto_auth(*arguments):
    command = [os.environ.get("CARTO_AUTH_BIN", "carto-auth"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main():
    connection, query = sys.argv[1:]
    base = carto_auth("status", "--field", "api_base_url")
    address = f"{base}/v3/sql/{connection}/query?{urllib.parse.urlencode({'q': query})}"
    # The token goes in a header, never in the address.
    headers = {"Authorization": f"Bearer {carto_auth('token')}"}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as response:
        answer = json.load(response)
    for row in answer["rows"]:
        print("  " + "  ".join(f"{name}: {json.dumps(value)}" for name, value in row.items()))


if __name__ == "__main__":
    main()
