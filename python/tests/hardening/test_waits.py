"""T10, T11, T15: a server that asks to wait, or is out of order for a moment."""

import time
import traceback
from email.utils import formatdate

import pytest
from carto_auth import CartoAuth, CredentialsError


def test_t10_a_wait_of_seven_seconds_is_sat_out(carto):
    carto.plan("token", status=429, headers={"retry-after": "7"})
    began = time.monotonic()
    assert CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    assert time.monotonic() - began >= 7
    assert len(carto.requests("token")) == 2


@pytest.mark.parametrize("value", ["0", "-1", "soon", "", "7 s", "Fri, 15 Jan 2021 08:00:00 GMT"])
def test_t10_a_wait_that_is_over_or_makes_no_sense_is_ignored(carto, value):
    carto.plan("token", status=429, headers={"retry-after": value})
    assert CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    assert len(carto.requests("token")) == 2


@pytest.mark.parametrize(("value", "seconds"), [("700", 700), ("date", 700), ("1000000000", 86_400)])
def test_t10_a_wait_that_is_too_long_is_told_with_its_time(carto, value, seconds):
    value = formatdate(time.time() + 700, usegmt=True) if value == "date" else value
    carto.plan("token", status=429, headers={"retry-after": value}, always=True)
    assert wait_of(carto) in range(seconds - 15, seconds + 1)
    assert len(carto.requests("token")) == 1


def test_t11_auth0s_reset_is_used_where_nothing_else_is_said(carto):
    reset = str(int(time.time()) + 700)
    carto.plan("token", status=429, headers={"x-ratelimit-reset": reset}, always=True)
    assert wait_of(carto) in range(685, 701)


@pytest.mark.parametrize("value", ["", ";;;,,,===", "b=per_hour;q=-1;r=99999999999999999999;t=soon"])
def test_t11_headers_that_make_no_sense_are_ignored(carto, value):
    names = ("auth0-client-quota-limit", "auth0-organization-quota-limit", "x-ratelimit-reset")
    body = {"access_token": "sandbox-a", "token_type": "Bearer", "expires_in": 60}
    carto.plan("token", status=200, body=body, headers=dict.fromkeys(names, value))
    assert CartoAuth.from_m2m(carto.credentials_file()).get_access_token() == "sandbox-a"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502},
        {"status": 503, "headers": {"retry-after": "1"}},
        {"status": 504},
        {"status": 500, "body": {"error": "access_denied", "error_description": "Too many requests"}},
        "reset",
        "truncate",
        "lose_answer",
    ],
)
def test_t15_a_server_that_is_out_of_order_for_a_moment_is_asked_again(carto, fault):
    carto.plan("token", fault)
    assert CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    assert len(carto.requests("token")) == 2


def wait_of(carto):
    """How many seconds a job is told to wait: the number in the last line that is told."""
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    last = "".join(traceback.format_exception(caught.value)).rstrip().splitlines()[-1]
    return next((int(word) for word in last.split() if word.isdigit()), None)
