"""The native half of `carto_auth`."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Generic, Self, final

from typing_extensions import TypeVar, disjoint_base

__all__ = [
    "Allowance",
    "Handle",
    "Redacted",
    "Status",
    "__version__",
    "after_fork_in_child",
    "after_fork_in_parent",
    "before_fork",
    "run_cli",
]

__version__: str

_T = TypeVar("_T", default=Any)

def before_fork() -> None:
    """Says that a fork begins: a lock that is asked for meanwhile waits for its end."""

def after_fork_in_parent() -> None:
    """Says, in the parent, that it is over."""

def after_fork_in_child() -> list[int]:
    """Gives, in a child that was just forked, what it is to close of its parent's. Each is given once."""

def run_cli(argv: Sequence[str | PathLike[str]], program: Sequence[str | PathLike[str]]) -> int:
    """Runs the command `carto-auth` and gives its exit code."""

@final
class Redacted(Generic[_T]):
    """An argument that is not shown, whoever looks at the variables of a frame: a traceback that tells them all,
    IPython's `%xmode Verbose`, a service that collects errors.
    """

    def __new__(cls, value: _T) -> Self: ...
    def __bool__(self) -> bool: ...
    def expose(self) -> _T:
        """The argument as it was given."""

@final
class Allowance:
    """How much is left of something that CARTO counts, as it last said so.

    `of` is whose it is: `client`, `organization`, or `rate` for the requests of a short while. `period` is `hour`,
    `day` or another word of the server's; `resets_at` is in seconds since 1970 (UTC).
    """

    def __new__(
        cls,
        of: str,
        period: str,
        remaining: int | None = None,
        limit: int | None = None,
        resets_at: int | None = None,
    ) -> Self: ...
    def __reduce__(self) -> tuple[type[Self], tuple[str, str, int | None, int | None, int | None]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    @property
    def of(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def remaining(self) -> int | None: ...
    @property
    def limit(self) -> int | None: ...
    @property
    def resets_at(self) -> int | None: ...

@final
class Status:
    """Who is signed in, where, and for how long. It holds no secret.

    `expires_at` is in seconds since 1970 (UTC), `time_left` in seconds from now; both are `None` for a token that
    never ends, or where there is none. What the token says of its owner is not verified, and only for people to read.
    """

    def __new__(
        cls,
        *,
        kind: str,
        profile: str,
        signed_in: bool,
        email: str | None = None,
        account_id: str | None = None,
        organization: str | None = None,
        api_base_url: str | None = None,
        expires_at: int | None = None,
        time_left: int | None = None,
        renews: bool = False,
        scope: str | None = None,
        location: str | None = None,
        refresh_location: str | None = None,
        quota: list[Allowance] = ...,
        warnings: list[str] = ...,
    ) -> Self: ...
    def __reduce__(self) -> tuple[Callable[..., Self], tuple[type[Self], tuple[()], dict[str, Any]]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def profile(self) -> str: ...
    @property
    def signed_in(self) -> bool: ...
    @property
    def email(self) -> str | None: ...
    @property
    def account_id(self) -> str | None: ...
    @property
    def organization(self) -> str | None: ...
    @property
    def api_base_url(self) -> str | None: ...
    @property
    def expires_at(self) -> int | None: ...
    @property
    def time_left(self) -> int | None: ...
    @property
    def renews(self) -> bool: ...
    @property
    def scope(self) -> str | None: ...
    @property
    def location(self) -> str | None: ...
    @property
    def refresh_location(self) -> str | None: ...
    @property
    def quota(self) -> list[Allowance]: ...
    @property
    def warnings(self) -> list[str]: ...

@disjoint_base
class Handle:
    """A sign-in to CARTO."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def _open(self, opening: dict[str, Any]) -> None: ...
    def _open_later(
        self, opening: dict[str, Any], client_id: str | None, account_id: str | None, person: str | None = None
    ) -> None: ...
    def _is_open(self) -> bool: ...
    def get_access_token(self) -> str:
        """An access token that CARTO accepts now, to be sent as `Authorization: Bearer` (RFC 6750).

        It is renewed before it ends, by one request however many ask. Where a person has to sign in again, they are
        asked in the main thread of a script or notebook, and nowhere else.

        Raises:
            InteractionRequired: A person has to sign in, and nobody can be asked here.
            RefusedError: CARTO does not accept the credentials.
            NetworkError: CARTO cannot be reached, and no token lives.
        """

    def get_api_base_url(self) -> str:
        """The base URL of the account's API, without a slash at the end.

        Where it was not set, CARTO is asked for it, and the answer is kept with the token.

        Raises:
            UnexpectedAnswerError: CARTO does not name one.
            CredentialsError: As `get_access_token`.
        """

    def get_carto_dw_credentials(self) -> tuple[str, str]:
        """The Google project and a Google token of the account's CARTO Data Warehouse.

        CARTO does not say how long the token lasts.

        Raises:
            WarehouseError: The account has no warehouse, or may not use it.
            CredentialsError: As `get_access_token`.
        """

    def status(self) -> Status:
        """Who is signed in, where, and for how long. Nothing is sent."""

    def invalidate(self, access_token: str | None = None) -> None:
        """Says that an API has answered 401 to this access token, or to the last one: the next one is another.

        Only a token that was won less than 30 seconds ago in place of a refused one stays in use, so that an API that
        accepts no token costs no new one with each request.

        Args:
            access_token: The token that was sent. One that has taken its place meanwhile stays in use, so that many
                who were not accepted cause one renewal. Where it is left out, the last one is given up however new it
                is.
        """

    def logout(self, *, all: bool = False) -> None:
        """Signs out: tells CARTO where it offers that (RFC 7009), and forgets the token.

        Args:
            all: Signs out of everything that is kept on this machine: every profile and every job in this sign-in's
                store, in the folder of tokens, and in its memory. What another `CartoAuth` has in memory alone, or in a
                file that only that one names, stays with it.

        Raises:
            CacheError: A token cannot be removed from this machine. Everything else is gone all the same.
        """

    def api_hosts(self) -> list[str]:
        """The addresses that the token may be sent to: the account's API and CARTO's accounts."""

    def _identity(self) -> tuple[str | None, str | None, str | None]: ...
