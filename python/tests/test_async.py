"""What is awaited: it shows no token to whoever looks at the event loop, and always ends."""

import asyncio
import logging

import pytest
from carto_auth import CartoAuth, _thread

# Less than what never ends; more than a busy machine takes.
SOON = 20


def test_the_future_of_a_call_does_not_show_what_is_in_it():
    async def look():
        future = _thread.begin(lambda: "sandbox-canary")
        await asyncio.wait_for(asyncio.shield(future), SOON)
        assert future.result().expose() == "sandbox-canary"
        return repr(future)

    assert "redacted" in asyncio.run(look())
    assert "canary" not in asyncio.run(look())


def test_an_event_loop_that_logs_what_it_does_logs_no_token(carto, caplog):
    token = "sandbox-canary"
    auth = CartoAuth.from_token(carto.api_base_url, token)

    async def work():
        # Every callback takes longer than this, and is logged with its arguments.
        asyncio.get_running_loop().slow_callback_duration = 0
        async with asyncio.timeout(SOON):
            assert await auth.aget_access_token() == token

    with caplog.at_level(logging.DEBUG, logger="asyncio"):
        asyncio.run(work(), debug=True)
    assert "settle(" in caplog.text
    assert [one for one in caplog.messages if token in one] == []


def test_what_is_awaited_is_plain_text_and_a_task_shows_little_of_it(carto):
    """Type checks and parsers written in C refuse what is only derived from text."""
    auth = CartoAuth.from_m2m(carto.credentials_file())

    async def look():
        task = asyncio.create_task(auth.aget_access_token())
        token = await asyncio.wait_for(task, SOON)
        assert type(token) is str
        return token, repr(task)

    token, shown = asyncio.run(look(), debug=True)
    assert token == auth.get_access_token()
    assert token[20:-20] not in shown


class Exhausted(CartoAuth):
    """A class of a user's, whose own code runs an iterator to its end."""

    def get_access_token(self):
        return next(iter(()))


def test_an_iterator_that_is_at_its_end_ends_what_is_awaited(carto):
    auth = Exhausted.from_token(carto.api_base_url, "sandbox-given")

    async def ask():
        await asyncio.wait_for(auth.aget_access_token(), SOON)

    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(ask())
