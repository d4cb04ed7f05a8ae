"""CARTO's token on the requests of other HTTP libraries.

Loaded on use only. `requests` is never imported here, and `httpx` only when its class is asked for. What decides
where a token may go is in this file and nowhere else.

It promises, and `tests/test_requests.py` and `tests/test_httpx.py` hold it to it:

- A token goes to CARTO's own hosts, over https or to this very machine; any other request is left as it was.
- A 401 causes one renewal, for one thread or many, and one more try, if the body can be sent again.
- A token is in no `repr`, no pickle, no hook, and no variable of a frame of this package. `requests` and `urllib3` get
  it as a text whose `repr` does not show it; below them, `http.client` has the bytes that are sent.
"""

from __future__ import annotations

import re

from . import _types
from ._native import Redacted
from .auth import CartoAuth


def requests_auth(auth: CartoAuth) -> RequestsAuth:
    """Makes what `requests.Session.auth` and `requests.get(…, auth=…)` take.

    Raises:
        CredentialsError: The account's address is not known; see `CartoAuth.get_api_base_url`.
    """
    return RequestsAuth(auth, auth.api_hosts())


def httpx_auth(auth: CartoAuth) -> _types.HttpxAuth:
    """Makes what `httpx.Client(auth=…)` and `httpx.AsyncClient(auth=…)` take.

    Raises:
        ImportError: `httpx` is not installed.
    """
    try:
        from ._httpx import HttpxAuth
    except ImportError as error:
        raise ImportError(
            "`httpx_auth()` needs `httpx`: type `pip install httpx`, in a notebook `%pip install httpx`",
            name="httpx",
        ) from error
    return HttpxAuth(auth)


class Bearer:
    """The token of a `CartoAuth`, for those addresses that may see it.

    Args:
        auth: Who is signed in to CARTO.
        origins: Where the account is, besides CARTO's cloud. Where that is left out, the account is asked by the
            first request: an event loop, where this may be made, must not wait. Later it is asked only where a token
            is sent, so that a request to anybody else needs neither a sign-in nor CARTO.
    """

    def __init__(self, auth: CartoAuth, origins: list[str] | None = None) -> None:
        self._auth = auth
        self._origins = origins

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._auth!r}>"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._auth == other._auth

    def __hash__(self) -> int:
        return hash((type(self), self._auth))

    def __reduce__(self) -> tuple[type[Bearer], tuple[CartoAuth, list[str] | None]]:
        return type(self), (self._auth, self._origins)

    def _header(self, url: str) -> Redacted | None:
        """The value of `Authorization` for this address; none if it is not CARTO's."""
        in_the_cloud = is_cartos(url, [])
        if not in_the_cloud and self._origins is None:
            self._origins = self._auth.api_hosts()
        if not is_cartos(url, self._origins or []):
            return None
        header = Redacted("Bearer " + self._auth.get_access_token())
        if not in_the_cloud:
            # Somebody else may have signed in meanwhile, and their account may be elsewhere.
            self._origins = self._auth.api_hosts()
        return header if is_cartos(url, self._origins or []) else None

    def _another(self, url: str, sent: Redacted) -> Redacted | None:
        """The value to try again with after a 401; none if there is no other."""
        if not self._reject(url, sent):
            return None
        header = self._header(url)
        return None if header is None or header.expose() == sent.expose() else header

    def _reject(self, url: str, sent: Redacted) -> bool:
        """Says that `sent` was not accepted. Not so if it was not ours: a redirect to elsewhere has lost it."""
        if not str(sent.expose()).startswith("Bearer ") or not is_cartos(url, self._origins or []):
            return False
        self._auth.invalidate(sent.expose().removeprefix("Bearer "))
        return True


class RequestsAuth(Bearer):
    """Signs the requests of `requests`; it needs no more of it than what it is given."""

    def __call__(self, request: _types.PreparedRequest) -> _types.PreparedRequest:
        """Signs a request that is ready to be sent.

        Args:
            request: The request. Its `Authorization` is replaced if it goes to CARTO.

        Returns:
            The same request.

        Raises:
            CredentialsError: There is no token; see `CartoAuth.get_access_token`.
        """
        header = self._header(request.url or "")
        if header is not None:
            request.headers["Authorization"] = Header(header.expose())
            request.register_hook("response", self._answered)  # type: ignore[no-untyped-call]
        return request

    def _answered(self, response: _types.Response, **options: _types.Any) -> _types.Response:
        """Tries once more after a 401. `requests` calls it for each answer, also for those on a redirect's way."""
        request, url = response.request, response.request.url or ""
        sent = Redacted(request.headers.get("Authorization"))
        if response.status_code != 401 or not sent:
            return response
        if not _is_rewound(request):
            self._reject(url, sent)
            return response
        try:
            header = self._another(url, sent)
        except BaseException:
            # Nobody gets it, so nobody else closes it.
            response.close()
            raise
        if header is None:
            return response
        # Read to its end, or the connection is not used again.
        response.content  # noqa: B018
        response.close()
        again = request.copy()
        again.headers["Authorization"] = Header(header.expose())
        answer = response.connection.send(again, **options)
        answer.history.append(response)
        answer.request = again
        return answer


class Header(str):
    """The value of a header as it is sent, which is not shown with the variables of a frame."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "[redacted]"

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


def is_cartos(url: str, origins: list[str]) -> bool:
    """Says whether a token may be sent to this address.

    Anything but a plain host and port is not CARTO's: two readers of one odd address may see two hosts in it.

    Args:
        url: An absolute address.
        origins: Those of the environment, each as `https://host[:port]`.
    """
    place = _origin(url)
    if place is None:
        return False
    scheme, host, _ = place
    if scheme == "https" and host.endswith(CARTO):
        return True
    return (scheme == "https" or LOOPBACK.fullmatch(host) is not None) and place in map(_origin, origins)


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address (RFC 6454, section 4)."""
    found = PLACE.match(url)
    if found is None:
        return None
    scheme, host, port = found.group(1).lower(), found.group(2).lower(), found.group(3)
    return scheme, host, int(port) if port else {"http": 80, "https": 443}[scheme]


def _is_rewound(request: _types.PreparedRequest) -> bool:
    """Says whether the body can be sent again, and takes a file back to where it was."""
    if request.body is None or isinstance(request.body, bytes | str):
        return True
    # What `requests` goes by on a redirect: no number where the body cannot tell its position.
    start, seek = getattr(request, "_body_position", None), getattr(request.body, "seek", None)
    if not isinstance(start, int) or seek is None:
        return False
    try:
        seek(start)
    except (OSError, ValueError):
        return False
    return True


CARTO = (".api.carto.com", ".app.carto.com")
PLACE = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:]+\])(?::([0-9]{1,5}))?(?=[/?#]|\Z)", re.ASCII | re.IGNORECASE)
LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]")
