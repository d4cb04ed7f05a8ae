"""What an import of the package does: nothing."""

import subprocess
import sys

HEAVY = ["typing", "enum", "dataclasses", "pathlib", "json", "logging"]


def python(code, *options):
    command = [sys.executable, "-I", *options, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    return ended.stdout


def test_an_import_loads_nothing_that_takes_long():
    bare = set(python("import sys; print(*sys.modules)", "-S").split())
    assert not bare & set(HEAVY), "the interpreter itself has not loaded them"
    path = f"import sys; sys.path[:0] = {[p for p in sys.path if 'site-packages' in p]!r}; "
    with_ours = set(python(path + "from carto_auth import CartoAuth; print(*sys.modules)", "-S").split())
    assert "carto_auth" in with_ours
    assert sorted(with_ours & set(HEAVY)) == []


def test_an_import_starts_no_thread_and_opens_no_socket_and_reads_no_variable():
    code = """
import os, sys
events = []
environ = os.environ
class Watched(type(environ)):
    def __getitem__(self, name):
        events.append(name)
        return super().__getitem__(name)
os.environ.__class__ = Watched
def hear(name, args):
    if name.startswith(("socket", "subprocess", "os.fork")):
        events.append(name)
sys.addaudithook(hear)
before = len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))
import carto_auth
after = len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))
print(events, before == after)
"""
    if sys.platform == "linux":
        assert python(code) == "[] True\n"
