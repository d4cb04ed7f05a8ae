"""L33: many threads and many processes sign in at once."""

import json
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest


def test_l33_fifty_threads_alone_get_the_same_error(carto):
    # A person is asked in the main thread alone.
    carto.browser()
    result = carto.run(THREADS, json.dumps(None), json.dumps({}), carto.folder)
    assert "threads: 50 answers of 1 kind: InteractionRequired" in result.stdout
    assert carto.pages() == []


@pytest.mark.parametrize("use_cache", [True, False])
def test_l33_fifty_threads_beside_the_main_thread_get_its_token(carto, use_cache):
    with beside_a_sign_in(carto, {"use_cache": use_cache}) as (terminal, link):
        if not use_cache:
            # Who comes when it is over finds the token only where it is kept.
            time.sleep(2)
        carto.person().sign_in(link)
        terminal.shows("threads: 50 answers of 1 kind: a token")
        terminal.shows("the main thread: the same")
    assert len(carto.pages()) == 1
    assert len(carto.requests("token")) == 1


def test_l33_fifty_threads_beside_the_main_thread_get_its_error(carto):
    with beside_a_sign_in(carto, {"timeout": 6}) as (terminal, _):
        terminal.shows("threads: 50 answers of 1 kind: LoginError: nobody finished the sign-in")
        terminal.shows("the main thread: the same")
    assert len(carto.pages()) == 1
    assert carto.requests("token") == []


def test_l33_fifty_threads_whose_main_thread_is_stopped_are_told_so(carto):
    with beside_a_sign_in(carto) as (terminal, _):
        time.sleep(2)
        terminal.interrupt()
        terminal.shows("threads: 50 answers of 1 kind: InteractionRequired: .*the main thread was stopped")
        terminal.shows("the main thread: stopped")


@pytest.mark.parametrize("options", [{"interactive": False}, {"org": "org_other"}])
def test_l33_fifty_threads_that_want_something_else_wait_for_nobody(carto, options):
    with beside_a_sign_in(carto, theirs=options) as (terminal, link):
        terminal.shows("threads: 50 answers of 1 kind: InteractionRequired")
        carto.person().sign_in(link)
        terminal.shows("the main thread: another")


def test_l33_fifty_processes_cause_one_sign_in_and_get_one_token(carto):
    carto.browser("look")
    program = "from carto_auth import CartoAuth; print(CartoAuth.from_oauth().get_access_token())"
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    processes = [subprocess.Popen([sys.executable, "-c", program], text=True, **streams) for _ in range(50)]
    try:
        carto.person().sign_in(carto.pages(1)[0]["link"])
        tokens = {process.communicate(timeout=30)[0] for process in processes}
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert len(tokens) == 1
    assert len(carto.pages()) == 1
    assert len(carto.requests("token")) == 1


# The machinery.


@contextmanager
def beside_a_sign_in(carto, options=None, theirs=None):
    """The main thread waits for the person, and then fifty others call the same: their terminal, and the link."""
    options = options or {}
    carto.browser("look")
    mark = carto.folder / "mark"
    with carto.terminal(THREADS, json.dumps(options), json.dumps(theirs or options), mark) as terminal:
        link = carto.pages(1)[0]["link"]
        mark.touch()
        yield terminal, link


# The options of the main thread, or none, those of the others, and the file that they wait for.
THREADS = """
import json, os, sys, threading, time
from carto_auth import CartoAuth, CredentialsError
ours, theirs, mark = json.loads(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
found = []
def answer(options):
    try:
        return CartoAuth.from_oauth(**options).get_access_token()
    except CredentialsError as error:
        return f"{type(error).__name__}: {error} ({error.__cause__})"
def shown(answer):
    return answer if ":" in answer else "a token"
def work():
    while not os.path.exists(mark):
        time.sleep(0.01)
    found.append(answer(theirs))
    if len(found) == 50:
        print("threads: 50 answers of", len(set(found)), "kind:", shown(found[0]), flush=True)
threads = [threading.Thread(target=work) for _ in range(50)]
for thread in threads:
    thread.start()
own = "none"
try:
    if ours is not None:
        own = answer(ours)
except KeyboardInterrupt:
    own = "stopped"
for thread in threads:
    thread.join()
print("the main thread:", own if own == "stopped" else "the same" if {own} == set(found) else "another", flush=True)
"""
