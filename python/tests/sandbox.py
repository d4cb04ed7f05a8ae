"""A small CARTO in a process of its own (`carto-auth sandbox`), and its control.

It is not a mock: the package talks HTTP to a process that knows none of its types. Every request is remembered, and one
that no client should make fails the test (`Sandbox.end`).
"""

import base64
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import namedtuple
from pathlib import Path

from person import Person

AUDIENCE = "carto-cloud-native-api"
ORGANIZATION = "org_sandbox"

WORLD = "carto-world"  # the user agent of what a test asks for by itself
PATIENCE = 20  # seconds for one answer

SHORT = 2  # seconds that a token lives which a test outlives; enough to be handed out on a busy machine


class Request(namedtuple("Request", "route method path query headers body")):
    """One request that the sandbox saw: `query` and `headers` are dicts, headers with names in lower case."""

    @property
    def form(self):
        """The pairs of a form-encoded body, as a dict."""
        return dict(urllib.parse.parse_qsl(self.body, keep_blank_values=True))


class Sandbox:
    """A running sandbox.

    Attributes:
        url: Where it is, `http://127.0.0.1:PORT`.
        api_base_url: What `config.yaml` names.
        m2m: The id and the secret of its machine-to-machine client.
        given: Every variable that it gives out.
    """

    def __init__(self, folder):
        command = [command_path(), "sandbox", "--json", "--directory", str(folder)]
        environment = {"HOME": str(folder.parent), "PATH": os.environ["PATH"]}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self._forgiven = False
        self.given = _first_document(self._process)["variables"]
        self.url, self._control = self.given["CARTO_SANDBOX_URL"], self.given["CARTO_SANDBOX_CONTROL"]
        self.api_base_url = self.given["CARTO_API_BASE_URL"]
        self.m2m = self.given["CARTO_M2M_CLIENT_ID"], self.given["CARTO_M2M_CLIENT_SECRET"]

    def end(self):
        """Stops it.

        Raises:
            AssertionError: If something was asked of it that no client should ask, unless `forgive` was called.
        """
        runs = self._process.poll() is None
        try:
            unplanned = self._ask("requests")["unplanned"] if runs and not self._forgiven else []
        finally:
            self.stop()
        assert not unplanned, f"the sandbox was asked what nobody planned: {unplanned}"

    def stop(self):
        """Ends it now: nobody answers at its address any more."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def forgive(self):
        """Lets the test end well whatever was asked."""
        self._forgiven = True

    def requests(self, route=None):
        """The requests that came so far, in order, without those of the test itself.

        Args:
            route: Only of this route, by its name in the sandbox: `token`, `accounts`, `config`, `authorize`,
                `decision`, `code_page`, `discovery`, `warehouse_token`, `connections`, `query`, `revoke`, `me`, …
        """
        told = [_request(one) for one in self._ask("requests")["recorded"]]
        kept = (one for one in told if one.headers.get("user-agent") != WORLD)
        return [one for one in kept if route in (None, one.route)]

    def wait_for(self, route, patience=PATIENCE):
        """Returns the first request of this route once it has come; for tests with a second thread or process."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if found := self.requests(route):
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"no request of `{route}` within {patience} s")

    def plan(self, route, fault=None, *, always=False, **answer):
        """Lets something happen to the next request of a route (or to every one) instead of its service.

        Args:
            route: As in `requests`.
            fault: `"none"`, `"hang"`, `"reset"`, `"lose_answer"`, `"truncate"`, `{"delay_ms": 500, "then": …}`,
                `{"slow_body_ms": 50}` or `{"raw": "text"}`.
            always: For every request from now on; with `"none"` the route is served as usual again.
            **answer: Instead of a fault, an answer: `status=503`, `body=` text or what becomes JSON, `headers={}`.
        """
        wanted = {"status": 200, **answer} if fault is None else fault
        self._ask("plan", {"route": route, "fault": wanted, "always": always})

    def plan_token(self, access_token=None, *, expires_in=86_400, always=False, **fields):
        """Lets the next token request be answered with this token; without one, with one that the API accepts.

        Args:
            access_token: The token. One that is sent over plain HTTP must begin with `sandbox-` or be a `jwt()`.
            expires_in: The lifetime that the answer tells, in seconds.
            always: For every token request from now on.
            **fields: More fields of the answer, such as `refresh_token`.

        Returns:
            The token.
        """
        token = access_token or self.issue()
        body = {"access_token": token, "scope": "", "expires_in": expires_in, "token_type": "Bearer", **fields}
        self.plan("token", status=200, body=body, always=always)
        return token

    def expire_tokens(self):
        """Makes the API refuse every access token as too old; what the tokens say of themselves stays."""
        self._ask("expire-tokens", {})

    def revoke_everything(self):
        """Ends every token that was given out, refresh tokens too."""
        self._ask("revoke-everything", {})

    def issue(self, email=None):
        """An access token that the API accepts: of this person, or of the M2M client. Not among `requests`."""
        if email is None:
            form = {"grant_type": "client_credentials", "audience": AUDIENCE}
            form |= {"client_id": self.m2m[0], "client_secret": self.m2m[1]}
        else:
            form = self._signed_in(email)
        return self._fetch("/oauth/token", urllib.parse.urlencode(form).encode())["access_token"]

    def _signed_in(self, email):
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        client, paste = self.given["CARTO_AUTH_CLIENT_ID"], self.given["CARTO_AUTH_PASTE_REDIRECT_URI"]
        asked = {"client_id": client, "response_type": "code", "audience": AUDIENCE, "redirect_uri": paste}
        asked |= {"state": "world", "code_challenge": _base64(digest), "code_challenge_method": "S256"}
        link = f"{self.url}/authorize?{urllib.parse.urlencode(asked)}"
        form = {"grant_type": "authorization_code", "client_id": client, "redirect_uri": paste}
        return form | {"code": Person(email, WORLD).access_code(link), "code_verifier": verifier}

    def _ask(self, what, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"sandbox-control": self._control, "content-type": "application/json"}
        return self._fetch(f"/sandbox/{what}", data, headers)

    def _fetch(self, path, data=None, headers=()):
        request = urllib.request.Request(self.url + path, data, {"user-agent": WORLD, **dict(headers)})
        # A proxy of this machine's environment has no business on loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=PATIENCE) as answer:
            return json.load(answer)


def jwt(**claims):
    """A token with these claims that may go to a sandbox, which does not know it; `exp` is seconds since 1970."""
    header = {"alg": "RS256", "typ": "JWT", "kid": "sandbox-world"}
    parts = [_base64(json.dumps(part).encode()) for part in (header, claims)]
    return ".".join([*parts, _base64(b"no signature")])


def outlive_a_short_token():
    """Waits until a token that was given out with `expires_in=SHORT` has ended."""
    time.sleep(SHORT + 0.2)


def command_path():
    """The command `carto-auth`: what `CARTO_AUTH_BIN` names, else the one beside this Python, else one on `PATH`."""
    beside = shutil.which("carto-auth", path=str(Path(sys.executable).parent))
    found = os.environ.get("CARTO_AUTH_BIN") or beside or shutil.which("carto-auth")
    assert found, "no command `carto-auth`: install the wheel, or set CARTO_AUTH_BIN"
    return found


def _request(told):
    query = dict(urllib.parse.parse_qsl(told["query"], keep_blank_values=True))
    return Request(told["route"], told["method"], told["path"], query, dict(told["headers"]), told["body"])


def _first_document(process):
    text = ""
    for line in process.stdout:
        text += line
        if line.startswith("}"):
            return json.loads(text)
    raise AssertionError(f"the sandbox ended before it began: {text or process.wait()}")


def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
