"""T06, T07, T09, T25: how long a token lives, and what it says of itself."""

import time
from email.utils import formatdate

import pytest
from carto_auth import CartoAuth
from world import SHORT, jwt, outlive_a_short_token


@pytest.mark.parametrize("life", [30, 60, 300])
def test_t06_a_short_token_is_asked_for_once_and_not_by_each_call(carto, life):
    carto.plan_token(expires_in=life, always=True)
    path = carto.credentials_file()
    auth = CartoAuth.from_m2m(path)
    for _ in range(5):
        assert auth.get_access_token() == CartoAuth.from_m2m(path).get_access_token()
    assert len(carto.requests("token")) == 1


def test_t06_a_very_short_token_is_renewed_once_in_its_life(carto):
    first = carto.plan_token(expires_in=SHORT)
    auth = CartoAuth.from_m2m(carto.credentials_file())
    assert auth.get_access_token() == first
    outlive_a_short_token()
    second = carto.plan_token(expires_in=60)
    assert [auth.get_access_token() for _ in range(5)] == [second] * 5
    assert len(carto.requests("token")) == 2


@pytest.mark.parametrize("own_end", [-3_600, 86_400 * 30])
def test_t07_what_the_server_tells_decides_and_not_what_is_written_in_the_token(carto, own_end):
    token = jwt(exp=int(time.time()) + own_end)
    carto.plan_token(token, expires_in=SHORT)
    path = carto.credentials_file()
    assert CartoAuth.from_m2m(path).get_access_token() == token
    assert CartoAuth.from_m2m(path).get_access_token() == token
    assert len(carto.requests("token")) == 1
    outlive_a_short_token()
    assert CartoAuth.from_m2m(path).get_access_token() != token


def test_t07_a_drift_is_warned_of_with_its_number(carto, caplog):
    carto.plan_token(jwt(exp=int(time.time()) - 3_600), expires_in=3_600)
    auth = CartoAuth.from_m2m(carto.credentials_file())
    auth.get_access_token()
    [warning] = auth.status().warnings
    assert any(f"ends {seconds} s earlier than the server told" in warning for seconds in range(7_195, 7_206))
    [record] = [one for one in caplog.records if "the token's own end differs" in one.getMessage()]
    assert record.levelname == "WARNING"


@pytest.mark.parametrize("aud", ["other", ["other", "more"]])
def test_t09_a_token_of_another_audience_is_warned_of_and_used(carto, aud):
    token = carto.plan_token(jwt(aud=aud))
    auth = CartoAuth.from_m2m(carto.credentials_file())
    assert auth.get_access_token() == token
    [warning] = auth.status().warnings
    assert "another audience" in warning


def test_t09_a_token_of_another_organization_is_warned_of_and_used(carto):
    carto.browser()
    token = carto.plan_token(jwt(org_id="org_other"))
    auth = CartoAuth.from_oauth(org="org_sandbox")
    assert auth.get_access_token() == token
    assert any("another organization" in warning for warning in auth.status().warnings)


@pytest.mark.parametrize("ahead", [-3_600, 3_600])
def test_t25_a_server_whose_clock_is_an_hour_off_moves_no_end(carto, ahead):
    body = {"access_token": "sandbox-first", "token_type": "Bearer", "expires_in": 4}
    carto.plan("token", status=200, body=body, headers={"date": formatdate(time.time() + ahead, usegmt=True)})
    path = carto.credentials_file()
    began = time.monotonic()
    assert CartoAuth.from_m2m(path).get_access_token() == "sandbox-first"
    again = CartoAuth.from_m2m(path).get_access_token()
    if time.monotonic() - began < 3:
        assert again == "sandbox-first"
    time.sleep(4)
    assert CartoAuth.from_m2m(path).get_access_token() != "sandbox-first"


@pytest.mark.parametrize(("ahead", "side"), [(-3_600, "ahead of"), (3_600, "behind")])
def test_t25_a_clock_that_is_an_hour_off_is_warned_of_with_its_number(carto, caplog, ahead, side):
    body = {"access_token": "sandbox-first", "token_type": "Bearer", "expires_in": 3_600}
    date = formatdate(time.time() + ahead, usegmt=True)
    carto.plan("token", status=200, body=body, headers={"date": date}, always=True)
    auth = CartoAuth.from_m2m(carto.credentials_file())
    for _ in range(3):
        auth.invalidate()
        auth.get_access_token()
    [warning] = auth.status().warnings
    assert any(f"clock was {seconds} s {side} the server's" in warning for seconds in range(3_590, 3_611))
    assert len([one for one in caplog.records if "the server's clock differs" in one.getMessage()]) == 1
