"""A program ends when it is done, whatever a sign-in or a renewal is waiting for just then."""

import textwrap

import pytest

# Less than a call waits for a server that does not answer (30 s), and more than a busy machine needs to start Python.
SOON = 20


@pytest.mark.parametrize(
    "waits",
    [
        """
        import threading
        threading.Thread(target=auth.get_access_token, daemon=True).start()
        """,
        """
        import asyncio
        async def main():
            task = asyncio.create_task(auth.aget_access_token())
            await asyncio.sleep(0.3)
            task.cancel()
        asyncio.run(main())
        """,
        """
        import asyncio
        async def main():
            try:
                await asyncio.wait_for(auth.aget_access_token(), 0.3)
            except TimeoutError:
                pass
        asyncio.run(main())
        """,
        """
        import asyncio, httpx
        url = auth.get_api_base_url() + "/v3/connections"
        async def main():
            async with httpx.AsyncClient(auth=auth.httpx_auth()) as client:
                try:
                    await asyncio.wait_for(client.get(url), 0.3)
                except TimeoutError:
                    pass
        asyncio.run(main())
        """,
        """
        import os, threading
        threading.Thread(target=auth.get_access_token, daemon=True).start()
        time.sleep(0.3)
        child = os.fork()
        if child == 0:
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        """,
    ],
    ids=["thread", "cancelled", "timed-out", "httpx", "forked"],
)
def test_a_program_that_is_done_ends_while_a_call_waits(carto, waits):
    carto.become_a_job()
    carto.plan("token", "hang", always=True)
    script = f"""
import sys, time
from carto_auth import CartoAuth
auth = CartoAuth.from_env()
{textwrap.dedent(waits)}
time.sleep(0.3)
print("done", flush=True)
"""
    ended = carto.run(script, timeout=SOON, PYTHONWARNINGS="ignore::DeprecationWarning")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")
    assert carto.requests("token"), "a call was waiting"


def test_what_is_cleaned_up_last_may_ask_for_a_token(carto):
    """Python imports nothing any more by then, not even `sys`."""
    carto.become_a_job()
    ended = carto.run(LATE.format(""), timeout=SOON)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")
    assert len(carto.requests("token")) == 2


def test_what_is_cleaned_up_last_is_told_why_there_is_no_token(carto):
    carto.become_a_job()
    carto.plan("token", "none")
    carto.plan("token", status=401, body={"error": "access_denied"}, always=True)
    ended = carto.run(LATE.format("import asyncio, ipykernel"), timeout=SOON)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("RuntimeError ")
    assert "does not accept" in ended.stdout


LATE = """
from carto_auth import CartoAuth
{}
class Late:
    def __del__(self):
        try:
            self.auth.invalidate()
            print(len(self.auth.get_access_token()) > 20)
        except Exception as error:
            print(type(error).__name__, error)

late = Late()
late.auth = CartoAuth.from_env(use_cache=False)
late.auth.get_access_token()
# The collection at the very end finds it, when all modules are gone.
late.me = late
"""


def test_what_is_cleaned_up_last_may_be_shown_and_signed_in(carto):
    ended = carto.run(LAST, carto.credentials_file(), timeout=SOON)
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == ["True", "True", "True", "True"]


LAST = """
import pathlib, sys
from carto_auth import CartoAuth
class Late:
    def __del__(self):
        for call in self.calls:
            try:
                print(call(self))
            except BaseException as error:
                print(type(error).__name__, error)

late = Late()
late.path = sys.argv[1]
late.auth = CartoAuth.from_m2m(late.path)
late.auth.requests_auth()
late.calls = (
    lambda late: repr(late.auth).startswith("CartoAuth("),
    lambda late: late.auth.requests_auth() == late.auth.requests_auth(),
    lambda late: len(CartoAuth.from_m2m(late.path).get_access_token()) > 20,
    lambda late: late.auth._repr_html_() is None or True,
)
# The collection at the very end finds it, when all modules are gone.
late.me = late
"""
