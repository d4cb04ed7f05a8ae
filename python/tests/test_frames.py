"""What a traceback that tells all variables tells of a secret: nothing.

IPython's `%xmode Verbose` and services that collect errors show the variables of every frame. Those of the caller are
the caller's; those of the package are looked at here.
"""

import os
import traceback

import carto_auth
import httpx
import pytest
import requests
from carto_auth import CartoAuth, CredentialsError
from google.auth.exceptions import RefreshError
from google.cloud import bigquery

SECRET = "sandbox-canary"
ELSEWHERE = {"projectId": "sandbox-elsewhere", "token": "sandbox-ya29.canary"}
NOBODY = "https://127.0.0.1:1"
PACKAGE = os.path.dirname(carto_auth.__file__)


class Broken(CartoAuth):
    """A class of a user's, whose own code fails after the package's."""

    def __init__(self, *_arguments, **_named):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "call",
    [
        lambda url: CartoAuth("bogus", url, SECRET, None, "id", SECRET),
        lambda url: CartoAuth("oauth", url, SECRET, "tomorrow"),
        lambda url: CartoAuth("m2m", url, SECRET, None, "an id", SECRET),
        lambda url: CartoAuth("m2m", url, SECRET + "\n" + SECRET),
        lambda url: CartoAuth.from_token("nowhere", SECRET),
        lambda url: CartoAuth.from_token(url, SECRET + "\n" + SECRET),
        lambda url: CartoAuth.from_m2m_token(url, "an id", SECRET),
        lambda url: CartoAuth.from_m2m_token(url, "id", SECRET),
        lambda url: Broken.from_m2m_token(url, "id", SECRET),
        lambda url: Broken.from_token(url, SECRET),
    ],
)
def test_no_frame_of_the_package_holds_a_secret_that_was_given(carto, call):
    with pytest.raises(Exception) as raised:
        call(carto.api_base_url)
    assert_not_told("canary", raised.value)


@pytest.mark.parametrize("library", ["requests", "httpx"])
def test_no_frame_of_the_package_holds_a_token_that_is_sent(carto, library):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    token = auth.get_access_token()
    sign = auth.requests_auth() if library == "requests" else auth.httpx_auth()
    carto.expire_tokens()
    carto.plan("token", status=401, body={"error": "access_denied"}, always=True)
    with {"requests": requests.Session, "httpx": httpx.Client}[library]() as session:
        session.auth = sign
        with pytest.raises(CredentialsError) as raised:
            session.get(f"{carto.api_base_url}/v3/connections")
    assert_not_told(token, raised.value)


def test_no_frame_of_requests_or_urllib3_shows_the_token_of_a_request_that_fails():
    auth = CartoAuth.from_token(NOBODY, SECRET)
    with requests.Session() as session:
        session.auth = auth.requests_auth()
        with pytest.raises(requests.ConnectionError) as raised:
            session.get(f"{NOBODY}/v3/connections")
    error, told = raised.value, []
    while error is not None:
        stack = traceback.TracebackException.from_exception(error, capture_locals=True).stack
        told += [frame for frame in stack if frame.filename != __file__]
        error = error.__context__
    assert any("urllib3" in frame.filename and "[redacted]" in str(frame.locals) for frame in told)
    assert [frame.filename for frame in told if "canary" in str(frame.locals)] == []


@pytest.mark.parametrize("answer", [{"status": 403, "body": {"error": "no"}}, {"status": 200, "body": ELSEWHERE}])
def test_no_frame_of_the_package_holds_googles_token_when_a_renewal_fails(carto, answer):
    credentials = CartoAuth.from_m2m(carto.credentials_file()).get_carto_dw_client()._credentials
    credentials.apply({})
    token = credentials.token
    carto.plan("warehouse_token", **answer, always=True)
    with pytest.raises(RefreshError) as raised:
        credentials.refresh(None)
    for secret in (token, ELSEWHERE["token"]):
        assert_not_told(secret, raised.value)


def test_no_frame_of_the_package_holds_googles_token_when_its_client_cannot_be_made(carto, monkeypatch):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    carto.plan("warehouse_token", status=200, body=ELSEWHERE)
    monkeypatch.setattr(bigquery, "Client", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError) as raised:
        auth.get_carto_dw_client()
    assert_not_told(ELSEWHERE["token"], raised.value)


# The machinery.


def assert_not_told(secret, error):
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [frame for frame in told.stack if frame.filename.startswith(PACKAGE)]
    assert ours
    assert [frame.locals for frame in ours if secret in str(frame.locals)] == []
    assert secret not in str(error)
