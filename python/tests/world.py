"""The world that a test stands in: a sandbox of CARTO, an empty home, and the people, browsers and files around it.

It promises that nothing of this machine leads into a test: no variable, no home, no cache, no proxy.
"""

import json
import os
import subprocess
import sys
import time
import webbrowser
from pathlib import Path

from forerunner import PREDECESSOR
from person import ADA, GRACE, Person
from sandbox import AUDIENCE, ORGANIZATION, SHORT, Request, Sandbox, jwt, outlive_a_short_token
from terminal import PATIENCE, Terminal

__all__ = [
    "ADA",
    "AUDIENCE",
    "GRACE",
    "ORGANIZATION",
    "SHORT",
    "Carto",
    "Person",
    "Request",
    "Sandbox",
    "Terminal",
    "jwt",
    "outlive_a_short_token",
    "own_variables",
]

PERSON = Path(__file__).parent / "person.py"


class Carto(Sandbox):
    """A sandbox and what is around it.

    Attributes:
        home: The folder that `HOME` names; empty at first.
        folder: A folder for files of the test, beside the home.
        variables: What leads a program here: auth URL, client id, redirect URIs, accounts URL.
        job_variables: What makes a program a job: base URL, M2M client id and secret.
    """

    def __init__(self, folder, monkeypatch):
        super().__init__(folder / "sandbox")
        self.folder, self._monkeypatch = folder, monkeypatch
        self._pages = folder / "pages.jsonl"
        self.home = folder / "home"
        self.home.mkdir()
        job = ("CARTO_API_BASE_URL", "CARTO_M2M_CLIENT_ID", "CARTO_M2M_CLIENT_SECRET")
        self.job_variables = {name: self.given[name] for name in job}
        place = ("CARTO_AUTH_URL", "CARTO_AUTH_CLIENT_ID", "CARTO_AUTH_PASTE_REDIRECT_URI", "CARTO_ACCOUNTS_URL")
        self.variables = {name: self.given[name] for name in place}
        # Any free port, so that two runs of the tests do not fight over 10000.
        self.variables["CARTO_AUTH_REDIRECT_URI"] = "http://localhost:0/callback/"

    def credentials_file(self, name="carto_credentials.json", **changes):
        """Writes a credentials file for the sandbox's M2M client; a change to `None` leaves the key out."""
        content = {"api_base_url": self.api_base_url, "client_id": self.m2m[0], "client_secret": self.m2m[1]}
        content = {key: value for key, value in (content | changes).items() if value is not None}
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        # Whoever may read the file may use it; the package warns of one that others can read.
        path.chmod(0o600)
        return path

    def become_a_job(self):
        """Sets the variables of the sandbox's M2M client, as in CI or cron."""
        for name, value in self.job_variables.items():
            self._monkeypatch.setenv(name, value)

    def person(self, email=ADA):
        """Somebody at a browser on another machine: give them the link."""
        return Person(email)

    def browser(self, does="sign-in", email=ADA):
        """Gives this machine a browser (`BROWSER`) with a person before it, for the way through the loopback.

        Args:
            does: `"sign-in"`, `"refuse"`, or `"look"`: open the page and touch nothing.
            email: Who.
        """
        program = [sys.executable, str(PERSON), does, email, str(self._pages), "%s"]
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
            patience: For so many seconds.
        """
        deadline = time.monotonic() + patience
        while True:
            lines = self._pages.read_text(encoding="utf-8").splitlines() if self._pages.exists() else []
            if len(lines) >= count or time.monotonic() > deadline:
                assert len(lines) >= count, f"the browser showed {len(lines)} of {count} pages"
                return [json.loads(line) for line in lines]
            time.sleep(0.02)

    def run(self, code, *arguments, timeout=40, stdin="", **variables):
        """Runs Python code in a process of its own, in this world, and returns it completed, with its output as text.

        Args:
            code: The program; `sys.argv[1:]` are the arguments.
            *arguments: What becomes text.
            timeout: Seconds until the test fails.
            stdin: What is on its standard input, which is a pipe and no terminal.
            **variables: More environment variables; `None` removes one.
        """
        command = [sys.executable, "-c", code, *map(str, arguments)]
        if PREDECESSOR:
            timeout = min(timeout, PATIENCE)
        options = {"capture_output": True, "text": True, "timeout": timeout, "env": _environment(variables)}
        return subprocess.run(command, input=stdin, check=False, **options)

    def terminal(self, code, *arguments, **variables):
        """Runs Python code before a person: a `Terminal`, to be used in a `with` statement."""
        return Terminal([sys.executable, "-c", code, *map(str, arguments)], _environment(variables))


def own_variables(names):
    """Those of the names that could lead a test out of its world."""
    return [name for name in names if name.startswith(PREFIXES) or name.lower() in NAMES]


def _environment(variables):
    return {name: value for name, value in {**os.environ, **variables}.items() if value is not None}


# Ours, the signs of every kind of place, and what leads to another network or folder.
PREFIXES = (
    "CARTO_", "JPY_", "JUPYTER", "COLAB_", "DATABRICKS_", "DB_", "KAGGLE_", "SAGEMAKER_", "SSH_", "VSCODE_", "BINDER_",
    "XDG_", "GOOGLE_", "AWS_",
)  # fmt: skip
NAMES = {
    "display", "wayland_display", "browser", "codespaces", "remote_containers", "gitpod_workspace_id", "container",
    "kubernetes_service_host", "wsl_distro_name", "term_program", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "dbus_session_bus_address", "ssl_cert_file", "ssl_cert_dir", "requests_ca_bundle", "curl_ca_bundle",
}  # fmt: skip
