#!/usr/bin/env python3
"""The stop button of a notebook: from the press until the front end hears that the cell is over.

    make stop-button

Each kind of cell is stopped in turn, in one kernel, and each beside a bare one that waits for nothing of ours: what a
bare cell takes is Jupyter's own time, on a busy machine too, and the difference is ours. The server that is waited for
takes the request and never answers.
"""

import argparse
import collections
import contextlib
import os
import queue
import random
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time

from jupyter_client.manager import KernelManager

PATIENCE = 60  # seconds until a cell that does not end fails the measurement

# Cells that wait for us, each with the bare one that it is compared with. A bare `await asyncio.sleep(60)` would not be
# ended by the button at all: ipykernel's handler of SIGINT only tells its event loop, and does not wake it.
CELLS = {
    "auth.get_access_token()": "time.sleep(60)",
    "await auth.aget_access_token()": "while True: await asyncio.sleep(0.05)",
}
# A handle of its own for each press, so that none waits for what another one has asked for.
HANDLE = (
    "auth = CartoAuth('m2m', {url!r}, client_id='client-{number}', client_secret='sandbox-secret', use_cache=False)"
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--presses", type=int, default=30, help="how often each cell is stopped (default 30)")
    presses = parser.parse_args().presses
    with Silence() as server, Notebook(server.url) as notebook:
        taken = measure(notebook, server, presses)
    print(f"from the stop button to `idle`, {presses} presses each, in milliseconds: median (slowest)")
    for ours, bare in CELLS.items():
        difference = statistics.median(taken[ours]) - statistics.median(taken[bare])
        print(f"  {figures(ours, taken)} | {figures(bare, taken)} | difference of medians {difference:+.0f}")


def figures(cell, taken):
    return f"{cell:<37}{statistics.median(taken[cell]):>4.0f} ({max(taken[cell]):.0f})".ljust(48)


def measure(notebook, server, presses):
    notebook.run("import asyncio, time\nfrom carto_auth import CartoAuth")
    taken, chance = collections.defaultdict(list), random.Random(0)
    for number in range(presses):
        for name in [name for pair in CELLS.items() for name in pair]:
            notebook.run(HANDLE.format(url=server.url, number=f"{number}-{len(name)}"))
            cell = notebook.begin(name)
            if name in CELLS:
                server.requests.get(timeout=PATIENCE)
            # Whatever looks for the press every so often is met at any moment of its round.
            time.sleep(0.2 + chance.random() * 0.1)
            taken[name].append(notebook.stop(cell) * 1e3)
            server.let_go()
    return taken


class Notebook:
    """A kernel as a JupyterLab starts one, and its front end."""

    def __init__(self, url):
        self._home = tempfile.TemporaryDirectory(prefix="carto-auth-stop-")
        path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
        variables = {"HOME": self._home.name, "PATH": path, "LANG": "C.UTF-8"}
        variables |= {"CARTO_AUTH_URL": url, "JPY_SESSION_NAME": "notebook.ipynb"}
        # As in a terminal, also where this runs in the background, in which a shell lets SIGINT do nothing.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._manager = KernelManager()
        self._manager.start_kernel(env=variables, cwd=self._home.name)
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)

    def begin(self, code):
        cell = self._client.execute(code, stop_on_error=False)
        self._hear(cell, "busy")
        return cell

    def run(self, code):
        self._hear(self._client.execute(code), "idle")

    def stop(self, cell):
        """Presses the button: the seconds until the cell is over."""
        begin = time.perf_counter()
        self._manager.interrupt_kernel()
        error = self._hear(cell, "idle")
        seconds = time.perf_counter() - begin
        if error not in ("KeyboardInterrupt", "CancelledError"):
            raise SystemExit(f"a cell was not stopped, but ended with {error}")
        return seconds

    def _hear(self, cell, state):
        """Waits until the cell is so: the name of the exception that it told meanwhile, or None."""
        error = None
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=PATIENCE)
            except queue.Empty:
                raise SystemExit(f"the cell did not become {state} within {PATIENCE} s") from None
            if message["parent_header"].get("msg_id") == cell:
                error = message["content"].get("ename", error)
                if message["content"].get("execution_state") == state:
                    return error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()
        self._home.cleanup()


class Silence:
    """A server that takes requests and answers none until it lets them go, with an error that nobody tries again."""

    def __init__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.requests = queue.Queue()
        self._open = []
        threading.Thread(target=self._serve, daemon=True).start()

    def let_go(self):
        """Ends what still waits: a call that nobody awaits any more goes on in its thread."""
        while self._open:
            connection = self._open.pop()
            body = b'{"error":"access_denied"}'
            head = b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nConnection: close\r\n"
            # Whoever was stopped has closed it.
            with contextlib.suppress(OSError):
                connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            connection.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            connection.recv(65536)
            self._open.append(connection)
            self.requests.put(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.let_go()
        self._server.close()


if __name__ == "__main__":
    main()
