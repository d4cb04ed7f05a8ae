"""What the rows of the bad-input matrix have in common: how something fails, what is told, where tokens rest, 0.2.0.

It promises to work with 0.2.0 as well: of the package it uses nothing that 0.2.0 lacks.
"""

import functools
import os
import subprocess
import sys
import traceback
import warnings
from pathlib import Path

from carto_auth import CredentialsError
from debug_text import debug_in
from forerunner import PREDECESSOR, TRANSPORT
from terminal import PATIENCE

CANARY = "sandbox-canary"

RUN = TRANSPORT.parent.parent / "run"


# What 0.2.0 documents for a credentials file counts there as well.
TYPED = (CredentialsError, AttributeError, ValueError) if PREDECESSOR else CredentialsError


def refusal(call, *arguments, **options):
    """What a call fails with: an error that the package documents, in which there is no secret, as text."""
    try:
        call(*arguments, **options)
    except TYPED as error:
        text = "".join(traceback.format_exception(error))
        assert "canary" not in text, text
        assert PREDECESSOR or debug_in(error) == []
        return text
    raise AssertionError("it did not fail")


def told(call, *arguments, **options):
    """What a call gives, and the warnings that it tells."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call(*arguments, **options)
    return result, [str(warning.message) for warning in caught if issubclass(warning.category, UserWarning)]


def kept(carto, token):
    """The file of the home that a token rests in."""
    files = (path for path in carto.home.glob(".carto-auth/*") if path.is_file())
    (file,) = (path for path in files if token.encode() in path.read_bytes())
    return file


@functools.cache
def python_of_0_2_0():
    """A Python with carto-auth 0.2.0, which is made where there is none yet."""
    if PREDECESSOR:
        return sys.executable
    subprocess.run([RUN, "--version"], check=True, capture_output=True, timeout=600)
    return str(RUN.parents[3] / ".tools/predecessor/bin/python")


def run_0_2_0(code, *arguments, **variables):
    """Runs code with carto-auth 0.2.0 in this world, and returns what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(TRANSPORT.parent), **variables}
    command = [python_of_0_2_0(), "-W", "ignore", "-c", code, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def library(folder, name, source):
    """A library of these C functions, to stand before those of the C library in a process (`LD_PRELOAD`)."""
    file, made = folder / f"{name}.c", folder / f"{name}.so"
    file.write_text(source, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", made, file], check=True)
    return str(made)


def start(code, *arguments, **variables):
    """Starts code in a process of its own, in this world, and does not wait for it."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env={**os.environ, **variables}, **pipes)


def text_of(path):
    """A file's text."""
    return Path(path).read_text(encoding="utf-8")
