"""What a measurement needs: our command, a sandbox to sign in to, and the peers."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

OURS = pathlib.Path("target/release/carto-auth").resolve()
PEERS = pathlib.Path(".tools/peers").resolve()
PREDECESSOR = "carto-auth==0.2.0"


class Tools:
    """A folder that is gone afterwards, with what was signed in there."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="carto-auth-bench-")
        self.folder = pathlib.Path(self._folder.name)
        if not OURS.exists():
            raise SystemExit("no release build: run `make bench`")
        # As people have it: copied in one piece, as `cargo install` and package managers do. What a linker
        # wrote lies in the page cache in small pieces and starts more slowly, by about a tenth.
        self.ours = str(shutil.copy2(OURS, self.folder / "carto-auth"))

    def environment(self, **more):
        """A bare environment with a home of its own."""
        return {"HOME": str(self.folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **more}

    def sandbox(self, *arguments):
        directory = str(self.folder / "sandbox")
        command = [self.ours, "sandbox", "--directory", directory, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment()).stdout

    def sandbox_variables(self):
        """Starts a sandbox and gives the variables that lead to it."""
        lines = self.sandbox("--env", "--background").splitlines()
        words = (line.removeprefix("export ").partition("=") for line in lines if line.startswith("export "))
        return {name: value.strip("'") for name, _, value in words}

    def predecessor(self):
        """A Python with carto-auth 0.2.0 from the public index, installed once."""
        python = PEERS / "bin" / "python"
        if not (PEERS / ".installed").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEERS)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", PREDECESSOR], check=True)
            (PEERS / ".installed").touch()
        return str(python)

    @staticmethod
    def found(name):
        """The path of a program, where it is installed."""
        return shutil.which(name)
