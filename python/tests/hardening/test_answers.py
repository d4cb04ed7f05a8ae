"""T01, T19: what a token endpoint answers that is no token, or not a whole one."""

import traceback

import pytest
from carto_auth import CartoAuth, CredentialsError
from world import SHORT, outlive_a_short_token


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", "<html>canary"),
        ("text/html", "<title>Hotel WiFi</title>canary"),
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/json", '["canary"]'),
        ("application/json", "null"),
        ("application/json", "7"),
        ("application/json", '{"access_token":"canary"'),
        ("application/json", "{}"),
        ("application/json", '{"access_token":null,"token_type":"Bearer","expires_in":60}'),
        ("application/json", '{"access_token":"","token_type":"Bearer","expires_in":60}'),
        ("application/json", '{"access_token":["canary"],"token_type":"Bearer","expires_in":60}'),
        ("application/json", '{"access_token":"canary","token_type":"Bearer","expires_in":-1}'),
        ("application/json", "[" * 100_000),
    ],
)
def test_t01_what_is_no_token_is_told_as_that_and_nothing_of_it_is_shown(carto, content_type, body):
    carto.plan("token", status=200, headers={"content-type": content_type}, body=body, always=True)
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    assert "token" in str(caught.value)
    assert "canary" not in told(caught.value)
    if "<title>" in body:
        assert "a web page: `Hotel WiFi`" in told(caught.value)


def test_t01_a_token_of_another_content_type_is_a_token(carto):
    body = '{"access_token":"sandbox-token","token_type":"Bearer","expires_in":3600,"new":{}}'
    carto.plan("token", status=200, headers={"content-type": "text/html"}, body=body)
    assert CartoAuth.from_m2m(carto.credentials_file()).get_access_token() == "sandbox-token"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_t01_no_redirect_is_followed_with_a_secret(carto, status):
    where = f"{carto.url}/accounts/elsewhere?canary"
    carto.plan("token", status=status, headers={"location": where}, always=True)
    carto.forgive()
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    assert "canary" not in told(caught.value)
    assert {one.route for one in carto.requests()} <= {"token", "discovery"}


@pytest.mark.parametrize("more", [{}, {"refresh_token": ""}, {"refresh_token": None}])
def test_t19_a_renewal_without_a_refresh_token_keeps_the_old_one(carto, more):
    carto.browser()
    carto.plan_token("sandbox-1", expires_in=SHORT, refresh_token="sandbox-refresh")
    auth = CartoAuth.from_oauth()
    for token in ("sandbox-2", "sandbox-3"):
        outlive_a_short_token()
        carto.plan_token(token, expires_in=SHORT, **more)
        assert auth.get_access_token() == token
    sent = [request.form.get("refresh_token") for request in carto.requests("token")]
    assert sent == [None, "sandbox-refresh", "sandbox-refresh"]


def told(error):
    """All that a traceback ends with: messages, causes and notes."""
    return "".join(traceback.format_exception(error))
