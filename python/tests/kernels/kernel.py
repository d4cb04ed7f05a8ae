"""A real kernel process, and somebody at its front end.

The kernel gets the variables it is given and no others, so that a Hub or a Codespace is what its variables, modules
and files make of it. It promises that what is awaited comes in time or fails the test, and that `end` leaves no
process behind.
"""

import os
import queue
import sys
import time
from pathlib import Path

from jupyter_client.manager import KernelManager
from notebook import Notebook

PATIENCE = 40  # seconds for one cell


class Kernel:
    """A kernel with a notebook before it.

    Args:
        home: Its `HOME`, which may be another kernel's as well.
        variables: More environment variables.
        startup: Code that IPython runs at its start.
        takes_input: Whether the front end lets the kernel ask.
    """

    def __init__(self, home, variables, *, startup="", takes_input=True):
        self.notebook, self._takes_input = Notebook(), takes_input
        if startup:
            folder = Path(home, ".ipython", "profile_default", "startup")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "stub.py").write_text(startup, encoding="utf-8")
        self._manager = KernelManager()
        self._manager.start_kernel(env=environment(home, variables), cwd=str(home))
        self.client = self._manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, source, person=None):
        """Runs a cell to its end.

        Args:
            source: Its code.
            person: Who answers when the cell asks for an access code, by following the link it shows; nobody if None.
        """
        cell = self.begin(source)
        self.wait(cell, lambda: "idle" in cell.seconds, person)
        return cell

    def begin(self, source):
        """Begins a cell and returns at once."""
        cell = self.notebook.add(source)
        cell.request = self.client.execute(source, allow_stdin=self._takes_input, stop_on_error=False)
        return cell

    def wait(self, cell, until, person=None):
        """Plays the front end of a cell until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not until():
            assert time.monotonic() < deadline, f"waited in vain; shown so far: {cell.text()}"
            assert self._manager.is_alive(), "the kernel died"
            if (message := _next(self.client.get_stdin_msg, 0)) is not None:
                self._answer(cell, message["content"], person)
            message = _next(self.client.get_iopub_msg, 0.02)
            if message is not None and message["parent_header"].get("msg_id") == cell.request:
                self.notebook.show(cell, message)

    def interrupt(self):
        """Presses the stop button."""
        self._manager.interrupt_kernel()

    def end(self):
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def _answer(self, cell, question, person):
        answer = None
        # What was displayed before the question may arrive after it: each channel is a socket of its own.
        if person is not None:
            self.wait(cell, lambda: cell.links)
            answer = person.answer(cell.links[-1])
        cell.ask(question["prompt"], question["password"], answer)
        if answer is not None:
            self.client.input(answer)


class Reader:
    """Somebody who follows a link with the browser of another machine and copies the access code.

    Attributes:
        codes: The access codes that they copied.
    """

    def __init__(self, person):
        self._person, self.codes = person, []

    def answer(self, link):
        self.codes.append(self._person.access_code(link))
        return self.codes[-1]


def environment(home, variables):
    """The environment of a process that has nothing of this machine but the way to its Python."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8"}
    modules = [named["PYTHONPATH"] for named in (variables, os.environ) if "PYTHONPATH" in named]
    return own | variables | ({"PYTHONPATH": os.pathsep.join(modules)} if modules else {})


def _next(read, timeout):
    try:
        return read(timeout=timeout)
    except queue.Empty:
        return None
