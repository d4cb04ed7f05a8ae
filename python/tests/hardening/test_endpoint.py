"""X03 to X08: what CARTO's own endpoints answer, and whose they are."""

import select
import time

import pytest
from carto_auth import CartoAuth
from rows import refusal, start
from world import ADA, ORGANIZATION, SHORT, jwt, outlive_a_short_token

EUROPE = "https://gcp-europe-west1.api.carto.com"


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("body", [{"error": "no such connection"}, "", "<html>sandbox-canary</html>"])
def test_x03_an_account_without_a_warehouse_is_told_so(carto, status, body):
    carto.plan("warehouse_token", status=status, body=body, always=True)
    auth = CartoAuth.from_m2m(carto.credentials_file())
    text = refusal(auth.get_carto_dw_credentials)
    assert "there is no CARTO Data Warehouse for this account" in text
    assert "hint: " in text
    assert len(carto.requests("warehouse_token")) == 1


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"token": "sandbox-canary"}, "`projectId`"),
        ({"projectId": 7, "token": "sandbox-canary"}, "`projectId`"),
        ({"projectId": " ", "token": "sandbox-canary"}, "`projectId`"),
        ({"projectId": None, "token": "sandbox-canary"}, "`projectId`"),
        ({"projectId": "p"}, "`token`"),
        ({"projectId": "p", "token": ""}, "`token`"),
        ({"projectId": "p", "token": None}, "`token`"),
        ({"projectId": "p", "token": ["sandbox-canary"]}, "`token`"),
        ("[]", ""), ("null", ""), ("", ""), ("<html>sandbox-canary", ""),
        ('{"projectId": "p", "token": "sandbox-canary', ""),
    ],
)  # fmt: skip
def test_x03_a_key_that_is_not_whole_is_told(carto, body, name):
    carto.plan("warehouse_token", body=body, always=True)
    auth = CartoAuth.from_m2m(carto.credentials_file())
    assert name in refusal(auth.get_carto_dw_credentials)


def test_x03_a_key_needs_no_end_and_may_bring_more(carto):
    for more in ({}, {"expires_in": None}, {"expiration": "soon", "x": [1]}):
        carto.plan("warehouse_token", body={"projectId": "p", "token": "sandbox-ya29", **more})
        auth = CartoAuth.from_m2m(carto.credentials_file())
        assert auth.get_carto_dw_credentials() == ("p", "sandbox-ya29")


def test_x04_a_client_of_the_warehouse_refreshes_itself(carto):
    from google.auth.transport.requests import Request

    client = CartoAuth.from_m2m(carto.credentials_file()).get_carto_dw_client()
    credentials = client._credentials
    tokens = {credentials.token}
    for hour in range(3):
        # An hour of Google's, in one of which CARTO's token has ended too.
        if credentials.expiry:
            credentials.expiry = credentials.expiry.replace(year=credentials.expiry.year - 1)
        if hour == 1:
            carto.expire_tokens()
        credentials.refresh(Request())
        tokens.add(credentials.token)
    client.close()
    assert len(tokens) == 4


def test_x05_without_the_extra_the_line_to_type_is_told_before_anything_is_asked(carto):
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == "google" or name.startswith("google."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from carto_auth import CartoAuth
try:
    CartoAuth.from_m2m(sys.argv[1], use_cache=False).get_carto_dw_client()
except ImportError as error:
    print(error)
"""
    done = carto.run(code, carto.credentials_file())
    assert "pip install 'carto-auth[carto-dw]'" in done.stdout, done.stderr
    assert carto.requests("warehouse_token") == []


def test_x06_a_token_of_one_account_is_never_sent_to_the_api_of_another(carto):
    own = CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    # The same client at another address, which is this sandbox by another name.
    elsewhere = carto.url.replace("127.0.0.1", "localhost")
    auth = CartoAuth.from_m2m(carto.credentials_file("other.json", api_base_url=elsewhere))
    auth.get_carto_dw_credentials()
    (sent,) = carto.requests("warehouse_token")
    assert sent.headers["host"].startswith("localhost")
    assert sent.headers["authorization"] != f"Bearer {own}"


def test_x06_who_signs_in_as_somebody_else_does_not_keep_the_base_url(carto):
    carto.browser()
    carto.plan_token(carto.issue(ADA), expires_in=SHORT)
    auth = CartoAuth.from_oauth()
    assert auth.get_api_base_url() == carto.api_base_url
    outlive_a_short_token()
    carto.plan("config", body=f'apis:\n  baseUrl: "{EUROPE}"\n')
    auth.get_access_token()
    assert auth.get_api_base_url() == EUROPE


def test_x06_a_token_of_another_organization_is_warned_of(carto):
    carto.browser()
    CartoAuth.from_oauth()
    assert CartoAuth.from_oauth(org=ORGANIZATION).status().warnings == []
    assert len(carto.requests("authorize")) == 2, "the organization is a part of the key"
    carto.plan_token(jwt(org_id="org_other", exp=int(time.time()) + 86_400))
    auth = CartoAuth.from_oauth(org=ORGANIZATION, use_cache=False)
    assert auth.status().warnings == [f"the token is of another organization than `{ORGANIZATION}`"]


def test_x07_use_cache_and_cache_filepath_mean_what_they_meant(carto, tmp_path):
    path, file = carto.credentials_file(), tmp_path / "mine.json"
    one, other = (CartoAuth.from_m2m(path, use_cache=False).get_access_token() for _ in range(2))
    assert one != other
    assert not any(p.is_file() for p in carto.home.glob(".carto-auth/*"))
    token = CartoAuth.from_m2m(path, cache_filepath=str(file)).get_access_token()
    assert token in file.read_text(encoding="utf-8")
    assert CartoAuth.from_m2m(path, str(file), True).get_access_token() == token
    assert len(carto.requests("token")) == 3
    assert CartoAuth.from_m2m(path).get_access_token() != token, "it is there and nowhere else"


def test_x07_open_browser_means_what_it_meant(carto):
    carto.browser()
    program = (
        "from carto_auth import CartoAuth; print('signed in:', CartoAuth.from_oauth(None, True, False) is not None)"
    )
    with carto.terminal(program) as terminal:
        terminal.type(carto.person().access_code(terminal.link()))
        terminal.shows("signed in: True")
    assert carto.pages() == [], "no browser was opened"


STALE = """
import sys, time
from carto_auth import CartoAuth, CredentialsError
auth = CartoAuth("oauth", access_token="sandbox-ended", expiration=int(time.time()) - 5)
try:
    auth.get_access_token()
except CredentialsError as error:
    print(type(error).__name__, error.hint)
"""


def test_x08_a_token_that_has_ended_in_a_job_is_an_error_at_once_and_nothing_is_read(carto):
    # Its input stays open and silent.
    process = start(STALE)
    try:
        line = read_within(process, seconds=10)
        assert line.startswith("InteractionRequired "), line
        assert "CARTO_M2M_CLIENT_ID" in line
    finally:
        process.kill()
        process.communicate()
    assert carto.requests("authorize") == []


def read_within(process, seconds):
    """The first line of a process; fails when none comes in time."""
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    assert ready, "it waits for somebody"
    return process.stdout.readline()
