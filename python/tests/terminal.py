"""A person's terminal: a program that runs on a pseudo-terminal, what it shows, and what is typed."""

import codecs
import os
import re
import select
import signal
import subprocess
import sys
import time

from forerunner import PREDECESSOR

# Seconds until something has to be shown; shorter where most tests wait for what never comes.
PATIENCE = 8 if PREDECESSOR else 20

# A session leader without a terminal takes the one that it asks for.
_TAKE = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class Terminal:
    """A running program and the terminal before it; a context manager that leaves no process behind.

    Attributes:
        text: What was shown so far.
    """

    def __init__(self, command, environment):
        self._ours, theirs = os.openpty()
        command = [sys.executable, "-I", "-c", _TAKE, *command]
        environment = {"TERM": "dumb", **environment}
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        # As in a terminal, also where the tests run in the background, in which a shell lets Ctrl-C do nothing.
        heard = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self._process = subprocess.Popen(command, **streams, env=environment, start_new_session=True)
        finally:
            signal.signal(signal.SIGINT, heard)
        os.close(theirs)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def shows(self, pattern, patience=PATIENCE):
        """Waits until the terminal shows this regular expression; the match."""
        deadline = time.monotonic() + patience
        while True:
            if found := re.search(pattern, self.text):
                return found
            if not self._read(deadline):
                raise AssertionError(f"`{pattern}` was not shown within {patience} s, but: {self.text}")

    def link(self, patience=PATIENCE):
        """Waits for a link to sign in with; the link."""
        return self.shows(r"(https?://\S+/authorize\?\S+)\s", patience).group(1)

    def type(self, text):
        """Types a line."""
        os.write(self._ours, text.encode() + b"\n")

    def interrupt(self):
        """Presses Ctrl-C."""
        os.write(self._ours, b"\x03")

    def end(self, patience=PATIENCE):
        """Waits until the program ends; its exit code, negative for a signal."""
        deadline = time.monotonic() + patience
        while self._read(deadline):
            pass
        left = max(deadline - time.monotonic(), 0.1)
        try:
            return self._process.wait(left)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the program did not end within {patience} s: {self.text}") from None

    def signal(self, number=signal.SIGINT):
        """Sends a signal to the program alone."""
        self._process.send_signal(number)

    def _read(self, deadline):
        ready, _, _ = select.select([self._ours], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            return False
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # Linux says so when nobody has the terminal open any more
            return False
        self.text += self._decode(data).replace("\r\n", "\n")
        return bool(data)
