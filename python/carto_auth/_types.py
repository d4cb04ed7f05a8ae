"""The types that the signatures of the package name.

Loaded by type checkers, by whoever evaluates the signatures of `auth.py` (`typing.get_type_hints`), and with what is
itself loaded on use only: an import of the package loads no `typing`. A class of a library that is not installed is
anything then.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

if TYPE_CHECKING:
    from google.cloud.bigquery import Client as BigQueryClient
    from httpx import Auth as HttpxAuth
    from requests import PreparedRequest, Response

    from carto_auth._http import RequestsAuth
else:

    def __getattr__(name: str) -> Any:
        module = {
            "BigQueryClient": ("google.cloud.bigquery", "Client"),
            "HttpxAuth": ("httpx", "Auth"),
            "PreparedRequest": ("requests", "PreparedRequest"),
            "RequestsAuth": ("carto_auth._http", "RequestsAuth"),
            "Response": ("requests", "Response"),
        }.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        try:
            return getattr(import_module(module[0]), module[1])
        except ImportError:
            return Any


__all__ = [
    "Any",
    "Awaitable",
    "BigQueryClient",
    "Callable",
    "Environment",
    "HttpxAuth",
    "Keyring",
    "Opening",
    "Path",
    "PreparedRequest",
    "RequestsAuth",
    "Response",
    "Self",
    "Sequence",
    "T",
    "Way",
]

Environment = Mapping[str, str | Sequence[str]]
Keyring = Literal["auto", "off"]
Opening = dict[str, Any]
Path = str | bytes | PathLike[str] | PathLike[bytes]
T = TypeVar("T")
Way = Literal["browser", "paste", "both"]
