"""Google's own BigQuery client on the CARTO Data Warehouse, with credentials that renew themselves.

Loaded on use only: it needs the extra `carto-auth[carto-dw]`, and to load Google's libraries takes longer than a
sign-in. It asks CARTO for Google's tokens and hands them on; queries, pages and tries are Google's part.

It promises, and `tests/test_warehouse.py` holds it to it:

- Many threads whose token was not accepted cause one new token, and those who waited for an attempt that
  failed get its error.
- A token is in no `repr`, no error, no pickle, and no variable of a frame that an error goes through.
"""

from __future__ import annotations

import os
import threading
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta

from ._native import Redacted
from .auth import CartoAuth
from .errors import CredentialsError, NetworkError

try:
    from google.auth.credentials import Credentials
    from google.auth.exceptions import RefreshError
    from google.auth.transport import Request
    from google.cloud import bigquery
except ImportError as error:
    raise ImportError(
        "the client of the CARTO Data Warehouse needs `google-cloud-bigquery`: "
        "type `pip install 'carto-auth[carto-dw]'`, in a notebook `%pip install 'carto-auth[carto-dw]'`",
        name="google.cloud.bigquery",
    ) from error

# CARTO does not say how long a token lasts, and it may have kept it for a while itself. Google's usual hour is
# halved: over REST a wrong guess costs one 401, but gRPC does not renew after one.
LIFETIME = timedelta(minutes=30)

# google-auth renews 3 min 45 s ahead of the expiry (REFRESH_THRESHOLD); this leaves 30 s until the next try.
REST = timedelta(minutes=4, seconds=15)


def client(auth: CartoAuth) -> bigquery.Client:
    """Opens Google's client on the warehouse of an account.

    Args:
        auth: Who is signed in to CARTO.

    Returns:
        A client whose project is the warehouse's, and whose credentials renew themselves.

    Raises:
        CredentialsError: CARTO gave no token; see `CartoAuth.get_carto_dw_credentials`.
    """
    project, token = auth.get_carto_dw_credentials()
    credentials = CartoDwCredentials(auth, project, token)
    # What raises from here on shows this frame to whoever looks at all variables.
    del token
    return bigquery.Client(project=project, credentials=credentials)


class CartoDwCredentials(Credentials):
    """Google credentials that ask CARTO for the next token.

    A pickle carries the `CartoAuth` and the project, so that the other process asks CARTO by itself.

    Args:
        auth: Who is signed in to CARTO.
        project: The warehouse's project. A token of another one is not taken: somebody else has signed in.
        token: A token to begin with.
    """

    def __init__(self, auth: CartoAuth, project: str, token: str | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._auth = auth
        self._project = project
        self._thread = threading.local()
        self._attempts = 0
        self._failure: CredentialsError | None = None
        # By process id: another thread may hold the lock while the process forks, and no one frees the copy.
        self._locks: dict[int, threading.Lock] = {}
        self.token: str | None = None
        if token is not None:
            self._take(token)

    def before_request(self, request: Request, method: str, url: str, headers: MutableMapping[str, str]) -> None:
        """Puts a token on a request, and renews it first where it is old.

        Args:
            request: Not used; CARTO is asked through the `CartoAuth`.
            method: The HTTP method.
            url: The address.
            headers: The headers that the token is added to.

        Raises:
            RefreshError: As `refresh`. While CARTO cannot be reached, a token that Google still accepts stays in
                use: its end is only a guess.
        """
        if not self.valid:
            try:
                self._renew(Redacted(self.token))
            except RefreshError as error:
                if self.token is None or not isinstance(error.__cause__, NetworkError):
                    raise
                self.expiry = _now() + REST
        super().before_request(request, method, url, headers)  # type: ignore[no-untyped-call]

    def apply(self, headers: MutableMapping[str, str], token: str | None = None) -> None:
        """Sets the `Authorization` header, and remembers for this thread what was sent.

        Args:
            headers: The headers of the request.
            token: A token to use in place of the current one.
        """
        token = self.token if token is None else token
        self._thread.sent = token
        super().apply(headers, token)  # type: ignore[no-untyped-call]

    def refresh(self, request: Request) -> None:
        """Gets another token from CARTO; google-auth calls it after a 401.

        Nothing is asked for where another thread has replaced the token that this thread has sent.

        Args:
            request: Not used; CARTO is asked through the `CartoAuth`.

        Raises:
            RefreshError: CARTO gave no token. `__cause__` is the `CredentialsError`, and its hint is in the text.
        """
        sent = Redacted(getattr(self._thread, "sent", None) or self.token)
        # What was sent counts once, so that who calls this by hand, and twice, gets two tokens.
        self._thread.sent = None
        self._renew(sent)

    def with_quota_project(self, quota_project_id: str) -> CartoDwCredentials:
        """Refuses: the header `x-goog-user-project` is never sent.

        It needs the permission `serviceusage.services.use`, which the account that CARTO signs in with may not have.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("the CARTO Data Warehouse is billed to its own project: leave `quota_project_id` out")

    def __reduce__(self) -> tuple[type[CartoDwCredentials], tuple[CartoAuth, str]]:
        return type(self), (self._auth, self._project)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of the project {self._project!r}>"

    def _renew(self, old: Redacted) -> None:
        """Puts another token in the place of `old`, unless that has happened."""
        before = self._attempts
        with self._locks.setdefault(os.getpid(), threading.Lock()):
            if self._attempts != before:
                if self._failure is not None:
                    raise _refresh_error(self._failure) from self._failure
                return
            if self.token != old.expose() and self.valid:
                return
            self._failure = None
            try:
                project, token = self._won()
            except CredentialsError as error:
                self._failure = error
                raise _refresh_error(error) from error
            finally:
                self._attempts += 1
            if project != self._project:
                raise RefreshError(  # type: ignore[no-untyped-call]
                    f"the CARTO Data Warehouse is another than before: `{project}` and not `{self._project}`\n"
                    "hint: somebody else has signed in; make a client of theirs with `get_carto_dw_client()`"
                )
            self._take(token.expose())

    def _won(self) -> tuple[str, Redacted]:
        project, token = self._auth.get_carto_dw_credentials()
        return project, Redacted(token)

    def _take(self, token: str) -> None:
        # In this order: who looks in between finds a token that is too old, and waits for the lock.
        self.token = token
        self.expiry = _now() + LIFETIME


def _refresh_error(error: CredentialsError) -> RefreshError:
    hint = f"\nhint: {error.hint}" if error.hint else ""
    return RefreshError(f"CARTO gave no token for its Data Warehouse: {error}{hint}")  # type: ignore[no-untyped-call]


def _now() -> datetime:
    """Now in UTC without a zone, which is how google-auth compares."""
    return datetime.now(UTC).replace(tzinfo=None)
