"""What the servers say, and what the user is told of it."""

import traceback

import pytest
from carto_auth import CartoAuth, CredentialsError
from world import ADA, SHORT, outlive_a_short_token

EUROPE = "https://gcp-europe-west1.api.carto.com"


def told(error):
    """All that a traceback ends with: messages, causes and notes."""
    return "".join(traceback.format_exception(error))


@pytest.mark.defect(15)
@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "You don't have permissions to read this resource"), (404, "Connection not found"), (429, "slow down")],
)
def test_why_the_warehouse_is_closed_is_told_in_the_apis_words(carto, status, words):
    carto.plan("warehouse_token", status=status, body={"error": words, "status": status}, always=True)
    auth = CartoAuth.from_m2m(carto.credentials_file())
    with pytest.raises(CredentialsError) as caught:
        auth.get_carto_dw_credentials()
    assert words in told(caught.value)
    assert caught.value.status == status


@pytest.mark.defect(16)
@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "access_denied", "Unauthorized"),
        (403, "unauthorized_client", "Grant type 'client_credentials' not allowed for the client."),
        (429, "too_many_requests", "Check the X-RateLimit-Limit header"),
        (503, "temporarily_unavailable", "come back tomorrow"),
    ],
)
def test_why_there_is_no_token_for_a_job_is_told_in_the_servers_words(carto, status, code, words):
    carto.plan("token", status=status, body={"error": code, "error_description": words}, always=True)
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    assert words in told(caught.value)
    assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.defect(17)
def test_why_a_code_was_refused_is_told_in_the_servers_words(carto):
    carto.browser()
    words = {"error": "invalid_grant", "error_description": "Invalid authorization code"}
    carto.plan("token", status=403, body=words)
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_oauth()
    assert "Invalid authorization code" in told(caught.value)


@pytest.mark.defect(18)
def test_a_server_that_falls_silent_does_not_hang_the_program(carto):
    carto.plan("token", "hang")
    program = """
import sys
from carto_auth import CartoAuth
print(len(CartoAuth.from_m2m(sys.argv[1]).get_access_token()))
"""
    result = carto.run(program, carto.credentials_file(), timeout=25)
    assert int(result.stdout) > 0
    assert len(carto.requests("token")) == 2


@pytest.mark.defect(19)
@pytest.mark.parametrize(
    ("route", "status", "body"),
    [
        ("accounts", 200, {"account_id": "ac_1"}),
        ("accounts", 200, []),
        ("accounts", 401, {"message": "no error key"}),
        ("config", 200, "apis:\n  workspaceUrl: https://workspace\n"),
    ],
)
def test_an_account_without_a_base_url_is_an_error_and_not_none(carto, route, status, body):
    carto.browser()
    carto.plan(route, status=status, body=body, always=True)
    with pytest.raises(CredentialsError):
        CartoAuth.from_oauth().get_api_base_url()
    carto.plan(route, "none", always=True)
    assert CartoAuth.from_oauth().get_api_base_url() == carto.api_base_url
    assert len(carto.requests("authorize")) == 1, "the sign-in itself had worked"


@pytest.mark.defect(29)
def test_a_slash_at_the_end_of_the_base_url_does_no_harm(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file(api_base_url=f"{carto.api_base_url}/"))
    project, _ = auth.get_carto_dw_credentials()
    assert project
    assert carto.requests("warehouse_token")[0].path == "/v3/connections/carto-dw/token"


@pytest.mark.defect(13)
def test_a_missing_extra_is_told_before_anything_is_asked(carto):
    program = """
import sys
sys.modules["google.cloud.bigquery"] = None  # as if it were not installed
from carto_auth import CartoAuth
try:
    CartoAuth.from_m2m(sys.argv[1]).get_carto_dw_client()
except ImportError as error:
    print(error)
"""
    result = carto.run(program, carto.credentials_file())
    assert "carto-auth[carto-dw]" in result.stdout
    assert carto.requests("warehouse_token") == []


@pytest.mark.defect(14)
def test_a_notebook_that_runs_for_hours_goes_on_querying(carto):
    from google.auth.transport.requests import Request

    client = CartoAuth.from_m2m(carto.credentials_file()).get_carto_dw_client()
    credentials = client._credentials
    first = credentials.token
    credentials.refresh(Request())
    assert credentials.token != first
    assert carto.requests("warehouse_token")
    client.close()


@pytest.mark.defect(24)
def test_a_token_that_the_api_refuses_is_replaced(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    auth.get_access_token()
    carto.revoke_everything()
    assert auth.get_carto_dw_credentials()
    assert len(carto.requests("token")) == 2


@pytest.mark.defect(23)
def test_who_signs_in_anew_gets_the_base_url_of_their_own_account(carto):
    carto.browser()
    carto.plan_token(carto.issue(ADA), expires_in=SHORT)
    auth = CartoAuth.from_oauth()
    assert auth.get_api_base_url() == carto.api_base_url
    outlive_a_short_token()
    carto.plan("config", body=f'apis:\n  baseUrl: "{EUROPE}"\n')
    auth.get_access_token()
    assert auth.get_api_base_url() == EUROPE
