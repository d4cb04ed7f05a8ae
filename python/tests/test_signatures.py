"""The signatures: whoever evaluates one finds its types, as frameworks and tools that document do."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
import typing

import carto_auth
import pytest


def classes():
    """Every class that the package has and does not keep to itself, by its name."""
    modules = [importlib.import_module(f"carto_auth.{one.name}") for one in pkgutil.iter_modules(carto_auth.__path__)]
    everything = [named for module in (carto_auth, *modules) for named in vars(module).items()]
    return {name: one for name, one in everything if inspect.isclass(one) and is_ours(name, one)}


def is_ours(name, one):
    return not name.startswith("_") and one.__module__.startswith("carto_auth")


def calls():
    """Every function of these classes that others call, by the name of its class and its own."""
    for kind, one in classes().items():
        for name, value in vars(one).items():
            value = getattr(value, "__func__", value)
            if inspect.isfunction(value) and (not name.startswith("_") or name in ("__init__", "__call__")):
                yield pytest.param(value, id=f"{kind}.{name}")


def test_the_walk_meets_what_the_interface_gives():
    assert set(classes()) >= {"Allowance", "CartoAuth", "CartoDwCredentials", "HttpxAuth", "NetworkError", "Status"}
    met = {one.id for one in calls()}
    assert met >= {"CartoAuth.from_oauth", "HttpxAuth.async_auth_flow", "RequestsAuth.__call__"}


@pytest.mark.parametrize("one", [pytest.param(one, id=name) for name, one in classes().items()])
def test_whoever_evaluates_a_class_finds_its_types(one):
    assert isinstance(typing.get_type_hints(one), dict)


@pytest.mark.parametrize("call", list(calls()))
def test_whoever_evaluates_a_signature_finds_its_types(call):
    hints = typing.get_type_hints(call)
    assert set(hints) >= {"return", *inspect.signature(call).parameters} - {"self", "cls"}


def test_a_class_of_a_library_that_is_not_installed_is_anything():
    code = """
import sys, typing
sys.modules["requests"] = None
from carto_auth import CartoAuth, _http
print(typing.get_type_hints(_http.RequestsAuth.__call__)["request"] is typing.Any)
"""
    ended = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=20)
    assert ended.stdout == "True\n", ended.stderr


@pytest.mark.parametrize("one", [carto_auth.Allowance, carto_auth.Status])
def test_what_may_be_left_out_is_shown_with_what_it_is_then(one):
    parameters = inspect.signature(one).parameters.values()
    needed = {each.name: "a text" for each in parameters if each.default is each.empty}
    needed |= {"signed_in": True} if "signed_in" in needed else {}
    left_out = {each.name: each.default for each in parameters if each.default is not each.empty}
    made = one(**needed)
    assert {name: getattr(made, name) for name in left_out} == left_out
