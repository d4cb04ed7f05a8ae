"""What people do in a notebook, played with a real kernel, and what is left to look at."""

import base64
import json
import os
import subprocess
import sys
import urllib.parse

import nbformat
import pytest
from kernel import Kernel, Reader, environment
from world import ADA, Carto

FIRST = "from carto_auth import CartoAuth\nfrom IPython.display import HTML, display"
SIGN_IN = """
print("mine, before")
display(HTML("<b>mine, as a picture</b>"))
auth = CartoAuth.from_oauth()
print("mine, after")
"""
NOBODY_COMES = """
print("mine, before")
auth = CartoAuth.from_oauth(timeout=2)
"""
KEEP_TOKEN = "with open({file!r}, 'w') as file:\n    _ = file.write(auth.get_access_token())"
LOOK = "print(auth)\nauth"


class Story:
    """Somebody opens a notebook in a place, signs in, keeps the token in a file and looks at what they have.

    Attributes:
        notebook: The cells.
        cell: The one that signed in.
        look: The one that looked.
        token: The access token.
        secrets: What must not be saved, by name.
    """

    def __init__(self, carto, place, email=ADA):
        self.carto, self.place, reader = carto, place, Reader(carto.person(email))
        with opened(carto, place, "sign-in", email) as kernel:
            self.notebook = kernel.notebook
            kernel.run(FIRST)
            self.cell = kernel.run(SIGN_IN, reader)
            assert self.cell.error is None, self.cell.error
            self.token = token_of(kernel, carto)
            self.look = kernel.run(LOOK)
        self.secrets = secrets_of(self.cell, carto) | {"token": self.token}
        self.secrets |= {f"code {number}": code for number, code in enumerate(reader.codes)}


class Desertion:
    """Somebody runs the cell and goes away; later they print a line. Attributes as in `Story`."""

    def __init__(self, carto, place):
        with opened(carto, place, "look", ADA) as kernel:
            self.notebook = kernel.notebook
            kernel.run(FIRST)
            self.cell = kernel.run(NOBODY_COMES)
            self.after = kernel.run("print('well')")
        self.secrets = secrets_of(self.cell, carto)


class World:
    """A sandbox that lasts for all tests of one place."""

    def __init__(self, folder):
        self._patch = pytest.MonkeyPatch()
        self._carto = Carto(folder, self._patch)

    def __enter__(self):
        return self._carto

    def __exit__(self, *_):
        self._carto.end()
        self._patch.undo()


def opened(carto, place, does, email=ADA):
    """A kernel of this place, on a machine with a browser at which somebody does something."""
    carto.browser(does, email)
    variables = {"BROWSER": os.environ["BROWSER"], **place.variables}
    return Kernel(carto.home, carto.variables | variables, startup=place.startup)


def token_of(kernel, carto):
    """The token of `auth`, which leaves the kernel by another way than through the notebook."""
    file = carto.folder / "token.txt"
    cell = kernel.run(KEEP_TOKEN.format(file=str(file)))
    assert cell.error is None, cell.error
    return file.read_text(encoding="utf-8")


def secrets_of(cell, carto):
    """What must not be saved: what is secret in the links, and what was sent for tokens."""
    found = {}
    for number, link in enumerate(cell.links):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))
        found |= {f"{name} {number}": query[name] for name in ("state", "code_challenge")}
    for number, request in enumerate(carto.requests("token")):
        sent = {name: request.form[name] for name in ("code", "code_verifier") if name in request.form}
        found |= {f"sent {name} {number}": value for name, value in sent.items()}
    return found


def displays(cell):
    """What was displayed as HTML below a cell."""
    return [output["data"] for output in cell.outputs if "text/html" in output.get("data", {})]


def owner(token):
    """Whose token it is, by its own word."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["http://app.carto.com/email"]


def run_by_job(carto, runner, sources):
    """Runs a notebook as a job does: the process that has ended, and the notebook as it is saved."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    given, saved = carto.folder / "given.ipynb", carto.folder / "saved.ipynb"
    nbformat.write(notebook, given)
    command = [sys.executable, "-c", RUNNERS[runner], str(given), str(saved)]
    ended = subprocess.run(
        command, timeout=60, capture_output=True, text=True, env=environment(carto.home, carto.variables)
    )
    return ended, saved.read_text(encoding="utf-8") if saved.exists() else ""


RUNNERS = {
    "papermill": "import sys, papermill; papermill.execute_notebook(*sys.argv[1:], progress_bar=False)",
    "nbconvert": "import subprocess, sys; sys.exit(subprocess.call(['jupyter', 'nbconvert', '--to', 'notebook', "
    "'--execute', sys.argv[1], '--output', sys.argv[2]]))",
    "nbclient": "import sys, nbformat, nbclient; notebook = nbformat.read(sys.argv[1], 4); "
    "nbclient.NotebookClient(notebook).execute(); nbformat.write(notebook, sys.argv[2])",
}
