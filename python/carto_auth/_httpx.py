"""CARTO's token on the requests of `httpx`.

A file of its own, because its class is one of `httpx`, which is not installed everywhere. What it promises is in
`_http.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from functools import partial
from typing import Any

import httpx

from . import _types
from ._http import Bearer
from ._native import Redacted
from ._thread import begin


class HttpxAuth(Bearer, httpx.Auth):
    """Signs the requests of `httpx.Client` and `httpx.AsyncClient`."""

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Signs a request, and once more after a 401.

        Raises:
            CredentialsError: There is no token; see `CartoAuth.get_access_token`.
        """
        header = self._header(str(request.url))
        if header is not None:
            request.headers["Authorization"] = header.expose()
        response = yield request
        if header is not None and response.status_code == 401:
            # The last of a redirect's way, which may be a GET after a POST that has done its work.
            refused = response.request
            if self._retry(refused):
                yield refused

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Signs a request, and once more after a 401; what waits for CARTO waits in a thread.

        Raises:
            CredentialsError: There is no token; see `CartoAuth.get_access_token`.
        """
        header = await _in_thread(self._header, str(request.url))
        if header is not None:
            request.headers["Authorization"] = header.expose()
        response = yield request
        if header is not None and response.status_code == 401:
            refused = response.request
            if await _in_thread(self._retry, refused):
                yield refused

    def _retry(self, refused: httpx.Request) -> bool:
        """Says whether a request that got a 401 is to be sent again, and signs it anew."""
        url, sent = str(refused.url), Redacted(refused.headers.get("Authorization", ""))
        # Any other body is read from a file or a generator, which is at its end.
        if not isinstance(refused.stream, httpx.ByteStream):
            self._reject(url, sent)
            return False
        header = self._another(url, sent)
        if header is not None:
            refused.headers["Authorization"] = header.expose()
        return header is not None


async def _in_thread(call: Callable[..., _types.T], *arguments: Any) -> _types.T:
    """Calls it in a thread that nobody waits for once the request is cancelled."""
    if _is_asyncio():
        return (await begin(partial(call, *arguments))).expose()
    # Comes with `httpx`, and knows trio as well. Under asyncio its threads are waited for when the program ends.
    from anyio.to_thread import run_sync

    return await run_sync(call, *arguments, abandon_on_cancel=True)


def _is_asyncio() -> bool:
    try:
        # None where trio is a guest in asyncio's loop.
        return asyncio.current_task() is not None
    except RuntimeError:
        return False
