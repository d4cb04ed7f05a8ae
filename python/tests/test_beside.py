"""A thread beside the main thread's sign-in: how long it waits, and what it is told."""

import json

import pytest

# More than the thread's own time, and less than the main thread's.
SOON = 15


def test_a_thread_waits_no_longer_than_its_own_time(carto):
    carto.browser("look")
    with carto.terminal(BESIDE, json.dumps({"timeout": 2}), carto.folder / "mark") as terminal:
        begin(carto)
        told = terminal.shows(r"thread: LoginError: (.*)\r?\n.*hint: (.*)\r?\n", patience=SOON)
        assert told[1] == "nobody finished the sign-in in the main thread within 2 s"
        assert "`timeout=SECONDS`" in told[2]
        carto.person().sign_in(carto.pages(1)[0]["link"])
        terminal.shows("main: a token")


@pytest.mark.parametrize("use_cache", [True, False])
def test_a_thread_is_told_first_of_all_that_the_sign_in_was_stopped(carto, use_cache):
    carto.browser("look")
    with carto.terminal(BESIDE, json.dumps({"use_cache": use_cache}), carto.folder / "mark") as terminal:
        begin(carto)
        terminal.shows("thread: waits")
        terminal.interrupt()
        told = terminal.shows(r"thread: InteractionRequired: (.*)\r?\n.*hint: (.*)\r?\n", patience=SOON)
        assert told[1] == "the sign-in in the main thread was stopped, and nobody can be asked here"
        assert "`CartoAuth.from_oauth()`" in told[2]
        terminal.shows("main: KeyboardInterrupt")


def begin(carto):
    """Lets the thread begin, once the link of the main thread is open."""
    carto.pages(1)
    (carto.folder / "mark").touch()


# The options of both, and the file that the thread waits for.
BESIDE = """
import json, os, sys, threading, time
from carto_auth import CartoAuth
theirs = json.loads(sys.argv[1])
ours = {**theirs, "timeout": 60}
def work():
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.01)
    threading.Timer(1, lambda: print("thread: waits", flush=True)).start()
    try:
        CartoAuth.from_oauth(**theirs)
    except Exception as error:
        print(f"thread: {type(error).__name__}: {error}\\nhint: {error.hint}", flush=True)
thread = threading.Thread(target=work)
thread.start()
try:
    CartoAuth.from_oauth(**ours)
    print("main: a token", flush=True)
except KeyboardInterrupt:
    thread.join()
    print("main: KeyboardInterrupt", flush=True)
"""
