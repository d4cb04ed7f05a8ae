"""How long a shell waits for a token that is at hand: `$(carto-auth token)`.

Ours reads its cache; carto-auth 0.2.0 reads its own in Python; `gh auth token` reads its settings; `cat` of our
cached file is the limit: nothing that reads the file can be quicker.
"""

import datetime
import json
import subprocess

from measure import paired, row

RUNS = 200
RUNS_OF_PEER = 20


def rows(tools):
    variables = tools.sandbox_variables()
    # A folder of our own: the sandbox's is gone with it.
    cache = tools.folder / "cache"
    environment = tools.environment(**{**variables, "CARTO_AUTH_CACHE_DIR": str(cache)})
    try:
        subprocess.run([tools.ours, "token"], check=True, capture_output=True, env=environment)
    finally:
        tools.sandbox("--stop")
    cached = next(cache.glob("m2m-*.json"))
    # The sandbox and its folder are gone with it; the file is what a person would have.
    return [against_gh(tools, environment, cached), against_predecessor(tools, environment, cached)]


def against_gh(tools, environment, cached):
    contestants = {
        "ours": ([tools.ours, "token"], environment),
        "cat": (["/bin/cat", str(cached)], environment),
    }
    gh = tools.found("gh")
    if gh:
        contestants["gh"] = ([gh, "auth", "token"], {**environment, "GH_TOKEN": "sandbox-token"})
    times = paired(contestants, RUNS)
    peer = ("gh auth token", times["gh"]) if gh else None
    return row("cold-start", "a cached token in a shell", "ms", times["ours"], peer, ("cat", times["cat"]), 1e3)


def against_predecessor(tools, environment, cached):
    python = tools.predecessor()
    home = tools.folder / "predecessor"
    credentials = credentials_for(home, environment)
    script = f"from carto_auth import CartoAuth; print(CartoAuth.from_m2m({str(credentials)!r}).get_access_token())"
    contestants = {
        "ours": ([tools.ours, "token"], environment),
        "predecessor": ([python, "-c", script], tools.environment(HOME=str(home), TZ="UTC")),
        "cat": (["/bin/cat", str(cached)], environment),
    }
    times = paired(contestants, RUNS_OF_PEER, warm_up=3)
    return row(
        "cold-start-python",
        "the same in Python 0.2.0",
        "ms",
        times["ours"],
        ("carto-auth 0.2.0", times["predecessor"]),
        ("cat", times["cat"]),
        1e3,
    )


def credentials_for(home, environment):
    """A credentials file, and a token in 0.2.0's own cache, so that it asks nobody either."""
    cache = home / ".carto-auth"
    cache.mkdir(parents=True)
    end = datetime.datetime.now().timestamp() + 86_400
    token = {"api_base_url": environment["CARTO_API_BASE_URL"], "access_token": "sandbox-token", "expiration": end}
    (cache / "token_m2m.json").write_text(json.dumps(token))
    file = home / "carto-credentials.json"
    file.write_text(
        json.dumps(
            {
                "api_base_url": environment["CARTO_API_BASE_URL"],
                "client_id": environment["CARTO_M2M_CLIENT_ID"],
                "client_secret": environment["CARTO_M2M_CLIENT_SECRET"],
            }
        )
    )
    return file
