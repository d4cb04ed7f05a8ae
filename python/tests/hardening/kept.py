"""A token that is kept as carto-auth 0.2.0 keeps it, which both versions read."""

import json
import time

from world import AUDIENCE, jwt


def keep(carto, seconds_left):
    """Keeps a token of the sandbox's M2M client which has so many seconds left, and returns it."""
    end = int(time.time()) + seconds_left
    client = {"iss": f"{carto.url}/", "azp": carto.m2m[0], "aud": AUDIENCE}
    token = jwt(**client, iat=end - 86_400, exp=end)
    kept = {"api_base_url": carto.api_base_url, "access_token": token, "expiration": end}
    folder = carto.home / ".carto-auth"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "token_m2m.json").write_text(json.dumps(kept), encoding="utf-8")
    return token
