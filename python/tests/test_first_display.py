"""The first look at a person's sign-in shows where their account is, and costs nothing where that cannot be found."""

import signal
import threading

import pytest
from carto_auth import CartoAuth

# Less than a call waits for a server that does not answer (30 s), and more than a look waits.
SOON = 15


@pytest.mark.parametrize("shown", [repr, CartoAuth._repr_html_, lambda auth: auth.status().api_base_url])
def test_the_first_look_shows_where_the_account_is(carto, shown):
    carto.browser()
    auth = CartoAuth.from_oauth()
    asked = len(carto.requests())
    assert carto.api_base_url in shown(auth)
    assert carto.api_base_url in shown(CartoAuth.from_oauth()), "it is kept with the sign-in"
    assert auth.get_api_base_url() == carto.api_base_url
    assert len(carto.requests()) == asked


@pytest.mark.parametrize(
    ("route", "fault", "use_cache"),
    [
        ("accounts", {"status": 401}, True),
        ("accounts", {"status": 401}, False),
        ("accounts", {"status": 500}, True),
        ("accounts", {"body": "no JSON"}, True),
        ("accounts", "hang", True),
        ("config", {"status": 401}, True),
        ("config", "reset", False),
    ],
)
def test_what_cannot_be_found_costs_neither_the_sign_in_nor_a_token(carto, route, fault, use_cache):
    carto.browser()
    if isinstance(fault, str):
        carto.plan(route, fault, always=True)
    else:
        carto.plan(route, always=True, **fault)
    auth = CartoAuth.from_oauth(use_cache=use_cache)
    assert carto.requests(route), "it was looked for"
    token = auth.get_access_token()
    assert len(carto.requests("token")) == 1
    status = auth.status()
    assert (status.signed_in, status.renews, status.api_base_url) == (True, True, None)
    carto.plan(route, "none", always=True)
    assert auth.get_api_base_url() == carto.api_base_url
    assert auth.get_access_token() == token
    assert len(carto.requests("token")) == 1


def test_a_base_url_that_was_given_is_not_looked_for(carto):
    carto.browser()
    auth = CartoAuth.from_oauth(api_base_url=carto.api_base_url)
    assert carto.api_base_url in repr(auth)
    assert carto.requests("accounts") == []


def test_a_stop_during_the_look_loses_nothing(carto):
    carto.browser()
    carto.plan("accounts", "hang", always=True)
    stopping = threading.Thread(target=stop_at, args=(carto, "accounts"))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        stopping.start()
        with pytest.raises(KeyboardInterrupt):
            CartoAuth.from_oauth()
        stopping.join(SOON)
    finally:
        signal.signal(signal.SIGINT, before)
    auth = CartoAuth.from_oauth(interactive=False)
    carto.plan("accounts", "none", always=True)
    assert auth.get_api_base_url() == carto.api_base_url
    assert auth.status().renews
    assert len(carto.requests("authorize")) == len(carto.requests("token")) == 1


def test_whoever_signs_in_again_with_the_same_handle_is_shown_where_their_account_is(carto):
    carto.browser()
    auth = CartoAuth.from_oauth()
    auth.logout()
    auth.get_access_token()
    assert carto.api_base_url in repr(auth)


# The machinery.


def stop_at(carto, route):
    carto.wait_for(route)
    signal.raise_signal(signal.SIGINT)
