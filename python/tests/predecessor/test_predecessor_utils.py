"""The scenarios of `tests/test_utils.py` of carto-auth 0.2.0, through the documented interface."""

import json
import time

import pytest
from carto_auth import CartoAuth, CredentialsError
from world import ADA

REGION = "https://gcp-us-east1.api.carto.com"

NONSENSE = ["{", {}]


def test_a_code_is_traded_for_a_token_that_is_good_for_a_day(carto):
    token = carto.plan_token(expires_in=86_400)
    program = f"""
from carto_auth import CartoAuth
auth = CartoAuth.from_oauth(open_browser=False, use_cache=False, api_base_url={REGION!r})
print("the token is right:", auth.get_access_token() == auth.get_access_token() == {token!r})
"""
    with carto.terminal(program) as terminal:
        code = carto.person().access_code(terminal.link())
        terminal.type(code)
        terminal.shows("the token is right: True")
    (request,) = carto.requests("token")
    assert request.form["grant_type"] == "authorization_code"
    assert request.form["code"] == code


@pytest.mark.parametrize("answer", NONSENSE)
def test_a_sign_in_answered_by_nonsense_is_an_error(carto, answer):
    program = """
from carto_auth import CartoAuth, CredentialsError
try:
    CartoAuth.from_oauth(open_browser=False)
except CredentialsError:
    print("it is a", "CredentialsError")
"""
    carto.plan("token", body=answer)
    with carto.terminal(program) as terminal:
        terminal.type(carto.person().access_code(terminal.link()))
        terminal.shows("it is a CredentialsError")


def test_a_secret_is_traded_for_a_token_that_is_good_for_a_day(carto):
    token = carto.plan_token(expires_in=86_400)
    client_id, client_secret = carto.m2m
    auth = CartoAuth("m2m", api_base_url=REGION, client_id=client_id, client_secret=client_secret)
    assert auth.get_access_token() == token
    assert auth.get_access_token() == token
    (request,) = carto.requests("token")
    assert request.form["grant_type"] == "client_credentials"
    assert request.form["audience"] == "carto-cloud-native-api"


@pytest.mark.parametrize("answer", NONSENSE)
def test_a_job_answered_by_nonsense_is_an_error(carto, answer):
    carto.plan("token", body=answer)
    with pytest.raises(CredentialsError):
        CartoAuth.from_m2m(carto.credentials_file()).get_access_token()


def test_the_base_url_is_looked_up_in_the_account(carto):
    carto.browser()
    carto.plan("accounts", body={"tenant_domain": carto.url.removeprefix("http://")})
    carto.plan("config", body=f'apis:\n    baseUrl: "{REGION}"\n')
    assert CartoAuth.from_oauth().get_api_base_url() == REGION


@pytest.mark.parametrize(("route", "answer"), [("accounts", "no JSON"), ("config", "no YAML")])
def test_an_account_or_a_configuration_that_makes_no_sense_is_an_error(carto, route, answer):
    carto.browser()
    carto.plan(route, body=answer, always=True)
    with pytest.raises(CredentialsError):
        CartoAuth.from_oauth().get_api_base_url()


def test_the_token_of_a_job_is_kept_in_a_file_of_its_own(carto):
    token = CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    folder = carto.home / ".carto-auth"
    (file,) = [path for path in folder.iterdir() if path.is_file() and token in path.read_text(encoding="utf-8")]
    assert file.name != "token_m2m.json"


def test_a_token_file_of_0_2_0_is_read(carto):
    token = carto.issue(ADA)
    file = carto.home / ".carto-auth" / "token_oauth.json"
    file.parent.mkdir(mode=0o700)
    expiration = int(time.time()) + 86_400
    content = {"api_base_url": carto.api_base_url, "access_token": token, "expiration": expiration}
    file.write_text(json.dumps(content), encoding="utf-8")
    auth = CartoAuth.from_oauth()
    assert auth.get_access_token() == token
    assert auth.get_api_base_url() == carto.api_base_url
    assert carto.requests("token") == []


@pytest.mark.filterwarnings("ignore::UserWarning")  # that it is not a file of ours may be said
def test_a_token_file_without_a_token_is_as_good_as_none(carto, tmp_path):
    empty, absent = tmp_path / "token_error.json", tmp_path / "no-such-file.json"
    empty.write_text("{}", encoding="utf-8")
    for file in (empty, absent):
        fresh = carto.plan_token()
        assert CartoAuth.from_m2m(carto.credentials_file(), cache_filepath=file).get_access_token() == fresh
    assert len(carto.requests("token")) == 2


def test_a_token_that_was_saved_comes_back_with_its_base_url(carto, tmp_path):
    file = tmp_path / "carto_token_saved.json"
    saved = carto.plan_token()
    CartoAuth.from_m2m(carto.credentials_file(), cache_filepath=file).get_access_token()
    auth = CartoAuth.from_m2m(carto.credentials_file(), cache_filepath=file)
    assert auth.get_access_token() == saved
    assert auth.get_api_base_url() == carto.api_base_url
    assert len(carto.requests("token")) == 1


@pytest.mark.parametrize(
    ("end", "is_used"),
    [
        pytest.param(lambda now: None, True, id="unsaid"),
        pytest.param(lambda now: 0, False, id="0"),
        pytest.param(lambda now: 1, False, id="1"),
        pytest.param(lambda now: now - 10, False, id="past"),
        pytest.param(lambda now: now + 10, True, id="future"),
    ],
)
def test_a_token_that_was_given_is_used_until_its_end(carto, end, is_used):
    client_id, client_secret = carto.m2m
    fresh = carto.plan_token()
    job = {"client_id": client_id, "client_secret": client_secret}
    auth = CartoAuth("m2m", carto.api_base_url, "sandbox-given", end(time.time()), **job)
    assert auth.get_access_token() == ("sandbox-given" if is_used else fresh)
    assert len(carto.requests("token")) == (0 if is_used else 1)
