"""The docstrings: there for everything public, and the same in the stub and in what was built."""

import ast
import inspect
from pathlib import Path

import carto_auth
import pytest
from carto_auth import CartoAuth, _native

STUB = ast.parse((Path(carto_auth.__file__).parent / "_native.pyi").read_text(encoding="utf-8"))
CLASSES = {one.name: one for one in STUB.body if isinstance(one, ast.ClassDef)}
PUBLIC = [name for name in dir(CartoAuth) if not name.startswith("_")]


@pytest.mark.parametrize("name", PUBLIC)
def test_everything_public_says_what_it_does(name):
    assert inspect.getdoc(getattr(CartoAuth, name)), name


@pytest.mark.parametrize("kind", ["Allowance", "Handle", "Redacted", "Status"])
def test_the_stub_says_what_the_package_says(kind):
    described = CLASSES[kind]
    assert ast.get_docstring(described) == inspect.getdoc(getattr(_native, kind))
    for one in described.body:
        if isinstance(one, ast.FunctionDef) and (said := ast.get_docstring(one)):
            assert said == inspect.getdoc(getattr(getattr(_native, kind), one.name)), one.name


@pytest.mark.parametrize("name", PUBLIC)
def test_every_parameter_is_told(name):
    call = getattr(CartoAuth, name)
    said = inspect.getdoc(call)
    for parameter in inspect.signature(call).parameters:
        assert parameter == "self" or f"{parameter}:" in said, parameter
