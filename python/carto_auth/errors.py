"""What can go wrong, by what mends it.

Every exception says what happened; its `__cause__` says why, and its `hint` what to do, which is also the last line of
its traceback. None of them holds a secret.
"""


class CredentialsError(Exception):
    """CARTO's credentials cannot be used: the base of every exception of this package.

    Attributes:
        hint: What to do, where something can be done.
        code: The server's own `error` code (RFC 6749, section 5.2), where it gave one.
        status: The HTTP status that the server answered with, where it answered.
        retry_after: How many seconds the server asked to wait, where it did.
    """

    hint: str | None = None
    code: str | None = None
    status: int | None = None
    retry_after: int | None = None

    def _with_hint(self, hint: str) -> "CredentialsError":
        self.hint = hint
        self.add_note(f"hint: {hint}")
        return self


class LoginError(CredentialsError):
    """A sign-in was not finished, as one that nobody came to in its time."""


class InteractionRequired(LoginError):
    """A person has to sign in, and nobody can be asked here: a job, a thread, a front end without input."""


class ConfigError(CredentialsError):
    """A setting or a credentials file cannot be used; whoever wrote it can mend it."""


class MissingAttributeError(ConfigError, AttributeError):
    """A credentials file lacks `api_base_url`, `client_id` or `client_secret`."""


class CredentialsValueError(ConfigError, ValueError):
    """A credentials file is no JSON object, or one of its values is empty or cannot be used."""


class CredentialsFileNotFound(ConfigError, FileNotFoundError):
    """There is no such credentials file. `errno` and `filename` are as of any other file."""

    def __str__(self) -> str:
        return self.strerror or super().__str__()


class CredentialsFileUnreadable(ConfigError, OSError):
    """The credentials file is there and cannot be read: it is a folder, or another user's."""


class NetworkError(CredentialsError, ConnectionError):
    """The network or the server is out of order; it mends by itself."""


class RefusedError(CredentialsError):
    """The server, or the person at the browser, said no."""


class UnexpectedAnswerError(CredentialsError):
    """The server answered something that is not what the protocol says."""


class WarehouseError(CredentialsError):
    """This account has no CARTO Data Warehouse, or may not use it."""


class CacheError(CredentialsError):
    """Tokens cannot be stored or removed on this machine."""


class CartoAuthWarning(UserWarning):
    """Something is not as it should be, and the work goes on."""


class Cause(Exception):
    """Why something happened: the `__cause__` of another exception."""


def _warn(text: str) -> None:
    """Warns at the line of the caller's own code, however deep in this package the reason is."""
    import sys
    import warnings

    depth = 1
    frame = sys._getframe(1)
    while frame.f_back and str(frame.f_globals.get("__name__", "")).startswith("carto_auth"):
        depth += 1
        frame = frame.f_back
    warnings.warn(text, CartoAuthWarning, stacklevel=depth + 1)
