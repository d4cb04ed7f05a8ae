"""A child of a process whose sign-in could not be kept is shown the one that it has in memory."""

import multiprocessing
import os

import pytest
from carto_auth import CartoAuth


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("of", ["a person", "a job"])
def test_a_forked_child_sees_who_is_signed_in(carto, monkeypatch, of):
    monkeypatch.setenv("CARTO_AUTH_CACHE_DIR", "/proc/nowhere")
    carto.browser()
    with pytest.warns(match="is not kept"):
        auth = CartoAuth.from_oauth() if of == "a person" else CartoAuth.from_m2m(carto.credentials_file())
    parent = seen(auth)
    assert parent == (True, "ada@example.com", carto.api_base_url, "this process only", auth.get_access_token())
    with multiprocessing.get_context("fork").Pool(1, HERE.append, [auth]) as pool:
        assert pool.apply(seen_here) == parent


HERE = []


def seen_here():
    return seen(HERE[0])


def seen(auth):
    status = auth.status()
    return status.signed_in, status.email, status.api_base_url, status.location, auth.get_access_token()
