"""What SIGINT does while a call waits in the main thread of a kernel, and afterwards."""

import asyncio
import getpass
import signal
import threading
import traceback

import pytest
from carto_auth import CartoAuth, _stop
from carto_auth._panel import Panel

# Less than a call waits for a server that does not answer.
SOON = 10


@pytest.fixture
def handler():
    """Sets the handler of SIGINT, and puts the one of the tests back."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda handler: signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGINT, before)


def handle_sigint(*_):
    """As in ipykernel's cells with a top-level `await`."""


handle_sigint.__module__ = "ipykernel.ipkernel"


def test_a_handler_of_the_stop_button_that_raises_nothing_is_given_back_at_the_end(handler):
    handler(handle_sigint)
    heard = _stop.hear()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    _stop.give_back(heard)
    assert signal.getsignal(signal.SIGINT) is handle_sigint


@pytest.mark.parametrize(
    "call", ["CartoAuth.from_env().get_access_token()", "await CartoAuth.from_env().aget_access_token()"]
)
def test_the_first_ctrl_c_ends_a_call_in_asyncio_run(carto, call):
    carto.become_a_job()
    carto.plan("token", "hang", always=True)
    with carto.terminal(f"""
import asyncio, signal
from carto_auth import CartoAuth
async def main():
    try:
        {call}
    finally:
        print("own handler:", signal.getsignal(signal.SIGINT) is not signal.default_int_handler)
asyncio.run(main())
""") as terminal:
        carto.wait_for("token")
        terminal.interrupt()
        terminal.shows("own handler: True", patience=SOON)
        terminal.shows("KeyboardInterrupt", patience=SOON)


@pytest.mark.parametrize(
    "call", [CartoAuth.aget_access_token, CartoAuth.aget_api_base_url, CartoAuth.aget_carto_dw_credentials]
)
def test_what_is_shown_of_a_stopped_await_is_one_frame_of_the_package(carto, call):
    # A notebook reads and colours the file of each frame before its cell is over.
    carto.plan("token", "hang", always=True)
    id, secret = carto.m2m
    auth = CartoAuth("m2m", carto.api_base_url, client_id=id, client_secret=secret)

    async def stop():
        task = asyncio.create_task(call(auth))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            return [frame.name for frame in traceback.extract_tb(error.__traceback__)]

    assert asyncio.run(stop()) == ["stop", call.__name__]


def test_a_handler_of_the_persons_own_stays_in_place(handler):
    heard = []
    handler(lambda *_: heard.append("the stop button"))
    assert _stop.hear() is None
    signal.raise_signal(signal.SIGINT)
    assert heard == ["the stop button"]


def test_a_question_ends_whoever_listens(handler, monkeypatch):
    own = signal.SIG_IGN
    handler(own)
    monkeypatch.setattr(getpass, "getpass", lambda _question: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        Panel().ask("Access code:")
    assert signal.getsignal(signal.SIGINT) is own


def test_a_thread_changes_no_handler(handler):
    handler(handle_sigint)
    found = []
    thread = threading.Thread(target=lambda: found.append(_stop.hear()))
    thread.start()
    thread.join(10)
    assert found == [None]
    assert signal.getsignal(signal.SIGINT) is handle_sigint
