"""A `CartoAuth` in another process: where its credentials come from, and never a token or a secret."""

import os
import pickle

from carto_auth.auth import CartoAuth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    _Origin = dict[str, Any]
    _Identity = tuple[str | None, str | None]


def reduce(auth: CartoAuth) -> "tuple[Any, ...]":
    """Gives what `pickle` needs: the arguments that opened the handle, and whose it was.

    Raises:
        pickle.PicklingError: The credentials exist in this process only.
    """
    if auth._origin is None:
        error = pickle.PicklingError("credentials that exist only in this process are not sent to another one")
        error.add_note(
            "hint: use `CartoAuth.from_m2m(file)` with a file that the other process can read, or call "
            "`CartoAuth.from_env()` there, with `CARTO_API_BASE_URL`, `CARTO_M2M_CLIENT_ID` and "
            "`CARTO_M2M_CLIENT_SECRET` set"
        )
        raise error
    opening = auth._origin
    paths = {
        name: os.path.abspath(os.path.expanduser(opening[name]))
        for name in ("filepath", "cache_filepath")
        if opening.get(name) is not None
    }
    added = {name: value for name, value in vars(auth).items() if name != "_origin"}
    return restore, (type(auth), {**opening, **paths}, auth._identity()), added or None


def restore(cls: type[CartoAuth], opening: "_Origin", identity: "_Identity") -> CartoAuth:
    """Opens the handle here. Nothing is sent, and nobody is ever asked.

    Raises:
        ConfigError: What is found here belongs to another client or account.
    """
    auth = cls.__new__(cls)
    auth._start({**opening, "interactive": False})
    auth._expect(*identity)
    return auth
