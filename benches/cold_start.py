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
    ours = ([tools.ours, "token"], environment)
    limit = paired({"ours": ours, "cat": (["/bin/cat", str(cached)], environment)}, RUNS)
    beside_limit = ("cat", limit["cat"], limit["ours"])
    peers = [
        ("cold-start", "a cached token in a shell", "carto-auth 0.2.0", predecessor(tools, environment)),
        ("cold-start-gh", "the same, beside gh", "gh auth token", github(tools, environment)),
    ]
    return [
        row(name, what, "ms", limit["ours"], beside(ours, peer, command), beside_limit, 1e3)
        for name, what, peer, command in peers
        if command
    ]


def beside(ours, name, command):
    """Runs of a peer, which is slow, in turn with ours."""
    times = paired({"ours": ours, "peer": command}, RUNS_OF_PEER, warm_up=3)
    return name, times["peer"], times["ours"]


def github(tools, environment):
    gh = tools.found("gh")
    return gh and ([gh, "auth", "token"], {**environment, "GH_TOKEN": "sandbox-token"})


def predecessor(tools, environment):
    """carto-auth 0.2.0 with a credentials file and a token in its own cache, as ours has."""
    python = tools.predecessor()
    home = tools.folder / "predecessor"
    credentials = credentials_for(home, environment)
    script = f"from carto_auth import CartoAuth; print(CartoAuth.from_m2m({str(credentials)!r}).get_access_token())"
    return [python, "-c", script], tools.environment(HOME=str(home), TZ="UTC")


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
