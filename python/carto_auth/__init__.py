"""Sign in to CARTO, and get access tokens that work.

    from carto_auth import CartoAuth

    carto_auth = CartoAuth.from_oauth()                              # a person
    carto_auth = CartoAuth.from_m2m("./carto-credentials.json")      # a job
    carto_auth.get_access_token()

Nothing runs, reads or connects when the package is imported.
"""

from carto_auth._native import Allowance, Status, __version__
from carto_auth.auth import CartoAuth
from carto_auth.errors import (
    CacheError,
    CartoAuthWarning,
    ConfigError,
    CredentialsError,
    InteractionRequired,
    LoginError,
    NetworkError,
    RefusedError,
    UnexpectedAnswerError,
    WarehouseError,
)

__all__ = [
    "Allowance",
    "CacheError",
    "CartoAuth",
    "CartoAuthWarning",
    "ConfigError",
    "CredentialsError",
    "InteractionRequired",
    "LoginError",
    "NetworkError",
    "RefusedError",
    "Status",
    "UnexpectedAnswerError",
    "WarehouseError",
    "__version__",
]


def __getattr__(name: str) -> object:
    # An import of 0.2.0 brought these along.
    if name in ("pkce", "utils"):
        from importlib import import_module

        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
