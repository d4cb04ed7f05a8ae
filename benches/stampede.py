"""Many who want the same at once: 20 processes of 100 threads each, let go together.

- `stampede`: they find a job's token ended; counted are the token requests at the sandbox.
- `stampede-time`: the same, until the last of them has its token.
- `stampede-person`: 20 processes need a person; counted are the links that are opened. The person signs in, and in
  another run refuses: all get one token, or one error.

The same scripts run on the wheel and on carto-auth 0.2.0, whose addresses are led to the sandbox.
"""

import json
import pathlib
import subprocess
import sys
import time
import urllib.request

import cold_start
import package
from measure import row

sys.path.insert(0, str(pathlib.Path("python/tests").resolve()))

from person import Person  # the tests' person, who follows a link to the sandbox's page

RUNS = 5
RUNS_OF_PEER = 1
PROCESSES = 20
THREADS = 100
PATIENCE = 300  # seconds until a run is given up
TRANSPORT = pathlib.Path("python/tests/predecessor/transport").resolve()


def rows(tools):
    variables = tools.sandbox_variables()
    ours, peer = Contestant(tools, variables, "ours"), Contestant(tools, variables, "peer")
    try:
        jobs = [ours.jobs() for _ in range(RUNS)]
        of_peer = [peer.jobs() for _ in range(RUNS_OF_PEER)]
        links = [ours.people(refuse) for refuse in (False, True) * 2]
        links_of_peer = [peer.people(False, has_to_succeed=False)]
    finally:
        tools.sandbox("--stop")
    requests, seconds, failed = zip(*jobs)
    if any(failed):
        raise SystemExit(f"{max(failed)} of {PROCESSES * THREADS} callers failed")
    requests_of_peer, seconds_of_peer, failed_of_peer = zip(*of_peer)
    name, limit = "carto-auth 0.2.0", ("one", [1])
    crowd = f"{PROCESSES} processes of {THREADS} threads whose token has ended"
    peer_and_faults = f"{name}, {max(failed_of_peer)} of {PROCESSES * THREADS} callers fail"
    beside_peer = peer_and_faults, requests_of_peer, requests
    yield row("stampede", crowd, "requests", requests, beside_peer, (*limit, requests), bound=1)
    yield row("stampede-time", "the same, until the last has its token", "s", seconds, (name, seconds_of_peer, seconds))
    what = f"{PROCESSES} processes that need a person"
    yield row("stampede-person", what, "links", links, (name, links_of_peer, links), (*limit, links), bound=1)


class Contestant:
    """The wheel or its peer: a Python that has it, in a home of its own."""

    def __init__(self, tools, variables, name):
        self._home = tools.folder / "stampede" / name
        self._home.mkdir(parents=True)
        self._sandbox = variables["CARTO_SANDBOX_URL"], variables["CARTO_SANDBOX_CONTROL"]
        self._links = self._home / "links"
        self._cache = self._home / ".carto-auth"
        more = {"PYTHONPATH": str(TRANSPORT), "TZ": "UTC"} if name == "peer" else {}
        self._python = tools.predecessor() if name == "peer" else package.installed(tools)
        own = {
            "HOME": str(self._home),
            "BROWSER": f"{self._launcher()} %s",
            "CARTO_AUTH_REDIRECT_URI": "http://localhost:0/callback/",
            "CARTO_AUTH_CACHE_DIR": str(self._cache),
        }
        self._environment = tools.environment(**{**variables, **own, **more})
        self._credentials = cold_start.credentials_for(self._home, self._environment)
        self._credentials.chmod(0o600)
        for variable in [name for name in self._environment if name.startswith(("CARTO_M2M", "CARTO_API"))]:
            del self._environment[variable]

    def _launcher(self):
        """A browser that only writes the link down."""
        launcher = self._home / "open-link"
        launcher.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> {self._links}\n')
        launcher.chmod(0o755)
        return launcher

    def jobs(self):
        """How many requests the ended token costs, how many seconds it takes, and how many get none."""
        self._run_one()
        self._end_tokens()
        before = self._token_requests()
        ended, seconds = self._crowd(JOB, str(self._credentials), str(THREADS))
        answers = [one for answers in ended for one in answers]
        got = [one for one in answers if not one.startswith("error: ")]
        return self._token_requests() - before, seconds, PROCESSES * THREADS - len(got)

    def people(self, refuses, *, has_to_succeed=True):
        """How many links are opened; then the person signs in at each, or refuses."""
        for file in [self._links, *self._cache.glob("*oauth*")]:
            file.unlink(missing_ok=True)
        person = Person()

        def meanwhile():
            self._until_no_more_links()
            for link in self._opened():
                (person.refuse if refuses else person.sign_in)(link)

        ended, _ = self._crowd(PERSON, meanwhile=meanwhile)
        answers = {one for answers in ended for one in answers}
        if has_to_succeed and (len(answers) != 1 or refuses != any(one.startswith("error: ") for one in answers)):
            raise SystemExit(f"the person {'refuses' if refuses else 'signs in'}, and the answers are {answers}")
        return len(self._opened())

    def _crowd(self, script, *arguments, meanwhile=lambda: None):
        """Starts all, lets them go together, and gives what each of them says, and after how many seconds."""
        command = [self._python, "-c", script, *arguments]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        crowd = [subprocess.Popen(command, env=self._environment, **pipes) for _ in range(PROCESSES)]
        try:
            for one in crowd:
                if one.stdout.readline() != "ready\n":
                    raise SystemExit(f"a process of `{self._python}` did not begin")
            begin = time.perf_counter()
            for one in crowd:
                one.stdin.close()
            meanwhile()
            said = [one.stdout.read() for one in crowd]
            return [json.loads(text) for text in said], time.perf_counter() - begin
        finally:
            for one in crowd:
                one.kill()
                one.wait()

    def _run_one(self):
        command = [self._python, "-c", JOB, str(self._credentials), "1"]
        subprocess.run(command, check=True, env=self._environment, input="", text=True, capture_output=True)

    def _end_tokens(self):
        """Lets the token that is kept be of the day before yesterday."""
        for file in self._cache.glob("*m2m*.json"):
            entry = json.loads(file.read_text())
            entry.pop("boot", None)
            for name in {"issued_at", "expiration"} & entry.keys():
                entry[name] -= 2 * 86_400
            file.write_text(json.dumps(entry))

    def _token_requests(self):
        url, control = self._sandbox
        request = urllib.request.Request(f"{url}/sandbox/requests", headers={"sandbox-control": control})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["counts"]["token"]

    def _opened(self):
        return self._links.read_text().splitlines() if self._links.exists() else []

    def _until_no_more_links(self):
        count, since = 0, time.monotonic()
        while time.monotonic() - since < (3 if count else 30):
            time.sleep(0.05)
            if len(self._opened()) != count:
                count, since = len(self._opened()), time.monotonic()


JOB = """
import json, sys, threading
from carto_auth import CartoAuth
file, count = sys.argv[1], int(sys.argv[2])
start, answers = threading.Barrier(count + 1), []
def work():
    start.wait()
    try: answers.append(CartoAuth.from_m2m(file).get_access_token())
    except Exception as error: answers.append(f"error: {type(error).__name__}: {error}")
threads = [threading.Thread(target=work) for _ in range(count)]
for thread in threads: thread.start()
print("ready", flush=True)
sys.stdin.read()
start.wait()
for thread in threads: thread.join()
print(json.dumps(answers))
"""

PERSON = """
import json, sys
from carto_auth import CartoAuth
print("ready", flush=True)
sys.stdin.read()
try: answer = CartoAuth.from_oauth().get_access_token()
except Exception as error: answer = f"error: {type(error).__name__}: {error}"
print(json.dumps([answer]))
"""
