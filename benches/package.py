"""The Python package beside carto-auth 0.2.0 from the public index, each in an environment of its own.

- `import`: an import, over a bare interpreter.
- `script`: a whole script that prints a token that is at hand; the limit is an interpreter that does nothing.
- `call-python`: `get_access_token()` with its look at the clock; the limit is a method that gives kept text.
- `threads`: the same from eight threads at once.
- `wheel-size`: what `pip` fetches.
"""

import pathlib
import subprocess
import sys

import cold_start
from measure import paired, row

RUNS = 60
RUNS_OF_PEER = 20
PROCESSES = 7
WHEELS = pathlib.Path("target/wheels")
TARGET_MB = 5.0


def rows(tools):
    variables = tools.sandbox_variables()
    environment = tools.environment(**{**variables, "CARTO_AUTH_CACHE_DIR": str(tools.folder / "package-cache")})
    file = cold_start.credentials_for(tools.folder / "package", environment)
    file.chmod(0o600)
    script = f"from carto_auth import CartoAuth; print(CartoAuth.from_m2m({str(file)!r}).get_access_token())"
    ours = installed(tools)
    peer, of_peer = tools.predecessor(), tools.environment(HOME=str(tools.folder / "package"), TZ="UTC")
    try:
        subprocess.run([ours, "-c", script], check=True, capture_output=True, env=environment)
    finally:
        tools.sandbox("--stop")
    both = {"ours": (ours, environment), "peer": (peer, of_peer)}
    return [*imports(both), *scripts(both, script), *calls(both, file), size()]


def installed(tools):
    """A Python with the wheel in a fresh environment, as it comes from `pip install`."""
    folder = tools.folder / "ours"
    python = str(folder / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", str(wheel())], check=True)
    return python


def wheel():
    found = sorted(WHEELS.glob("carto_auth-*.whl"))
    if not found:
        raise SystemExit("no wheel in target/wheels: run `make bench`")
    return found[-1]


def imports(both):
    contestants = {}
    for name, (python, environment) in both.items():
        contestants[name] = [python, "-c", "import carto_auth"], environment
        contestants[f"bare {name}"] = [python, "-c", "pass"], environment
    times = paired(contestants, RUNS_OF_PEER * 2)
    over = {name: [a - b for a, b in zip(times[name], times[f"bare {name}"])] for name in both}
    what = "an import, over a bare interpreter"
    yield row("import", what, "ms", over["ours"], ("carto-auth 0.2.0", over["peer"], over["ours"]), None, 1e3)


def scripts(both, script):
    python, environment = both["ours"]
    ours = [python, "-c", script], environment
    limit = paired({"ours": ours, "bare": ([python, "-c", "pass"], environment)}, RUNS)
    of_peer, environment_of_peer = both["peer"]
    peer = paired({"ours": ours, "peer": ([of_peer, "-c", script], environment_of_peer)}, RUNS_OF_PEER)
    what = "a script that prints a token at hand"
    beside_peer = "carto-auth 0.2.0", peer["peer"], peer["ours"]
    yield row("script", what, "ms", limit["ours"], beside_peer, ("python -c pass", limit["bare"], limit["ours"]), 1e3)


def calls(both, file):
    """Processes in turn, each of which gives the best of its own repetitions: seconds for a call."""
    figures = {name: {"one": [], "eight": [], "kept": []} for name in both}
    for _ in range(PROCESSES):
        for name, (python, environment) in both.items():
            command = [python, "-c", CALLS, str(file)]
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
            for kind, figure in zip(("one", "eight", "kept"), done.stdout.split()):
                figures[name][kind].append(float(figure))
    ours, peer = figures["ours"], figures["peer"]
    limit = "a method that gives kept text", ours["kept"], ours["one"]
    what = "`get_access_token()`"
    yield row("call-python", what, "ns", ours["one"], ("carto-auth 0.2.0", peer["one"], ours["one"]), limit, 1e9)
    what = "the same, eight threads at once"
    yield row("threads", what, "ns", ours["eight"], ("carto-auth 0.2.0", peer["eight"], ours["eight"]), None, 1e9)


def size():
    megabytes = wheel().stat().st_size / 1e6
    return row("wheel-size", f"`{wheel().name}`", "MB", [megabytes], None, ("the target", [TARGET_MB], [megabytes]))


CALLS = """
import sys, threading, time, timeit
from carto_auth import CartoAuth
class Kept:
    def get(self): return self.text
auth, kept = CartoAuth.from_m2m(sys.argv[1]), Kept()
kept.text = auth.get_access_token()
count = 20_000
def best(call): return min(timeit.repeat(call, globals=globals(), number=count, repeat=7)) / count
def eight():
    start = threading.Barrier(9)
    def work():
        start.wait()
        for _ in range(count): auth.get_access_token()
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads: thread.start()
    start.wait()
    begin = time.perf_counter()
    for thread in threads: thread.join()
    return (time.perf_counter() - begin) / (8 * count)
print(best("auth.get_access_token()"), min(eight() for _ in range(3)), best("kept.get()"))
"""
