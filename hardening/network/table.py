"""What a job is told when the network fails it: each fault, played for real, with its message and its seconds.

It asks `target/debug/carto-auth token` for a token while a real server, proxy or network is in the way, and fails where
one of them takes longer than its deadline or is told as another. `make network` writes the table to
`docs/hardening/network.md`.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from certificates import HERE
from faults import Fault, all_faults

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ROOT / "target/debug/carto-auth"
TABLE = ROOT / "docs/hardening/network.md"


def main() -> int:
    """Plays every fault at once, prints the table and writes it."""
    with tempfile.TemporaryDirectory() as place:
        folder, processes = Path(place), []
        try:
            faults = list(all_faults(folder, processes))
            with ThreadPoolExecutor(len(faults)) as pool:
                played = list(pool.map(lambda fault: play(fault, Path(tempfile.mkdtemp(dir=folder))), faults))
        finally:
            for process in processes:
                process.kill()
                process.wait()
    lines, wrong = [], []
    for fault, (code, message, seconds) in zip(faults, played, strict=True):
        message = re.sub(rf"({re.escape(HERE)}|127\.0\.0\.1):\d+", "HOST", message)
        lines.append(f"| {fault.name} | {message} | {code} | {seconds:.1f} |")
        if code != fault.code or not re.search(fault.told, message) or seconds > fault.deadline:
            wrong.append(f"{fault.name}: {code}, {message}, {seconds:.1f} s; wanted {fault.code}, {fault.told}")
    print("\n".join(lines))
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(
        PREFACE.format(count=len(lines), slowest=max(seconds for *_, seconds in played)) + "\n".join(lines) + "\n"
    )
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if wrong else 0


def play(fault: Fault, home: Path) -> tuple[int, str, float]:
    """The exit code, the first line with its cause, and the seconds it took."""
    # Over plain HTTP goes what is the sandbox's, and over TLS what is not.
    secret = "sandbox-secret" if fault.url.startswith("http:") else "a-secret"
    own = {"api_base_url": "https://api.example.com", "client_id": "a-client", "client_secret": secret}
    file = home / "credentials.json"
    file.write_text(json.dumps(own))
    file.chmod(0o600)
    variables = {"HOME": str(home), "PATH": os.environ["PATH"], "CARTO_AUTH_URL": fault.url, **fault.variables}
    began = time.monotonic()
    run = subprocess.run(
        [str(COMMAND), "token", "--m2m", str(file), "--json"],
        env=variables, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    seconds = time.monotonic() - began
    assert "canary" not in run.stdout + run.stderr, "a password is shown"
    if run.returncode == 0:
        return 0, "a token", seconds
    error = json.loads(run.stderr.splitlines()[-1])["error"]
    causes = [cause for cause in error["causes"][:1] if cause not in error["message"]]
    return run.returncode, ": ".join([error["message"], *causes]).replace("|", "/"), seconds


PREFACE = """# The network, for real

Made by `make network`: {count} faults, each played against `carto-auth token` as a job's, with real certificates,
Debian's tinyproxy, mitmproxy and sockets that are full, silent or slow. A request may take 30 s, after 5 s for where to
send it; the slowest here took {slowest:.1f} s. HOST is where the server was.

| in the way | what is told | exit code | seconds |
| --- | --- | --- | --- |
"""


if __name__ == "__main__":
    sys.exit(main())
