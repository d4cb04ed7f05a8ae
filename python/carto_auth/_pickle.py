"""A `CartoAuth` in another process: where its credentials come from, and never a token or a secret."""

import os
import pickle
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from carto_auth._native import Redacted
from carto_auth.auth import CartoAuth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    _Origin = dict[str, Any]
    _Identity = tuple[str | None, ...]


def reduce(auth: CartoAuth) -> "tuple[Any, ...]":
    """Gives what `pickle` needs: the arguments that opened the handle, and whose it was.

    Raises:
        pickle.PicklingError: The credentials exist in this process only.
    """
    origin: _Origin | None = getattr(auth, "_origin", None)
    if origin is None:
        error = pickle.PicklingError("credentials that exist only in this process are not sent to another one")
        error.add_note(
            "hint: use `CartoAuth.from_m2m(file)` with a file that the other process can read, or call "
            "`CartoAuth.from_env()` there, with `CARTO_API_BASE_URL`, `CARTO_M2M_CLIENT_ID` and "
            "`CARTO_M2M_CLIENT_SECRET` set"
        )
        raise error
    opening = {name: _plain(value) for name, value in origin.items()}
    if _has_password(opening.get("store") or ""):
        error = pickle.PicklingError("the password of a store is not sent to another process")
        error.add_note("hint: set `CARTO_AUTH_STORE` in both processes, and leave `store` out")
        raise error
    return restore, (type(auth), opening, auth._identity()), _added(auth)


def restore(cls: type[CartoAuth], opening: "_Origin", identity: "_Identity") -> CartoAuth:
    """Makes a handle that its first use opens. Nothing is sent, and nobody is ever asked.

    What cannot be opened here, or belongs to another client or account, is an error of that use and not of this:
    `multiprocessing.Pool` loses a task that cannot be unpickled, and waits for it for ever.
    """
    auth = cls.__new__(cls)
    auth._origin = {**opening, "interactive": False}
    auth._open_later(auth._origin, *identity)
    return auth


def _has_password(store: str) -> bool:
    """Says whether one may stand in the address of a Redis: before its host, or behind the path of its socket."""
    # As a reader of URLs takes it, which leaves these out wherever they stand.
    store = store.translate(dict.fromkeys(map(ord, "\t\r\n")))
    named = parse_qsl(store.partition("?")[2], keep_blank_values=True, errors="replace")
    return "@" in store or any(name in ("pass", "user") for name, _ in named)


def _added(auth: CartoAuth) -> "Any":
    """What was set on the instance, in its `__slots__` too."""
    state = object.__getstate__(auth)
    own, slots = state if isinstance(state, tuple) else (state, None)
    own = {name: value for name, value in (own or {}).items() if name != "_origin"}
    return (own or None, slots) if slots else own or None


def _plain(value: "Any") -> "Any":
    """What every process can read, whatever class it is of here."""
    if isinstance(value, Redacted):
        return value.expose()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return list(value)
    return value
