#!/usr/bin/env python3
"""`!carto-auth login` in a notebook's cell: how long until it has said that nobody can type there.

    make command-in-a-cell

Beside `!true`, which takes the shell and the terminal that IPython starts for any such line: the difference is ours.
From the start of the cell to its end, by the kernel's own clock, so that a slow front end makes nothing slower.
"""

import argparse
import os
import statistics
import sys
import tempfile

from jupyter_client.manager import KernelManager

PATIENCE = 60  # seconds until a cell that does not end fails the measurement

CELLS = ("!carto-auth login", "!carto-auth login --no-browser", "!true")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=30, help="how often each cell is run (default 30)")
    runs = parser.parse_args().runs
    with Notebook() as notebook:
        taken = {cell: [] for cell in CELLS}
        for _ in range(runs):
            for cell in CELLS:
                taken[cell].append(notebook.run(cell) * 1e3)
                code = notebook.exit_code()
                if code != (0 if cell == "!true" else 3):
                    raise SystemExit(f"`{cell}` ended with {code}")
    print(f"a cell from its start to its end, {runs} runs each, in milliseconds: median (slowest)")
    for cell, all_of_them in taken.items():
        print(f"  {cell:<32}{statistics.median(all_of_them):>5.0f} ({max(all_of_them):.0f})")


class Notebook:
    """A kernel as a JupyterLab starts one, and its front end. Nothing answers where CARTO would be."""

    def __init__(self):
        self._home = tempfile.TemporaryDirectory(prefix="carto-auth-cell-")
        path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
        variables = {"HOME": self._home.name, "PATH": path, "LANG": "C.UTF-8"}
        variables |= {"CARTO_AUTH_URL": "http://127.0.0.1:9", "JPY_SESSION_NAME": "notebook.ipynb"}
        self._manager = KernelManager()
        self._manager.start_kernel(env=variables, cwd=self._home.name)
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)

    def run(self, code):
        """Runs a cell: the seconds that the kernel was busy with it."""
        cell, began = self._client.execute(code), None
        while True:
            message = self._client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != cell or message["msg_type"] != "status":
                continue
            if message["content"]["execution_state"] == "idle":
                return (message["header"]["date"] - began).total_seconds()
            began = began or message["header"]["date"]

    def exit_code(self):
        """How the last command ended."""
        asked = self._client.execute("", user_expressions={"code": "_exit_code"})
        while True:
            answer = self._client.get_shell_msg(timeout=PATIENCE)
            if answer["parent_header"].get("msg_id") == asked:
                return int(answer["content"]["user_expressions"]["code"]["data"]["text/plain"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()
        self._home.cleanup()


if __name__ == "__main__":
    main()
