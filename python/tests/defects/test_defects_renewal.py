"""Tokens that end: who is asked, and how often."""

import threading
import time

import pytest
from carto_auth import CartoAuth


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
    assert "from_m2m" in result.stdout
    assert carto.requests("authorize") == []


@pytest.mark.defect(22)
def test_a_token_that_is_about_to_end_is_replaced_before(carto):
    carto.plan_token(expires_in=20)
    credentials = carto.credentials_file()
    CartoAuth.from_m2m(credentials).get_access_token()
    time.sleep(0.1)
    now = time.time()
    job = dict(zip(("client_id", "client_secret"), carto.m2m, strict=True))
    fresh = carto.plan_token()
    about_to_end = CartoAuth("m2m", carto.api_base_url, "sandbox-ends", now + 0.5, use_cache=False, **job)
    assert about_to_end.get_access_token() == fresh


@pytest.mark.defect(34)
def test_a_refresh_token_spares_the_person_the_next_sign_in(carto):
    carto.browser()
    carto.plan_token(expires_in=1, refresh_token="sandbox-refresh-1", scope="read:maps")
    auth = CartoAuth.from_oauth()
    time.sleep(1.2)
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
    carto.plan_token(expires_in=1)
    auth = CartoAuth.from_m2m(carto.credentials_file())
    auth.get_access_token()
    time.sleep(1.2)
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
