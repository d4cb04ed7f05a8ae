"""No secret is in what the package shows: values, pickles, logs, warnings, tracebacks."""

import base64
import copy
import logging
import pickle
import traceback
import urllib.parse
import warnings

import carto_auth
import pytest
from carto_auth import CartoAuth
from carto_auth._http import RequestsAuth
from carto_auth._httpx import HttpxAuth
from spelling import assert_holds_none, secrets_of, spellings


def test_t28_a_secret_is_found_however_it_is_written():
    secret = "sandbox secret/with+odd?characters&of=all kinds"
    for text in (secret, "sandbox+secret%2Fwith%2Bodd%3Fcharacters%26of%3Dall+kinds", secret[:30]):
        assert any(spelling in f"before {text} behind" for spelling in spellings(secret))
    for before in (b"", b"i", b"id", b"id:"):
        text = base64.b64encode(before + secret.encode()).decode()
        assert any(spelling in text for spelling in spellings(secret)), before


def test_t28_no_value_shows_one(carto, caplog):
    assert_holds_none(*shown_by_values(carto, caplog))


LEAKS = {
    "the repr of a handle": (CartoAuth, "__repr__", lambda auth: f"CartoAuth({auth.get_access_token()})"),
    "what a notebook shows": (CartoAuth, "_repr_html_", lambda auth: f"<b>{quoted(auth.get_access_token())}</b>"),
    "a pickle": (CartoAuth, "__reduce__", lambda auth: (str, (auth.get_access_token(),))),
    "the repr of an adapter for requests": (RequestsAuth, "__repr__", lambda it: it._auth.get_access_token()),
    "the repr of an adapter for httpx": (HttpxAuth, "__repr__", lambda it: it._auth.get_access_token()[:40]),
    "a log": (CartoAuth, "invalidate", lambda auth: logging.getLogger("x").debug(auth.get_access_token())),
    "a private attribute": (CartoAuth, "_spare", property(lambda auth: encoded(auth.get_access_token()))),
}


@pytest.mark.parametrize("place", LEAKS)
def test_t28_a_leak_that_is_planted_is_found(carto, caplog, monkeypatch, place):
    owner, name, leak = LEAKS[place]
    monkeypatch.setattr(owner, name, leak, raising=False)
    shown = shown_by_values(carto, caplog)
    with pytest.raises(AssertionError):
        assert_holds_none(*shown)


def shown_by_values(carto, caplog):
    """What a person's and a job's values show of themselves, and the secrets that were in play meanwhile."""
    caplog.set_level(logging.DEBUG)
    carto.browser()
    person = CartoAuth.from_oauth()
    job = CartoAuth.from_m2m(carto.credentials_file())
    told, keys = [], []
    for auth in (person, job):
        auth.get_access_token()
        keys.append(auth.get_carto_dw_credentials()[1])
        tied = [auth.requests_auth(), auth.httpx_auth(), auth.get_carto_dw_client(), auth.status(), copy.copy(auth)]
        told += [repr(value) for value in (auth, *tied)] + [str(value) for value in (auth, *tied)]
        told += [auth._repr_html_(), repr(vars(auth)), repr([getattr(auth, name, None) for name in private(auth)])]
        told += [repr(pickle.dumps(auth)), repr(pickle.dumps(auth.status()))]
        told += [repr(vars(auth.requests_auth())), repr(vars(auth.httpx_auth()))]
        auth.invalidate()
        auth.get_access_token()
    assert caplog.text
    secrets = secrets_of(carto.requests())
    secrets += [person.get_access_token(), job.get_access_token(), carto.m2m[1], *keys]
    return "\n".join([*told, caplog.text]), secrets


@pytest.mark.parametrize("status, error", [(401, "access_denied"), (400, "invalid_request"), (500, None)])
def test_t28_no_failure_shows_one(carto, caplog, status, error):
    caplog.set_level(logging.DEBUG)
    secret = carto.m2m[1]
    body = {"error": error, "error_description": f"client_secret={secret}"} if error else f"<p>{secret}</p>"
    carto.plan("token", status=status, body=body, always=True)
    with warnings.catch_warnings(record=True) as warned, pytest.raises(carto_auth.CredentialsError) as raised:
        CartoAuth.from_m2m(carto.credentials_file())
    told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    ours = [frame for frame in told.stack if "carto_auth" in frame.filename]
    text = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + repr(vars(raised.value))
    text += "".join(str(frame.locals) for frame in ours) + "".join(str(one.message) for one in warned) + caplog.text
    assert_holds_none(text, secrets_of(carto.requests()))


def test_t28_a_program_that_ends_badly_prints_none(carto):
    carto.become_a_job()
    code = (
        "import logging; logging.basicConfig(level=logging.DEBUG)\n"
        "from carto_auth import CartoAuth\n"
        "auth = CartoAuth.from_env(); auth.get_carto_dw_credentials(); raise SystemExit(f'{auth!r} {auth.status()!r}')"
    )
    ended = carto.run(code)
    assert ended.returncode == 1
    assert "carto_auth" in ended.stderr, "something was logged"
    assert_holds_none(ended.stdout + ended.stderr, secrets_of(carto.requests()))


# The machinery.


def quoted(text):
    return urllib.parse.quote(text, safe="")


def encoded(text):
    return base64.b64encode(b"token:" + text.encode()).decode()


def private(auth):
    return [name for name in dir(auth) if name.startswith("_") and not name.startswith("__")]
