"""The stop button, and a token that ends where nobody may be asked; with a real kernel."""

import os
import re
import socket

import pytest
from leak import leaks
from places import HUB, JUPYTERLAB
from story import FIRST, KEEP_TOKEN, NOBODY_COMES, SIGN_IN, displays, opened, owner, secrets_of
from world import ADA

# A sign-in that does not hear of it goes on for minutes; how soon it ends is measured by `make stop-button`.
SECONDS_TO_STOP = 4
# From the start of the cell; a call that is not stopped ends after nine.
SECONDS_TO_HEAR = 4
WAYS = pytest.mark.parametrize("place", [JUPYTERLAB, HUB], ids=["in the browser", "for the access code"])


@WAYS
def test_the_stop_button_ends_a_waiting_sign_in_at_once(carto, place):
    with Waiting(carto, place, WATCHED_SIGN_IN) as (kernel, cell):
        kernel.interrupt()
        kernel.wait(cell, lambda: "idle" in cell.seconds)
        name, seconds = re.search(r"(\w+) after ([\d.]+) s", cell.text()).groups()
        assert name == "KeyboardInterrupt"
        assert float(seconds) < SECONDS_TO_STOP


@WAYS
def test_a_stopped_sign_in_is_a_stopped_cell_like_any_other(carto, place):
    with Waiting(carto, place, SIGN_IN) as (kernel, cell):
        kernel.interrupt()
        kernel.wait(cell, lambda: "idle" in cell.seconds)
        assert cell.error[0] == "KeyboardInterrupt"
        assert "mine, before" in cell.text()


@WAYS
def test_the_link_of_a_stopped_sign_in_is_not_saved(carto, place):
    with Waiting(carto, place, SIGN_IN) as (kernel, cell):
        kernel.interrupt()
        kernel.wait(cell, lambda: "idle" in cell.seconds)
        assert leaks(secrets_of(cell, carto), kernel.notebook.saved()) == []
        assert [data for data in displays(cell) if "<a" in data["text/html"]] == []


@WAYS
def test_the_stop_button_works_in_a_cell_that_awaits_something_as_well(carto, place):
    with Waiting(carto, place, AWAITS + SIGN_IN) as (kernel, cell):
        kernel.interrupt()
        kernel.wait(cell, lambda: "idle" in cell.seconds)
        assert cell.error[0] == "KeyboardInterrupt"
        assert kernel.run("print('well')").text() == "well\n"


@pytest.mark.parametrize(
    ("call", "route"),
    [
        ("CartoAuth.from_m2m(file, use_cache=False)", "token"),
        ("auth.invalidate(); auth.get_access_token()", "token"),
        ("auth.get_carto_dw_credentials()", "warehouse_token"),
    ],
)
@pytest.mark.parametrize("await_before", [False, True], ids=["alone", "after an await"])
def test_the_stop_button_ends_a_call_that_shows_nothing(carto, call, route, await_before):
    with opened(carto, HUB, "look") as kernel:
        kernel.run(f"{FIRST}\nfile = {str(carto.credentials_file())!r}\nauth = CartoAuth.from_m2m(file)")
        carto.plan(route, "hang", always=True)
        before = len(carto.requests(route))
        cell = kernel.begin((AWAITS if await_before else "") + call)
        kernel.wait(cell, lambda: len(carto.requests(route)) > before)
        kernel.interrupt()
        kernel.wait(cell, lambda: "idle" in cell.seconds)
        assert cell.error[0] == "KeyboardInterrupt"
        assert cell.seconds["error"] < SECONDS_TO_HEAR
        assert kernel.run("print('well')").text() == "well\n"


def test_the_stop_button_ends_what_is_awaited_as_it_ends_anything_else(carto):
    with opened(carto, HUB, "look") as kernel:
        kernel.run(f"{FIRST}\nauth = CartoAuth.from_m2m({str(carto.credentials_file())!r})\nauth.invalidate()")
        carto.plan("token", "hang", always=True)
        before = len(carto.requests("token"))
        cell = kernel.begin("await auth.aget_access_token()")
        kernel.wait(cell, lambda: len(carto.requests("token")) > before)
        kernel.interrupt()
        kernel.wait(cell, lambda: "idle" in cell.seconds)
        # As of `await asyncio.sleep(60)`.
        assert cell.error[0] == "CancelledError"
        assert cell.seconds["error"] < SECONDS_TO_HEAR
        assert kernel.run("print('well')").text() == "well\n"


def test_the_time_to_sign_in_ends_in_a_cell_that_awaits_something_as_well(carto):
    with opened(carto, HUB, "look") as kernel:
        kernel.run(FIRST)
        cell = kernel.run(AWAITS + NOBODY_COMES)
        assert cell.error[0] == "LoginError"
        assert cell.seconds["error"] < 6
        assert kernel.run("print('well')").text() == "well\n"


def test_after_the_stop_button_the_port_is_free_and_the_next_sign_in_takes_it(carto):
    port = free_port()
    carto.variables["CARTO_AUTH_REDIRECT_URI"] = f"http://localhost:{port}/callback/"
    with Waiting(carto, JUPYTERLAB, SIGN_IN) as (kernel, cell):
        assert listens(port)
        kernel.interrupt()
        kernel.wait(cell, lambda: "idle" in cell.seconds)
        assert not listens(port)
        carto.browser("sign-in")
        again = kernel.run(f"import os; os.environ['BROWSER'] = {os.environ['BROWSER']!r}\n{SIGN_IN}")
        assert again.error is None
        assert f"%3A{port}%2F" in again.links[0]


def test_a_token_that_ends_while_a_worker_asks_for_it_raises_there_and_asks_nobody(carto):
    carto.plan_token(carto.issue(ADA), expires_in=1)
    with opened(carto, JUPYTERLAB, "sign-in") as kernel:
        kernel.run(FIRST)
        assert kernel.run(SIGN_IN).error is None
        opened_before = len(carto.pages(1))
        cell = kernel.run(WORKER)
        assert cell.text() == "InteractionRequired\n"
        assert (cell.links, cell.questions) == ([], [])
        assert len(carto.pages()) == opened_before


def test_a_token_that_ended_is_renewed_by_the_cell_that_asks_for_it(carto):
    carto.plan_token(carto.issue(ADA), expires_in=1)
    with opened(carto, JUPYTERLAB, "sign-in") as kernel:
        kernel.run(FIRST)
        assert kernel.run(SIGN_IN).error is None
        file = carto.folder / "token.txt"
        cell = kernel.run("import time; time.sleep(1.5)\n" + KEEP_TOKEN.format(file=str(file)))
        assert cell.error is None
        assert cell.links
        assert owner(file.read_text()) == ADA


# The machinery.

# Who presses the button cannot know when the signal arrives: the kernel's own process says when, and when it was over.
WATCHED_SIGN_IN = """
import os, signal, threading, time
read, write = os.pipe()
os.set_blocking(write, False)
signal.set_wakeup_fd(write)
pressed = []
threading.Thread(target=lambda: (os.read(read, 1), pressed.append(time.monotonic())), daemon=True).start()
try:
    CartoAuth.from_oauth()
except BaseException as error:
    ended = time.monotonic()
    signal.set_wakeup_fd(-1)
    while not pressed:
        time.sleep(0.01)
    print(f"{type(error).__name__} after {ended - pressed[0]:.3f} s")
"""
# Such a cell runs in the kernel's event loop, and its signals go there.
AWAITS = "import asyncio; await asyncio.sleep(0)\n"
WORKER = """
import threading, time
time.sleep(1.5)
found = []

def work():
    try:
        found.append(auth.get_access_token())
    except Exception as error:
        found.append(error)

thread = threading.Thread(target=work)
thread.start()
thread.join()
print(type(found[0]).__name__)
"""


class Waiting:
    """A kernel in which a cell waits for a person who looks at the page, or does not even open it."""

    def __init__(self, carto, place, source):
        self._kernel = opened(carto, place, "look")
        self._kernel.run(FIRST)
        self._cell = self._kernel.begin(source)
        if place.browser:
            self._kernel.wait(self._cell, lambda: self._cell.links)
            carto.pages(1)
        else:
            self._kernel.wait(self._cell, lambda: self._cell.questions)

    def __enter__(self):
        return self._kernel, self._cell

    def __exit__(self, *_):
        self._kernel.end()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
