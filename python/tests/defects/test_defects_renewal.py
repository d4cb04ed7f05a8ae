"""Tokens that end: who is asked, and how often."""

import json
import shutil
import threading
import time

import pytest
from carto_auth import CartoAuth
from world import AUDIENCE, SHORT, jwt, outlive_a_short_token


@pytest.mark.defect(22)
def test_a_token_that_ends_in_a_job_asks_nobody(carto):
    program = """
from carto_auth import CartoAuth, CredentialsError
auth = CartoAuth("oauth", access_token="sandbox-ended", expiration=1)
try:
    auth.get_access_token()
except CredentialsError as error:
    print(type(error).__name__, error.hint)
"""
    result = carto.run(program, timeout=10)
    assert result.stdout.startswith("InteractionRequired ")
    assert "CARTO_M2M_CLIENT_ID" in result.stdout
    assert carto.requests("authorize") == []


@pytest.mark.defect(22)
def test_a_token_that_is_about_to_end_is_replaced_before(carto):
    now = int(time.time())
    client = {"iss": f"{carto.url}/", "azp": carto.m2m[0], "aud": AUDIENCE}

    def token_after(seconds_left):
        token = jwt(**client, iat=now - 86_400 + seconds_left, exp=now + seconds_left)
        kept = {"api_base_url": carto.api_base_url, "access_token": token, "expiration": now + seconds_left}
        folder = carto.home / ".carto-auth"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        (folder / "token_m2m.json").write_text(json.dumps(kept), encoding="utf-8")
        return token, CartoAuth.from_m2m(carto.credentials_file()).get_access_token()

    kept, given = token_after(seconds_left=3600)
    assert given == kept
    kept, given = token_after(seconds_left=100)
    assert given != kept


@pytest.mark.defect(34)
def test_a_refresh_token_spares_the_person_the_next_sign_in(carto):
    carto.browser()
    carto.plan_token(expires_in=SHORT, refresh_token="sandbox-refresh-1", scope="read:maps")
    auth = CartoAuth.from_oauth()
    outlive_a_short_token()
    fresh = carto.plan_token()
    assert auth.get_access_token() == fresh
    assert len(carto.requests("authorize")) == 1
    renewal = carto.requests("token")[-1].form
    assert (renewal["grant_type"], renewal["refresh_token"]) == ("refresh_token", "sandbox-refresh-1")


@pytest.mark.defect(34)
def test_what_a_token_allows_is_not_forgotten(carto):
    carto.browser()
    carto.plan_token(scope="read:maps")
    assert CartoAuth.from_oauth().status().scope == "read:maps"


@pytest.mark.defect(32)
def test_eight_threads_with_a_token_that_has_ended_make_one_request(carto):
    carto.plan_token(expires_in=SHORT)
    auth = CartoAuth.from_m2m(carto.credentials_file())
    auth.get_access_token()
    outlive_a_short_token()
    carto.plan("token", {"delay_ms": 200}, always=True)
    start, tokens = threading.Barrier(8), []

    def ask():
        start.wait()
        tokens.append(auth.get_access_token())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 8
    assert len(set(tokens)) == 1
    assert len(carto.requests("token")) == 2


@pytest.mark.defect(32)
def test_who_is_signed_in_can_be_seen_and_ended(carto):
    carto.browser()
    auth = CartoAuth.from_oauth()
    token = auth.get_access_token()
    assert auth.status().signed_in
    auth.logout()
    assert not auth.status().signed_in
    files = [path for path in carto.home.glob(".carto-auth/**/*") if path.is_file()]
    assert not any(token.encode() in path.read_bytes() for path in files)
