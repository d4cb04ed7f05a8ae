"""The world itself: what the other tests rely on."""

import os
import urllib.error
import urllib.request

import pytest
from world import ADA, GRACE, Request


def get(carto, path, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(carto.url + path, headers=headers), timeout=10) as answer:
        return answer.read().decode()


def test_a_request_is_remembered_with_what_it_carried(carto):
    get(carto, "/accounts?a=1", carto.issue())
    (request,) = carto.requests()
    assert request.route == "accounts"
    assert request.query == {"a": "1"}
    assert request.headers["authorization"].startswith("Bearer ")
    assert Request("token", "POST", "/", {}, {}, "a=b+c&d=").form == {"a": "b c", "d": ""}


def test_a_planned_fault_happens_once(carto):
    carto.plan("config", status=503, body="out of order")
    with pytest.raises(urllib.error.HTTPError, match="503"):
        get(carto, "/config.yaml")
    assert "baseUrl" in get(carto, "/config.yaml")


@pytest.mark.parametrize("email", [None, ADA, GRACE])
def test_a_token_that_was_issued_works_until_all_have_ended(carto, email):
    token = carto.issue(email)
    assert get(carto, "/accounts", token)
    for end in (carto.expire_tokens, carto.revoke_everything):
        end()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            get(carto, "/accounts", token)


def test_a_request_that_no_client_should_make_is_told(carto):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(carto, "/no-such-route")
    with pytest.raises(AssertionError, match="no such route"):
        carto.end()
    carto.forgive()


def test_nothing_of_this_machine_leads_into_the_world(carto):
    assert list(carto.home.iterdir()) == []
    assert os.environ["HOME"] == str(carto.home)
    assert {name for name in os.environ if name.startswith("CARTO_")} - {"CARTO_AUTH_BIN"} == set(carto.variables)
    assert not {"DISPLAY", "BROWSER"} & set(os.environ)
