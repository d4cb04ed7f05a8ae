"""What an import of the package asks of the system: its own files are loaded, and nothing else happens.

It is looked at from outside, by `strace` and by a library that stands before libc's `getenv`, so that the native half
is seen as well; and beside a bare interpreter, so that what Python does by itself is left out. `environ` itself can be
read without a call; `clippy.toml` forbids what would.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import carto_auth
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no strace here")

PACKAGE = Path(carto_auth.__file__).parent
# Of the loader, for what the native half is linked against.
LOADERS = re.compile(
    r"/etc/ld\.so\.cache|(/usr)?/lib(64)?/([\w-]+/)?(glibc-hwcaps/.*|lib(gcc_s|c|m|pthread|dl)\.so\.\d)"
)


def test_an_import_opens_only_the_files_that_are_loaded(import_calls):
    paths = {path for name, path in import_calls if name in OPENINGS}
    strangers = [path for path in paths if not (Path(path).is_relative_to(PACKAGE) or LOADERS.fullmatch(path))]
    assert any(path.endswith(".so") for path in paths), "the native half is loaded"
    assert strangers == []


def test_an_import_looks_at_no_other_file_than_those_of_modules(import_calls):
    folders = {PACKAGE, *map(Path, sys.path), *(Path(path) for path in sys.path_importer_cache)}
    paths = {path for name, path in import_calls if path and name not in OPENINGS}
    strangers = [path for path in paths if not (LOADERS.fullmatch(path) or {Path(path), Path(path).parent} & folders)]
    assert strangers == []


def test_an_import_starts_no_thread_and_no_process_and_asks_nothing_of_the_network(import_calls):
    names = {name for name, _ in import_calls}
    assert names & OPENINGS, "the calls are seen"
    assert {name for name in names if FORBIDDEN.fullmatch(name)} == set()


def test_an_import_writes_nothing(import_calls):
    assert {name for name, _ in import_calls if WRITING.fullmatch(name)} == set()


def test_an_import_asks_for_no_variable(tmp_path):
    library = tmp_path / "heard.so"
    source = tmp_path / "heard.c"
    source.write_text(HEARD, encoding="utf-8")
    build = [*compiler(), "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(build, check=True, timeout=50, capture_output=True)

    def asked(code):
        ended = python(code, LD_PRELOAD=str(library))
        return {line for line in ended.stderr.splitlines() if line.startswith("getenv ")}

    bare = asked("pass")
    assert "getenv CARTO_CANARY" in asked("import ctypes; ctypes.CDLL(None).getenv(b'CARTO_CANARY')"), "it hears"
    assert asked("import carto_auth") - bare == set()


# The machinery.

OPENINGS = {"open", "openat", "openat2"}
FORBIDDEN = re.compile(r"clone3?|v?fork|execve(at)?|socket(pair)?|connect|bind|listen|accept4?|send\w*|recv\w*")
WRITING = re.compile(
    r"p?write(v|v2|64)?|mkdir(at)?|unlink(at)?|rename(at|at2)?|f?chmod(at)?|f?truncate|(sym)?link(at)?"
)
HEARD = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
static char *hear(const char *symbol, const char *name) {
    char *(*real)(const char *) = (char *(*)(const char *))dlsym(RTLD_NEXT, symbol);
    fprintf(stderr, "getenv %s\\n", name);
    return real(name);
}
char *getenv(const char *name) { return hear("getenv", name); }
char *secure_getenv(const char *name) { return hear("secure_getenv", name); }
"""


@pytest.fixture(scope="module")
def import_calls(tmp_path_factory):
    """The calls of the system that an import makes: pairs of the call's name and the path that it names, or None."""
    # Some containers have the program and forbid its call.
    if shutil.which("strace") is None or subprocess.run(["strace", "-o", os.devnull, "true"]).returncode:
        assert "CARTO_AUTH_CI" not in os.environ, "there is no strace here"
        pytest.skip("there is no strace here")
    file = tmp_path_factory.mktemp("strace") / "calls.txt"
    # Once before, so that the compiled files are there.
    python("import carto_auth")
    # One that a bare interpreter makes as well may be made once more.
    return list((calls("import carto_auth", file) - calls("pass", file)).elements())


def calls(code, file):
    python(code, "strace", "-f", "-qq", "-e", "signal=none", "-s", "4096", "-o", str(file))
    found = Counter()
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if call := re.match(r"\d+\s+(\w+)\(", line):
            path = re.search(r'"((?:/|\.)[^"]*)"', line) if TAKES_A_PATH.fullmatch(call[1]) else None
            found[call[1], path and path[1]] += 1
    return found


TAKES_A_PATH = re.compile(r"open\w*|\w*stat\w*|f?access(at2?)?|readlink(at)?|execve|mkdir(at)?|unlink(at)?|rename\w*")


def python(code, *before, **variables):
    command = [*before, sys.executable, "-I", "-c", code]
    # Without a home, the interpreter asks the system's services for one.
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": "/", **variables}
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=True, env=environment)


def compiler():
    """The machine's, or the one that the wheel is linked with."""
    return ["cc"] if shutil.which("cc") else [sys.executable, "-m", "ziglang", "cc"]
