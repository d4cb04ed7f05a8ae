"""A job that runs for as long as its standard input is open, and asks for its token before each piece of work.

It ends with a line of JSON that says how many tokens it got and what went wrong.
"""

import json
import sys
import threading

from carto_auth import CartoAuth

over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
auth = CartoAuth.from_env()
tokens, failures = 0, []
while not over.wait(0.02):
    try:
        auth.get_access_token()
        tokens += 1
    except Exception as error:
        failures.append(f"{type(error).__name__}: {error}")
print(json.dumps({"tokens": tokens, "failures": failures}), flush=True)
