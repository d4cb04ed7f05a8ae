"""T12, T13, T14, T20, T24, T27: the server says no."""

import subprocess
import sys
import threading
import traceback

import pytest
from carto_auth import CartoAuth, CredentialsError
from world import SHORT, outlive_a_short_token


@pytest.mark.parametrize(("status", "code"), [(403, "invalid_grant"), (400, "access_denied"), (401, "access_denied")])
def test_t12_a_refresh_token_that_is_refused_is_sent_once_and_a_person_is_asked_for(carto, status, code):
    sign_in(carto)
    carto.plan("token", status=status, body={"error": code, "error_description": "Unknown refresh token."})
    for _ in range(3):
        with pytest.raises(CredentialsError) as caught:
            CartoAuth.from_oauth(interactive=False).get_access_token()
        assert type(caught.value).__name__ == "InteractionRequired"
    assert "CartoAuth.from_m2m" in caught.value.hint
    assert len(refreshes(carto)) == 1


@pytest.mark.parametrize(("status", "code"), [(401, "access_denied"), (401, "invalid_client"), (403, "access_denied")])
def test_t13_a_client_that_is_refused_is_told_with_its_file_and_not_tried_again(carto, status, code):
    words = {"error": code, "error_description": "The server's words"}
    carto.plan("token", status=status, body=words, always=True)
    path = carto.credentials_file()
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_m2m(path).get_access_token()
    told = "".join(traceback.format_exception(caught.value))
    assert "The server's words" in told
    assert str(path) in told
    assert carto.m2m[1] not in told
    assert len(carto.requests("token")) == 1


@pytest.mark.parametrize(
    "code", ["mfa_required", "unauthorized_client", "invalid_scope", "invalid_request", "something_new"]
)
def test_t14_each_refusal_is_told_in_the_servers_words(carto, code):
    words = {"error": code, "error_description": "the server's\x1b[2J words"}
    carto.plan("token", status=400, body=words, always=True)
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    told = "".join(traceback.format_exception(caught.value))
    assert code in told
    assert "the server's" in told
    assert "\x1b" not in told


def test_t14_each_refusal_has_words_and_a_class_of_its_own(carto):
    messages = set()
    for code, hint in {
        "mfa_required": "carto-auth login",
        "unauthorized_client": "Machine to Machine",
        "invalid_scope": "CARTO_AUTH_SCOPES",
        "invalid_request": "org_…",
        "something_new": "carto-auth status",
    }.items():
        carto.plan("token", status=400, body={"error": code})
        with pytest.raises(CredentialsError) as caught:
            CartoAuth.from_m2m(carto.credentials_file(), use_cache=False).get_access_token()
        assert (type(caught.value).__name__, caught.value.code) == ("RefusedError", code)
        assert hint in caught.value.hint
        messages.add(str(caught.value))
    assert len(messages) == 5


def test_t20_of_ten_processes_whose_family_was_revoked_nobody_sends_it_again(carto):
    sign_in(carto)
    code = """
from carto_auth import CartoAuth, InteractionRequired
try:
    CartoAuth.from_oauth(interactive=False).get_access_token()
except InteractionRequired:
    print("asked for a person")
"""
    command = [sys.executable, "-c", code]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(10)]
    assert [program.communicate(timeout=40)[0] for program in programs] == ["asked for a person\n"] * 10
    assert len(refreshes(carto)) == 1


def test_t20_ten_processes_whose_family_was_revoked_open_one_tab(carto):
    sign_in(carto)
    tabs = len(carto.pages())
    command = [
        sys.executable,
        "-c",
        "from carto_auth import CartoAuth; print(CartoAuth.from_oauth().get_access_token())",
    ]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(10)]
    tokens = {program.communicate(timeout=40)[0] for program in programs}
    assert len(tokens) == 1
    assert len(carto.pages(tabs + 1)) == tabs + 1
    assert len(refreshes(carto)) <= 1


def test_t24_a_netrc_entry_for_the_host_is_ignored(carto, monkeypatch):
    path = carto.home / ".netrc"
    path.write_text("machine 127.0.0.1 login me password canary\ndefault login me password canary\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    assert CartoAuth.from_m2m(carto.credentials_file()).get_carto_dw_credentials()
    sent = [(one.route, one.headers.get("authorization", "")) for one in carto.requests()]
    assert ("token", "") in sent
    assert not [header for _, header in sent if header.startswith("Basic")]


def test_t27_eight_threads_whose_token_the_api_refuses_cause_one_renewal(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    auth.get_access_token()
    carto.expire_tokens()
    start, given = threading.Barrier(8), []

    def ask():
        start.wait()
        given.append(auth.get_carto_dw_credentials())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 8
    assert len(carto.requests("token")) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_t27_an_api_that_accepts_no_token_is_told_and_makes_no_storm(carto, status):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    carto.plan("warehouse_token", status=status, body={"error": "its words", "status": status}, always=True)
    for _ in range(5):
        with pytest.raises(CredentialsError) as caught:
            auth.get_carto_dw_credentials()
        assert "its words" in "".join(traceback.format_exception(caught.value))
    assert len(carto.requests("token")) <= 3


def sign_in(carto):
    """Somebody signs in, whose token has ended then; the server knows nothing of the refresh token any more."""
    carto.browser()
    carto.plan_token("sandbox-1", expires_in=SHORT, refresh_token="sandbox-refresh")
    CartoAuth.from_oauth()
    outlive_a_short_token()


def refreshes(carto):
    return [one for one in carto.requests("token") if one.form.get("grant_type") == "refresh_token"]
