"""Every call that waits lets the other threads of Python run, whatever it waits for.

It waits for something that never comes, until another thread ends it as Ctrl-C does. A call that keeps the
interpreter's lock keeps that thread from running, so that the call is over first, by its own deadline.
"""

import _thread
import contextlib
import ctypes
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from carto_auth import CartoAuth

LETS_RUN, IS_OVER = "another thread ran", "the call was over"


class Job:
    """What a job's handle is made of, and the handle."""

    def __init__(self, carto):
        self.file, self.client = carto.credentials_file(), (carto.api_base_url, *carto.m2m)
        self.auth = CartoAuth.from_m2m(self.file)

    def renew(self):
        self.auth.invalidate()
        return self.auth.get_access_token()


JOBS = {
    "from_m2m": ("token", lambda job: CartoAuth.from_m2m(job.file, use_cache=False)),
    "from_m2m_token": ("token", lambda job: CartoAuth.from_m2m_token(*job.client, use_cache=False)),
    "get_access_token": ("token", Job.renew),
    "get_carto_dw_credentials": ("warehouse_token", lambda job: job.auth.get_carto_dw_credentials()),
    "get_carto_dw_client": ("warehouse_token", lambda job: job.auth.get_carto_dw_client()),
}


@pytest.mark.parametrize("name", JOBS)
def test_a_jobs_call_lets_the_others_run_while_carto_says_nothing(carto, name):
    route, call = JOBS[name]
    job = Job(carto)
    carto.plan(route, "hang", always=True)
    assert happened(lambda: call(job), once=carto_is_asked(carto, route)) == [LETS_RUN, IS_OVER]


PERSONS = {
    "get_access_token": ("token", lambda auth: (auth.invalidate(), auth.get_access_token())),
    "get_api_base_url": ("accounts", lambda auth: auth.get_api_base_url()),
    "get_carto_dw_credentials": ("accounts", lambda auth: auth.get_carto_dw_credentials()),
    "logout": ("revoke", lambda auth: auth.logout()),
    "logout of everything": ("revoke", lambda auth: auth.logout(all=True)),
}


@pytest.mark.parametrize("name", PERSONS)
def test_a_persons_call_lets_the_others_run_while_carto_says_nothing(carto, name):
    route, call = PERSONS[name]
    carto.browser()
    # The first look at a sign-in would find what is to be asked for here.
    carto.plan("accounts", status=500, always=True)
    auth = CartoAuth.from_oauth()
    carto.plan(route, "hang", always=True)
    assert happened(lambda: call(auth), once=carto_is_asked(carto, route)) == [LETS_RUN, IS_OVER]


def test_a_sign_in_that_nobody_finishes_lets_the_others_run(carto):
    carto.browser("look")
    assert happened(CartoAuth.from_oauth, once=carto_is_asked(carto, "authorize")) == [LETS_RUN, IS_OVER]


def test_a_sign_in_of_which_carto_knows_no_more_lets_the_others_run(carto):
    carto.browser()
    carto.plan("token", "hang", always=True)
    assert happened(CartoAuth.from_oauth, once=carto_is_asked(carto, "token")) == [LETS_RUN, IS_OVER]


TURNS = {
    "get_access_token": Job.renew,
    "logout": lambda job: job.auth.logout(),
}


@pytest.mark.parametrize("name", TURNS)
def test_who_waits_for_another_process_lets_the_others_run(carto, name):
    job = Job(carto)
    carto.plan("token", "hang", always=True)
    is_asked = carto_is_asked(carto, "token")
    other = subprocess.Popen([sys.executable, "-c", RENEW, str(job.file)], stderr=subprocess.DEVNULL)
    try:
        is_asked()
        happening = happened(lambda: TURNS[name](job), once=lambda: time.sleep(0.3))
        assert happening == [LETS_RUN, IS_OVER]
        assert len(carto.requests("token")) == 2, "it waited for the other's"
    finally:
        other.kill()
        other.wait()


REDIS = {
    "get_access_token": CartoAuth.get_access_token,
    "status": CartoAuth.status,
    "logout": CartoAuth.logout,
    "logout of everything": lambda auth: auth.logout(all=True),
}


@pytest.mark.filterwarnings("ignore::carto_auth.CartoAuthWarning")
@pytest.mark.parametrize("name", REDIS)
def test_who_waits_for_a_redis_that_says_nothing_lets_the_others_run(carto, name):
    carto.become_a_job()
    with Silence() as redis:
        auth = CartoAuth.from_env(store=redis.url)
        assert happened(lambda: REDIS[name](auth), once=redis.is_asked) == [LETS_RUN, IS_OVER]


def test_a_call_that_keeps_the_others_from_running_is_found():
    # A call through `PyDLL` keeps the lock.
    assert happened(lambda: ctypes.PyDLL(None).usleep(300_000), once=lambda: None)[0] == IS_OVER


# The machinery.

RENEW = """
import sys
from carto_auth import CartoAuth
auth = CartoAuth.from_m2m(sys.argv[1])
auth.invalidate()
auth.get_access_token()
"""


def happened(call, once):
    """Makes the call in this thread, and ends it from another one once that was let go on: what came in what order."""
    events, has_begun, is_over, unheard = [], threading.Event(), threading.Event(), [True]

    def hear(*_):
        if unheard:
            unheard.clear()
            raise KeyboardInterrupt

    def stop():
        has_begun.wait()
        once()
        events.append(LETS_RUN)
        while unheard and not is_over.wait(0.05):
            _thread.interrupt_main()

    before, interval = signal.signal(signal.SIGINT, hear), sys.getswitchinterval()
    thread = threading.Thread(target=stop, daemon=True)
    try:
        thread.start()
        # Only who waits lets go of the lock for others.
        sys.setswitchinterval(1_000)
        with contextlib.suppress(KeyboardInterrupt):
            has_begun.set()
            call()
        unheard.clear()
        events.append(IS_OVER)
    finally:
        sys.setswitchinterval(interval)
        is_over.set()
        thread.join()
        signal.signal(signal.SIGINT, before)
    return events


def carto_is_asked(carto, route):
    """Waits until one more request of this route has come."""
    before = len(carto.requests(route))

    def wait():
        while len(carto.requests(route)) <= before:
            time.sleep(0.02)

    return wait


class Silence:
    """A server that takes whoever comes, and says nothing."""

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._server.getsockname()[1]}"
        return self

    def is_asked(self):
        self._connection, _ = self._server.accept()
        self._connection.recv(1)

    def __exit__(self, *_):
        self._connection.close()
        self._server.close()
