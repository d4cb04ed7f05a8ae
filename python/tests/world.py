"""The world that a test stands in: a sandbox of CARTO, an empty home, and the people and files around it.

It is not a mock: the package talks HTTP to a process that knows none of its types. It promises that nothing of this
machine leads into a test (no variable, no home, no cache, no proxy), that every request is remembered, and that a
request which no client should make fails the test (`Carto.end`).
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
import webbrowser
from collections import namedtuple
from pathlib import Path

from person import ADA, GRACE, Person
from terminal import Terminal

__all__ = ["ADA", "GRACE", "ORGANIZATION", "Carto", "Person", "Request", "Terminal", "jwt", "own_variables"]

AUDIENCE = "carto-cloud-native-api"
ORGANIZATION = "org_sandbox"
HERE = Path(__file__).parent
WORLD = "carto-world"  # the user agent of what a test asks for by itself


class Request(namedtuple("Request", "route method path query headers body")):
    """One request that the sandbox saw: `query` and `headers` are dicts, headers with names in lower case."""

    @property
    def form(self):
        """The pairs of a form-encoded body, as a dict."""
        return dict(urllib.parse.parse_qsl(self.body, keep_blank_values=True))


class Carto:
    """A running sandbox and how to play with it.

    Attributes:
        url: Where it is, `http://127.0.0.1:PORT`.
        api_base_url: What `config.yaml` names.
        m2m: The id and the secret of its machine-to-machine client.
        home: The folder that `HOME` names; empty at first.
        folder: A folder for files of the test, beside the home.
        variables: What leads a program here: auth URL, client id, redirect URIs, accounts URL.
        job_variables: What makes a program a job: base URL, M2M client id and secret.
    """

    def __init__(self, folder, monkeypatch):
        self.folder, self._monkeypatch = folder, monkeypatch
        self.home = folder / "home"
        self.home.mkdir()
        self._pages = folder / "pages.jsonl"
        self._forgiven = False
        command = [command_path(), "sandbox", "--json", "--directory", str(folder / "sandbox")]
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        given = _first_document(self._process)["variables"]
        self.url, self._control = given["CARTO_SANDBOX_URL"], given["CARTO_SANDBOX_CONTROL"]
        self.api_base_url = given["CARTO_API_BASE_URL"]
        self.m2m = given["CARTO_M2M_CLIENT_ID"], given["CARTO_M2M_CLIENT_SECRET"]
        job = ("CARTO_API_BASE_URL", "CARTO_M2M_CLIENT_ID", "CARTO_M2M_CLIENT_SECRET")
        self.job_variables = {name: given[name] for name in job}
        place = ("CARTO_AUTH_URL", "CARTO_AUTH_CLIENT_ID", "CARTO_AUTH_PASTE_REDIRECT_URI", "CARTO_ACCOUNTS_URL")
        self.variables = {name: given[name] for name in place}
        # Any free port, so that two runs of the tests do not fight over 10000.
        self.variables["CARTO_AUTH_REDIRECT_URI"] = "http://localhost:0/callback/"

    def end(self):
        """Stops it.

        Raises:
            AssertionError: If something was asked of it that no client should ask, unless `forgive` was called.
        """
        try:
            unplanned = [] if self._forgiven or self._process.poll() is not None else self._told()["unplanned"]
        finally:
            self.stop()
        assert not unplanned, f"the sandbox was asked what nobody planned: {unplanned}"

    def stop(self):
        """Ends the sandbox now: nobody answers at its address any more."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def forgive(self):
        """Lets the test end well whatever was asked."""
        self._forgiven = True

    # What was asked.

    def requests(self, route=None):
        """The requests that came so far, in order, without those of the test itself.

        Args:
            route: Only of this route, by its name in the sandbox: `token`, `accounts`, `config`, `authorize`,
                `decision`, `code_page`, `discovery`, `warehouse_token`, `connections`, `query`, `revoke`, `me`, …
        """
        told = [_request(one) for one in self._told()["recorded"]]
        kept = (one for one in told if one.headers.get("user-agent") != WORLD)
        return [one for one in kept if route in (None, one.route)]

    def wait_for(self, route, patience=15):
        """Returns the first request of this route once it has come; for tests with a second thread or process."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if found := self.requests(route):
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"no request of `{route}` within {patience} s")

    # What goes wrong.

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
        self._ask("/sandbox/plan", {"route": route, "fault": wanted, "always": always})

    def plan_token(self, access_token=None, *, expires_in=86_400, always=False, **fields):
        """Lets the next token request be answered with this token; without one, with one that the API accepts.

        Args:
            access_token: The token. One that is sent over plain HTTP must begin with `sandbox-` or be a `jwt()`.
            expires_in: The lifetime that the answer tells, in seconds.
            always: For every token request from now on.
            **fields: More fields of the answer, such as `refresh_token`.
        """
        token = access_token or self.issue()
        body = {"access_token": token, "scope": "", "expires_in": expires_in, "token_type": "Bearer", **fields}
        self.plan("token", status=200, body=body, always=always)
        return token

    def expire_tokens(self):
        """Makes the API refuse every access token as too old; what the tokens say of themselves stays."""
        self._ask("/sandbox/expire-tokens")

    def revoke_everything(self):
        """Ends every token that was given out, refresh tokens too."""
        self._ask("/sandbox/revoke-everything")

    # Who and what there is.

    def issue(self, email=None):
        """An access token that the API accepts: of this person, or of the M2M client. Not among `requests`."""
        if email is None:
            form = {"grant_type": "client_credentials", "audience": AUDIENCE}
            form |= {"client_id": self.m2m[0], "client_secret": self.m2m[1]}
        else:
            form = self._signed_in(email)
        return self._fetch("/oauth/token", urllib.parse.urlencode(form).encode())["access_token"]

    def credentials_file(self, name="carto_credentials.json", **changes):
        """Writes a credentials file for the sandbox's M2M client; a change to `None` leaves the key out."""
        content = {"api_base_url": self.api_base_url, "client_id": self.m2m[0], "client_secret": self.m2m[1]}
        content = {key: value for key, value in (content | changes).items() if value is not None}
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        # Whoever may read the file may use it; the package warns of one that others can read.
        path.chmod(0o600)
        return path

    def person(self, email=ADA):
        """Somebody at a browser on another machine: give them the link."""
        return Person(email)

    def browser(self, does="sign-in", email=ADA):
        """Gives this machine a browser (`BROWSER`) with a person before it, for the way through the loopback.

        Args:
            does: `"sign-in"`, `"refuse"`, or `"look"`: open the page and touch nothing.
            email: Who.
        """
        program = [sys.executable, str(HERE / "person.py"), does, email, str(self._pages), "%s"]
        # No quotes: not everybody who reads `BROWSER` understands them.
        assert not any(set(" :") & set(word) for word in program), "a path with a space or a colon"
        self._monkeypatch.setenv("BROWSER", " ".join(program))
        # Python reads `BROWSER` once per process.
        self._monkeypatch.setattr(webbrowser, "_tryorder", None)
        self._monkeypatch.setattr(webbrowser, "_browsers", {})

    def pages(self, count=0, patience=15):
        """What the browser showed, one dict for each link that was opened: `link`, and `url`, `status`, `heading`,
        `text`, or `error`.

        Args:
            count: Wait until there are so many.
        """
        deadline = time.monotonic() + patience
        while True:
            lines = self._pages.read_text(encoding="utf-8").splitlines() if self._pages.exists() else []
            if len(lines) >= count or time.monotonic() > deadline:
                assert len(lines) >= count, f"the browser showed {len(lines)} of {count} pages"
                return [json.loads(line) for line in lines]
            time.sleep(0.02)

    def become_a_job(self):
        """Sets the variables of the sandbox's M2M client, as in CI or cron."""
        for name, value in self.job_variables.items():
            self._monkeypatch.setenv(name, value)

    def run(self, code, *arguments, timeout=40, stdin="", **variables):
        """Runs Python code in a process of its own, in this world, and returns it completed, with its output as text.

        Args:
            code: The program; `sys.argv[1:]` are the arguments.
            timeout: Seconds until the test fails.
            stdin: What is on its standard input, which is a pipe and no terminal.
            **variables: More environment variables; `None` removes one.
        """
        environment = {name: value for name, value in {**os.environ, **variables}.items() if value is not None}
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout, env=environment)

    def terminal(self, code, *arguments, **variables):
        """Runs Python code before a person: a `Terminal`, to be used in a `with` statement."""
        environment = {name: value for name, value in {**os.environ, **variables}.items() if value is not None}
        return Terminal([sys.executable, "-c", code, *map(str, arguments)], environment)

    def _signed_in(self, email):
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        client, paste = self.variables["CARTO_AUTH_CLIENT_ID"], self.variables["CARTO_AUTH_PASTE_REDIRECT_URI"]
        asked = {"client_id": client, "response_type": "code", "audience": AUDIENCE, "redirect_uri": paste}
        asked |= {"state": "world", "code_challenge": _base64(digest), "code_challenge_method": "S256"}
        link = f"{self.url}/authorize?{urllib.parse.urlencode(asked)}"
        form = {"grant_type": "authorization_code", "client_id": client, "redirect_uri": paste}
        return form | {"code": Person(email, WORLD).access_code(link), "code_verifier": verifier}

    def _told(self):
        return self._ask("/sandbox/requests")

    def _ask(self, path, body=None):
        if path == "/sandbox/requests":
            return self._fetch(path)
        return self._fetch(path, json.dumps(body).encode(), {"content-type": "application/json"})

    def _fetch(self, path, data=None, headers={}):
        headers = {"user-agent": WORLD, "sandbox-control": self._control, **headers}
        request = urllib.request.Request(self.url + path, data, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            return json.load(answer)


def jwt(**claims):
    """A token with these claims that may go to a sandbox, which does not know it; `exp` is seconds since 1970."""
    header = {"alg": "RS256", "typ": "JWT", "kid": "sandbox-world"}
    parts = [_base64(json.dumps(part).encode()) for part in (header, claims)]
    return ".".join([*parts, _base64(b"no signature")])


def own_variables(names):
    """Those of the names that could lead a test out of its world."""
    return [name for name in names if name.startswith(PREFIXES) or name.lower() in NAMES]


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


# Ours, the signs of every kind of place, and what leads to another network or folder.
PREFIXES = (
    "CARTO_", "JPY_", "JUPYTER", "COLAB_", "DATABRICKS_", "DB_", "KAGGLE_", "SAGEMAKER_", "SSH_", "VSCODE_", "BINDER_",
    "XDG_", "GOOGLE_", "AWS_",
)  # fmt: skip
NAMES = {
    "display", "wayland_display", "browser", "codespaces", "remote_containers", "gitpod_workspace_id", "container",
    "kubernetes_service_host", "wsl_distro_name", "term_program", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "ssl_cert_file", "ssl_cert_dir", "requests_ca_bundle", "curl_ca_bundle",
}  # fmt: skip
