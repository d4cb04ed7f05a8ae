"""A real keyring for a test: `gnome-keyring-daemon` at a D-Bus session of its own."""

import os
import shutil
import subprocess
import time

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon", "secret-tool")
PATIENCE = 20  # seconds until it serves

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def missing():
    """The program that is not there, or `None`."""
    return next((program for program in PROGRAMS if not shutil.which(program)), None)


class SecretService:
    """A keyring whose collection is unlocked.

    Attributes:
        address: Where it is, for `DBUS_SESSION_BUS_ADDRESS`.
    """

    def __init__(self, folder):
        folder.mkdir(mode=0o700)
        configuration = folder / "bus.conf"
        configuration.write_text(BUS.format(path=folder / "bus"), encoding="utf-8")
        bus = ["dbus-daemon", "--nofork", "--print-address=1", "--config-file", str(configuration)]
        self._bus = subprocess.Popen(bus, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self._bus.stdout.readline().strip()
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "DBUS_SESSION_BUS_ADDRESS": self.address,
        }
        keyring = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._keyring = subprocess.Popen(keyring, stdin=subprocess.PIPE, env=self._environment, **quiet)
        self._keyring.stdin.write(b"a password")
        self._keyring.stdin.close()
        deadline = time.monotonic() + PATIENCE
        # It serves once it gives back what it was given.
        while not self._serves():
            assert time.monotonic() < deadline, "the keyring does not come up"
            time.sleep(0.02)

    def lookup(self, name):
        """The secret of ours with this name, or an empty text."""
        return self._tool("lookup", "service", "carto-auth", "username", name)

    def end(self):
        """Ends both."""
        for process in (self._keyring, self._bus):
            process.kill()
            process.wait()
        self._bus.stdout.close()

    def _serves(self):
        return self._tool("store", "--label=x", "here", "yes", given="yes") and self._tool("lookup", "here", "yes")

    def _tool(self, *arguments, given=""):
        command = ["secret-tool", *arguments]
        done = subprocess.run(command, input=given, env=self._environment, capture_output=True, text=True, check=False)
        return done.returncode == 0 and (done.stdout or "done")
