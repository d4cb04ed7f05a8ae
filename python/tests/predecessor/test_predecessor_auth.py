"""The scenarios of `tests/test_auth.py` of carto-auth 0.2.0."""

import time

import pytest
from carto_auth import CartoAuth, CredentialsError
from world import ORGANIZATION, SHORT, jwt, outlive_a_short_token

REGION = "https://gcp-us-east1.api.carto.com"


def kept(carto):
    """The files in which a token rests."""
    return [path for path in (carto.home / ".carto-auth").glob("**/*") if path.is_file() and path.stat().st_size]


def test_a_sign_in_without_cache_leaves_nothing_behind(carto):
    carto.browser()
    token = carto.plan_token()
    auth = CartoAuth.from_oauth(use_cache=False)
    assert auth.get_access_token() == token
    assert auth.get_api_base_url() == carto.api_base_url
    assert len(carto.requests("token")) == 1
    assert len(carto.requests("accounts")) == 1
    assert kept(carto) == []


def test_a_person_who_is_signed_in_is_not_asked_again(carto):
    carto.browser()
    first = CartoAuth.from_oauth(api_base_url=carto.api_base_url)
    second = CartoAuth.from_oauth(api_base_url=carto.api_base_url, open_browser=False)
    assert second.get_access_token() == first.get_access_token()
    assert second.get_api_base_url() == carto.api_base_url
    assert len(carto.requests("authorize")) == 1
    assert len(carto.requests("token")) == 1
    assert carto.requests("accounts") == []


def test_a_person_whose_token_has_ended_signs_in_again(carto):
    carto.browser()
    ended = carto.plan_token(expires_in=SHORT)
    CartoAuth.from_oauth()
    outlive_a_short_token()
    fresh = carto.plan_token()
    auth = CartoAuth.from_oauth()
    assert auth.get_access_token() == fresh != ended
    assert auth.get_api_base_url() == carto.api_base_url
    assert len(carto.requests("authorize")) == 2
    assert len(carto.requests("token")) == 2


def test_an_organization_is_signed_in_to_though_a_token_is_there(carto):
    carto.browser()
    CartoAuth.from_oauth()
    CartoAuth.from_oauth(org=ORGANIZATION)
    asked = [request.query.get("organization") for request in carto.requests("authorize")]
    assert asked == [None, ORGANIZATION]


def test_a_job_without_cache_leaves_nothing_behind(carto):
    token = carto.plan_token()
    auth = CartoAuth.from_m2m(carto.credentials_file(api_base_url=REGION), use_cache=False)
    assert auth.get_access_token() == token
    assert auth.get_api_base_url() == REGION
    assert len(carto.requests("token")) == 1
    assert kept(carto) == []


def test_a_job_uses_its_token_again(carto):
    credentials = carto.credentials_file()
    first = CartoAuth.from_m2m(credentials)
    second = CartoAuth.from_m2m(credentials)
    assert second.get_access_token() == first.get_access_token()
    assert second.get_api_base_url() == carto.api_base_url
    assert len(carto.requests("token")) == 1


def test_a_job_whose_token_has_ended_gets_a_new_one(carto):
    credentials = carto.credentials_file()
    ended = carto.plan_token(expires_in=SHORT)
    CartoAuth.from_m2m(credentials).get_access_token()
    outlive_a_short_token()
    fresh = carto.plan_token()
    auth = CartoAuth.from_m2m(credentials)
    assert auth.get_access_token() == fresh != ended
    assert auth.get_api_base_url() == carto.api_base_url
    assert len(carto.requests("token")) == 2


def test_a_credentials_file_that_lacks_something_is_refused(carto):
    with pytest.raises(AttributeError, match="client_secret"):
        CartoAuth.from_m2m(carto.credentials_file(client_secret=None))
    with pytest.raises(ValueError, match="client_id"):
        CartoAuth.from_m2m(carto.credentials_file(client_id=""))
    assert carto.requests() == []


def test_the_base_url_that_was_given_comes_back(carto):
    assert CartoAuth("oauth", api_base_url=REGION).get_api_base_url() == REGION
    assert carto.requests() == []
    assert kept(carto) == []


def test_the_token_that_was_given_comes_back(carto):
    token, end = carto.issue(), int(time.time()) + 10
    assert CartoAuth("oauth", access_token=token, expiration=end).get_access_token() == token
    assert carto.requests() == []
    assert kept(carto) == []


def test_a_given_token_that_has_ended_is_replaced_by_a_sign_in(carto):
    carto.browser()
    ended, fresh, end = carto.issue(), carto.plan_token(), int(time.time()) - 10
    auth = CartoAuth("oauth", access_token=ended, expiration=end)
    assert auth.get_access_token() == fresh
    assert auth.get_access_token() == fresh
    assert len(carto.requests("authorize")) == 1
    assert len(carto.requests("token")) == 1


def test_a_given_token_that_has_ended_is_replaced_for_a_job(carto):
    client_id, client_secret = carto.m2m
    ended, fresh, end = carto.issue(), carto.plan_token(), int(time.time()) - 10
    job = {"client_id": client_id, "client_secret": client_secret}
    auth = CartoAuth("m2m", access_token=ended, expiration=end, **job)
    assert auth.get_access_token() == fresh
    assert auth.get_access_token() == fresh
    assert len(carto.requests("token")) == 1


def given(carto, token, **more):
    return CartoAuth("oauth", access_token=token, expiration=int(time.time()) + 600, **more)


def test_the_warehouse_credentials_are_project_and_token(carto):
    carto.plan("warehouse_token", body={"projectId": "project-1", "token": "sandbox-google-1"})
    token = carto.issue()
    credentials = given(carto, token, api_base_url=carto.api_base_url).get_carto_dw_credentials()
    assert credentials == ("project-1", "sandbox-google-1")
    (request,) = carto.requests("warehouse_token")
    assert request.headers["authorization"] == f"Bearer {token}"


def test_warehouse_credentials_that_make_no_sense_are_an_error(carto):
    auth = given(carto, carto.issue(), api_base_url=carto.api_base_url)
    carto.plan("warehouse_token", body="no JSON")
    with pytest.raises(CredentialsError):
        auth.get_carto_dw_credentials()
    carto.plan("warehouse_token", body={"token": "sandbox-google-1"})
    with pytest.raises(CredentialsError):
        auth.get_carto_dw_credentials()
    stranger = jwt(exp=int(time.time()) + 600)
    with pytest.raises(CredentialsError):
        given(carto, stranger).get_carto_dw_credentials()


def test_the_warehouse_client_is_googles(carto):
    from google.cloud import bigquery

    carto.plan("warehouse_token", body={"projectId": "project-1", "token": "sandbox-google-1"})
    client = given(carto, carto.issue(), api_base_url=carto.api_base_url).get_carto_dw_client()
    assert isinstance(client, bigquery.Client)
    assert client.project == "project-1"
    assert len(carto.requests("warehouse_token")) == 1
