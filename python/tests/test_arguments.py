"""What the calls take, and how one that was called wrongly says so."""

import errno
import inspect
import os
import sys
import time
import traceback
from collections import UserDict
from types import MappingProxyType

import pytest
from carto_auth import CartoAuth, CartoAuthWarning, ConfigError, CredentialsError
from world import SHORT, outlive_a_short_token


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda url: CartoAuth.from_m2m(None),
            "`filepath` has to be a path (`str`, `bytes` or `os.PathLike`), not `None`",
        ),
        (lambda url: CartoAuth.from_m2m(7), "`filepath` has to be a path (`str`, `bytes` or `os.PathLike`), not `int`"),
        (
            lambda url: CartoAuth.from_env(cache_filepath=7),
            "`cache_filepath` has to be a path (`str`, `bytes` or `os.PathLike`), not `int`",
        ),
        (lambda url: CartoAuth.from_oauth(org=7), "`org` has to be text (`str`), not `int`"),
        (lambda url: CartoAuth.from_oauth(timeout="9"), "`timeout` has to be a number (seconds), not `str`"),
        (lambda url: CartoAuth.from_oauth(interactive="no"), "`interactive` has to be `True` or `False`, not `str`"),
        (lambda url: CartoAuth.from_oauth(scopes="maps"), "`scopes` has to be a list of texts (`str`), not `str`"),
        (lambda url: CartoAuth.from_oauth(scopes=["maps", 7]), "`scopes[1]` has to be text (`str`), not `int`"),
        (lambda url: CartoAuth(None), "`mode` has to be text (`str`), not `NoneType`"),
        (lambda url: CartoAuth.from_oauth(environment=["x"]), "`environment` has to be a mapping (`dict`), not `list`"),
        (
            lambda url: CartoAuth.from_oauth(environment={"auth_url": 7}),
            '`environment["auth_url"]` has to be text (`str`), not `int`',
        ),
        (lambda url: CartoAuth.from_token(url, b"token"), "`access_token` has to be text (`str`), not `bytes`"),
        (lambda url: CartoAuth.from_m2m_token(url, "id", 7), "`client_secret` has to be text (`str`), not `int`"),
        (
            lambda url: CartoAuth("oauth", url, "token", "tomorrow"),
            "`expiration` has to be a number (seconds since 1970), not `str`",
        ),
    ],
)
def test_a_wrong_type_is_told_by_the_name_of_the_argument(carto, call, told):
    with pytest.raises(TypeError) as raised:
        call(carto.api_base_url)
    assert str(raised.value) == told


def test_a_mode_that_there_is_not_is_told_with_those_that_there_are():
    with pytest.raises(ConfigError, match="no mode `bogus`") as raised:
        CartoAuth("bogus")
    for mode in ("`oauth`", "`m2m`"):
        assert mode in raised.value.hint
    assert traceback.format_exception(raised.value)[-1] == f"hint: {raised.value.hint}\n"


@pytest.mark.parametrize("token", ["to\nken", "to ken", "tok\u00e9n", "to\0ken", "to\ud800ken"])
@pytest.mark.parametrize(
    "call",
    [CartoAuth.from_token, lambda *given: CartoAuth("oauth", *given), lambda *given: CartoAuth("m2m", *given)],
    ids=["from_token", "oauth", "m2m"],
)
def test_a_token_that_no_header_can_hold_is_refused_at_once(carto, call, token):
    with pytest.raises(ConfigError, match="token") as raised:
        call(carto.api_base_url, token)
    assert raised.value.hint
    assert token not in str(raised.value)
    assert carto.requests() == []


@pytest.mark.parametrize("call", [CartoAuth.from_token, lambda *given: CartoAuth("oauth", *given)])
def test_the_end_of_a_line_belongs_to_no_token(carto, call):
    assert call(carto.api_base_url, "sandbox-given\n").get_access_token() == "sandbox-given"


@pytest.mark.parametrize("kind", [MappingProxyType, UserDict])
def test_an_environment_may_be_any_mapping(carto, kind):
    place = kind({"auth_url": carto.variables["CARTO_AUTH_URL"], "api_hosts": ("api.example.com",)})
    assert CartoAuth.from_m2m(carto.credentials_file(), environment=place).get_access_token()


class Place:
    """A path as somebody else has it."""

    def __init__(self, path):
        self._path = path

    def __fspath__(self):
        return self._path


@pytest.mark.parametrize("make", [os.fsencode, lambda path: Place(os.fsencode(path)), lambda path: Place(str(path))])
def test_a_path_may_be_whatever_open_takes(carto, make):
    path = carto.credentials_file()
    assert CartoAuth.from_m2m(make(path), cache_filepath=make(carto.folder / "t.json")).get_access_token()
    assert (carto.folder / "t.json").exists()


def test_a_path_of_nothing_is_none(carto):
    with pytest.raises(ConfigError, match="`cache_filepath` is empty"):
        CartoAuth.from_m2m(carto.credentials_file(), cache_filepath="")


def test_a_folder_that_was_deleted_takes_no_sign_in_with_it(carto, monkeypatch, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    with pytest.warns(CartoAuthWarning, match=r"t\.json"):
        assert CartoAuth.from_m2m(carto.credentials_file(), "t.json").get_access_token()


def test_a_file_that_is_not_there_is_told_as_python_does(carto, monkeypatch):
    monkeypatch.setenv("CARTO_CREDENTIALS_FILE", "nowhere.json")
    for call in (lambda: CartoAuth.from_m2m("nowhere.json"), CartoAuth.from_env):
        with pytest.raises(FileNotFoundError) as raised:
            call()
        assert (raised.value.errno, raised.value.filename) == (errno.ENOENT, "nowhere.json")
        assert str(raised.value) == "there is no credentials file `nowhere.json`"


@pytest.mark.parametrize("number", [10**400, -(10**400), float("nan")])
def test_a_number_that_is_none_is_told_by_its_name(carto, number):
    for call in (
        lambda: CartoAuth("m2m", carto.api_base_url, "sandbox-given", number),
        lambda: CartoAuth.from_oauth(timeout=number),
    ):
        with pytest.raises(ConfigError, match=r"`(expiration|timeout)` (has to be a|is not a) number") as raised:
            call()
        assert raised.value.hint


@pytest.mark.parametrize("wrong", [None, 7, b"bytes"])
@pytest.mark.parametrize(
    ("call", "names"),
    [
        (CartoAuth.from_token, ["api_base_url", "access_token"]),
        (CartoAuth.from_m2m_token, ["api_base_url", "client_id", "client_secret"]),
        (CartoAuth.from_m2m, ["filepath"]),
        (CartoAuth, ["mode"]),
    ],
)
def test_what_cannot_be_left_out_is_told_by_its_name_at_once(carto, call, names, wrong):
    given = {"api_base_url": carto.api_base_url}
    given = {name: given.get(name, "sandbox-given") for name in names}
    for name in names:
        if name == "filepath" and isinstance(wrong, bytes):
            continue  # a path may be bytes
        with pytest.raises(TypeError, match=f"^`{name}` has to be .*, not `{'None' if wrong is None else 'int|bytes'}"):
            call(**given | {name: wrong})
    assert carto.requests() == []


def test_a_client_without_a_secret_is_told(carto):
    with pytest.raises(ValueError, match="`client_secret` is empty"):
        CartoAuth("m2m", carto.api_base_url, client_id="an-id")


@pytest.mark.parametrize("wrong", [1, "yes"])
def test_how_much_to_sign_out_of_is_told_by_its_name(carto, wrong):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    with pytest.raises(TypeError, match=f"^`all` has to be `True` or `False`, not `{type(wrong).__name__}`$"):
        auth.logout(all=wrong)
    assert auth.status().signed_in
    assert str(inspect.signature(CartoAuth.logout)) == "(self, /, *, all=False)"


def test_a_refused_token_that_is_no_text_is_told_by_its_name(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    with pytest.raises(ConfigError, match="`access_token` has half a character"):
        auth.invalidate("\ud800")
    with pytest.raises(TypeError, match="`access_token` has to be text"):
        auth.invalidate(3)


@pytest.mark.parametrize("mode", ["oauth", "m2m"])
def test_the_status_of_a_token_that_was_brought_along_is_its_own(carto, mode):
    client = {"client_id": carto.m2m[0], "client_secret": carto.m2m[1]} if mode == "m2m" else {}
    end = int(time.time()) + 3_600
    auth = CartoAuth(mode, carto.api_base_url, "sandbox-given", end, **client)
    for _ in range(2):
        status = auth.status()
        assert (status.signed_in, status.expires_at) == (True, end)
        assert 3_500 < status.time_left <= 3_601
        assert " left" in repr(auth)
        assert auth.get_access_token() == "sandbox-given"
    if mode == "m2m":
        auth.invalidate()
        auth.get_access_token()
        assert auth.status().expires_at > end


def test_a_jobs_token_alone_is_given_while_it_lives(carto):
    end = int(time.time()) + SHORT
    auth = CartoAuth("m2m", carto.api_base_url, "sandbox-theirs", end)
    assert (auth.get_access_token(), auth.get_api_base_url()) == ("sandbox-theirs", carto.api_base_url)
    assert auth.status().expires_at == end
    outlive_a_short_token()
    with pytest.raises(CredentialsError, match="has ended") as raised:
        auth.get_access_token()
    assert "CartoAuth.from_m2m" in raised.value.hint
    assert not auth.status().signed_in
    assert CartoAuth("m2m", carto.api_base_url, "sandbox-theirs").get_access_token() == "sandbox-theirs"
    assert carto.requests() == []


def test_half_a_client_is_no_client(carto):
    with pytest.raises(ValueError, match="`client_secret` is empty"):
        CartoAuth("m2m", carto.api_base_url, "sandbox-theirs", client_id="id")


@pytest.mark.parametrize("wrong", [True, False])
def test_true_is_no_number(carto, wrong):
    for name, call in (
        ("expiration", lambda: CartoAuth("m2m", carto.api_base_url, "sandbox-given", wrong)),
        ("timeout", lambda: CartoAuth.from_oauth(timeout=wrong)),
    ):
        with pytest.raises(TypeError, match=rf"^`{name}` has to be a number \(.*\), not `bool`$"):
            call()


@pytest.mark.parametrize("mode", ["oauth", "m2m"])
@pytest.mark.parametrize("never", [float("inf"), 1e300, sys.maxsize])
def test_a_token_that_ends_never_has_no_time_left(carto, mode, never):
    auth = CartoAuth(mode, carto.api_base_url, "sandbox-given", never)
    assert auth.get_access_token() == "sandbox-given"
    assert (auth.status().expires_at, auth.status().time_left) == (None, None)
    assert "no end is known" in repr(auth)


@pytest.mark.parametrize("long_ago", [float("-inf"), -1e300, 0])
def test_a_token_that_ended_before_there_was_time_is_one_that_has_ended(carto, long_ago):
    auth = CartoAuth("m2m", carto.api_base_url, "sandbox-given", long_ago)
    assert auth.status().expires_at == 0
    with pytest.raises(ConfigError, match="has ended"):
        auth.get_access_token()
