"""The interface of 0.2.0, all of it, and what was added beside it."""

import copy
import inspect
import os
import pickle
import subprocess
import sys
import time
from unittest import mock

import carto_auth
import pytest
from carto_auth import CartoAuth, CredentialsError


def parameters(call):
    """The names of the parameters with their defaults, in order, without those that must be named."""
    described = inspect.signature(call).parameters.values()
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [(one.name, one.default) for one in described if one.kind in kinds]


def test_the_documented_signatures_are_those_of_0_2_0():
    empty = inspect.Parameter.empty
    assert parameters(CartoAuth.from_oauth) == [
        ("cache_filepath", None),
        ("use_cache", True),
        ("open_browser", True),
        ("api_base_url", None),
        ("org", None),
    ]
    assert parameters(CartoAuth.from_m2m) == [("filepath", empty), ("cache_filepath", None), ("use_cache", True)]
    assert parameters(CartoAuth) == [
        ("mode", empty),
        ("api_base_url", None),
        ("access_token", None),
        ("expiration", None),
        ("client_id", None),
        ("client_secret", None),
        ("cache_filepath", None),
        ("use_cache", True),
        ("open_browser", True),
        ("org", None),
    ]


def test_what_is_given_is_text_and_a_tuple_and_nothing_derived_from_them(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    assert type(auth.get_access_token()) is str
    assert type(auth.get_api_base_url()) is str
    credentials = auth.get_carto_dw_credentials()
    assert type(credentials) is tuple
    assert [type(part) for part in credentials] == [str, str]


def test_the_old_import_paths_lead_to_the_same_classes():
    from carto_auth.auth import CartoAuth as of_auth
    from carto_auth.errors import CredentialsError as of_errors

    assert of_auth is CartoAuth
    assert of_errors is CredentialsError
    assert carto_auth.__version__.split(".")[0] == "1"


@pytest.mark.parametrize("make", [str, lambda path: path, os.path.relpath])
def test_a_path_may_be_text_or_an_object(carto, make):
    path = carto.credentials_file()
    assert CartoAuth.from_m2m(make(path), cache_filepath=make(carto.folder / "t.json")).get_access_token()
    assert (carto.folder / "t.json").exists()


def test_what_is_true_or_false_need_not_be_a_bool(carto):
    assert CartoAuth.from_m2m(carto.credentials_file(), None, 0).get_access_token()
    assert CartoAuth("oauth", carto.api_base_url, "sandbox-theirs", use_cache=None, open_browser=1).get_access_token()
    assert not (carto.home / ".carto-auth").exists()


def test_a_missing_key_is_an_attribute_error_and_an_empty_one_a_value_error(carto):
    missing, empty = carto.credentials_file("a.json", client_id=None), carto.credentials_file("b.json", client_id="")
    with pytest.raises(AttributeError, match="Missing attribute client_id from") as raised:
        CartoAuth.from_m2m(missing)
    assert isinstance(raised.value, CredentialsError)
    with pytest.raises(ValueError, match="Missing value for client_id in") as raised:
        CartoAuth.from_m2m(empty)
    assert isinstance(raised.value, CredentialsError)


def test_a_file_that_cannot_be_read_is_an_os_error(carto):
    with pytest.raises(OSError, match="cannot be read") as raised:
        CartoAuth.from_m2m(carto.folder)
    assert isinstance(raised.value, carto_auth.ConfigError)
    assert "folder" in str(raised.value.__cause__)


def test_the_constructor_takes_a_token_that_was_won_elsewhere(carto, tmp_path):
    auth = CartoAuth("oauth", carto.api_base_url, "sandbox-theirs", 4_000_000_000, None, None, tmp_path / "t.json")
    assert auth.get_access_token() == "sandbox-theirs"
    assert auth.get_api_base_url() == carto.api_base_url
    assert not (tmp_path / "t.json").exists()


def test_the_constructor_signs_a_job_in(carto):
    client_id, client_secret = carto.m2m
    auth = CartoAuth("m2m", carto.api_base_url, client_id=client_id, client_secret=client_secret, use_cache=False)
    assert auth.get_access_token()
    assert not (carto.home / ".carto-auth").exists()


def test_a_client_may_come_from_elsewhere_than_a_file(carto):
    auth = CartoAuth.from_m2m_token(carto.api_base_url, *carto.m2m)
    assert auth.get_access_token()
    for missing in ((carto.api_base_url, "", "s"), (carto.api_base_url, "i", ""), ("", "i", "s")):
        with pytest.raises(ValueError, match="is empty"):
            CartoAuth.from_m2m_token(*missing)


def test_what_is_set_is_taken(carto, monkeypatch):
    carto.become_a_job()
    assert CartoAuth.from_env().status().kind == "m2m"
    for name in carto.job_variables:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CARTO_API_TOKEN", "sandbox-given")
    assert CartoAuth.from_env().get_access_token() == "sandbox-given"


class Labelled(CartoAuth):
    """A class of a user of 0.2.0."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.label = "mine"


class Regional(CartoAuth):
    """One with arguments of its own."""

    def __init__(self, region, client_id, client_secret):
        super().__init__("m2m", region, client_id=client_id, client_secret=client_secret)
        self.region = region


def test_a_subclass_adds_to_the_constructor_what_it_likes(carto):
    for auth in (
        Labelled("m2m", carto.api_base_url, None, None, *carto.m2m),
        Labelled.from_m2m(carto.credentials_file()),
        Labelled.from_token(carto.api_base_url, "sandbox-given"),
    ):
        assert type(auth) is Labelled
        assert auth.label == "mine"
        assert auth.get_access_token()
    regional = Regional(carto.api_base_url, *carto.m2m)
    assert regional.region == regional.get_api_base_url()


class Strict(CartoAuth):
    """One that names what 0.2.0 handed on, and has no defaults."""

    def __init__(self, mode, api_base_url, access_token, expiration, *, cache_filepath, use_cache, **others):
        super().__init__(mode, api_base_url, access_token, expiration, **others)
        self.given = (mode, api_base_url, access_token, expiration, sorted(others))


def test_a_subclass_gets_what_0_2_0_handed_on(carto):
    job = ["client_id", "client_secret"]
    auth = Strict.from_m2m(carto.credentials_file())
    token, end = auth.get_access_token(), auth.status().expires_at
    assert auth.given == ("m2m", carto.api_base_url, token, end, job)
    assert Strict.from_m2m_token(carto.api_base_url, *carto.m2m).given == ("m2m", carto.api_base_url, token, end, job)
    auth = Strict.from_token(carto.api_base_url, "sandbox-given")
    assert auth.given == ("m2m", carto.api_base_url, "sandbox-given", None, job)
    carto.browser()
    auth = Strict.from_oauth()
    person = ("oauth", carto.api_base_url, auth.get_access_token(), auth.status().expires_at, ["open_browser", "org"])
    assert auth.given == person
    carto.become_a_job()
    assert Strict.from_env().given[1:3] == (carto.api_base_url, None)


def test_a_subclass_that_forgets_the_constructor_is_told_so():
    class Forgetful(CartoAuth):
        def __init__(self):
            pass

    with pytest.raises(RuntimeError, match=r"super\(\).__init__"):
        Forgetful().get_access_token()


def test_an_instance_takes_attributes_and_mocks_and_its_pickle_the_former(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    auth.label = "mine"
    with mock.patch.object(auth, "get_access_token", return_value="mocked"):
        assert auth.get_access_token() == "mocked"
    assert auth.get_access_token() != "mocked"
    assert pickle.loads(pickle.dumps(auth)).label == "mine"


def test_a_token_is_used_as_it_is(carto):
    auth = CartoAuth.from_token(carto.api_base_url, "sandbox-given")
    assert (auth.get_access_token(), auth.get_api_base_url()) == ("sandbox-given", carto.api_base_url)
    assert auth.status().kind == "token"
    assert carto.requests() == []


def test_every_option_of_the_library_has_its_word(carto):
    carto.browser()
    place = {name: carto.variables[f"CARTO_{variable}"] for name, variable in PLACES.items()}
    auth = CartoAuth.from_oauth(timeout=20, environment=place, scopes=["read:maps"], offline_access=False)
    assert carto.requests("authorize")[-1].query["scope"] == "read:maps"
    assert auth.status().email == "ada@example.com"
    for wrong in (
        {"timeout": 0.2},
        {"store": "disk"},
        {"store": "redis://:canary@127.0.0.1/0"},
        {"keyring": "on"},
        {"timeout": float("nan")},
        {"profile": "none"},
        {"environment": {"host": "x"}},
        {"way": "x"},
    ):
        with pytest.raises(carto_auth.ConfigError):
            CartoAuth.from_oauth(**wrong)


def test_a_base_url_that_is_given_wins_over_the_one_in_the_file(carto):
    other = carto.api_base_url.replace("127.0.0.1", "localhost")
    assert CartoAuth.from_m2m(carto.credentials_file(), api_base_url=other).get_api_base_url() == other


def test_signing_out_forgets_the_token(carto):
    carto.browser()
    auth = CartoAuth.from_oauth()
    auth.logout()
    assert not auth.status().signed_in
    with pytest.raises(carto_auth.InteractionRequired):
        CartoAuth.from_oauth(interactive=False)


def test_signing_out_of_everything_forgets_the_person_and_the_job(carto):
    carto.browser()
    person, job = CartoAuth.from_oauth(), CartoAuth.from_m2m(carto.credentials_file())
    job.get_access_token()
    job.logout(all=True)
    assert not person.status().signed_in
    assert list((carto.home / ".carto-auth").glob("*.json")) == []


def test_what_carto_still_gives_is_told(carto):
    token = {"access_token": "sandbox-job", "token_type": "Bearer", "expires_in": 3600}
    quota = {"auth0-client-quota-limit": "b=per_hour;q=100;r=4;t=1740"}
    carto.plan("token", status=200, body=token, headers=quota)
    with pytest.warns(carto_auth.CartoAuthWarning, match="4 of 100 token requests left this hour"):
        CartoAuth.from_m2m(carto.credentials_file())
    [client] = CartoAuth.from_m2m(carto.credentials_file()).status().quota
    assert (client.of, client.period, client.remaining, client.limit) == ("client", "hour", 4, 100)
    assert 0 < client.resets_at - time.time() <= 1740
    assert pickle.loads(pickle.dumps(client)) == client
    assert repr(client) == "<Allowance of client by hour: 4 of 100 left>"


def test_signing_out_of_a_token_that_was_given_is_told_to_change_nothing(carto):
    auth = CartoAuth.from_token(carto.api_base_url, "sandbox-given")
    with pytest.warns(carto_auth.CartoAuthWarning, match="nothing to sign out of") as caught:
        auth.logout()
    assert caught[0].filename == __file__
    assert auth.get_access_token() == "sandbox-given"


def test_a_copy_of_a_sign_in_is_the_sign_in(carto):
    auth = CartoAuth.from_token(carto.api_base_url, "sandbox-given")
    assert copy.copy(auth) is auth
    assert copy.deepcopy({"auth": auth})["auth"] is auth


def test_a_status_goes_to_another_process_as_plain_values(carto):
    status = CartoAuth.from_m2m(carto.credentials_file()).status()
    again = pickle.loads(pickle.dumps(status))
    names = [name for name in dir(type(status)) if not name.startswith("_")]
    assert {name: getattr(again, name) for name in names} == {name: getattr(status, name) for name in names}
    assert again.api_base_url == carto.api_base_url


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_values_of_one_kind_are_compared_by_what_they_hold(protocol):
    allowance = carto_auth.Allowance("client", "hour", 4, 100, 1_800_000_000)
    told = {"kind": "m2m", "profile": "default", "signed_in": True, "warnings": ["one"]}
    status = carto_auth.Status(**told, quota=[allowance])
    for value in (allowance, status):
        again = pickle.loads(pickle.dumps(value, protocol))
        assert (again, copy.copy(value), copy.deepcopy(value)) == (value, value, value)
        assert {again, value} == {value}
    assert status == carto_auth.Status(**told, quota=[allowance])
    assert status != carto_auth.Status(**told)
    assert len({allowance, carto_auth.Allowance("client", "day", 4)}) == 2


def test_a_token_that_was_refused_is_not_given_again(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    refused = auth.get_access_token()
    auth.invalidate(refused)
    renewed = auth.get_access_token()
    assert renewed != refused
    auth.invalidate(refused)
    assert auth.get_access_token() == renewed
    auth.invalidate()
    assert auth.get_access_token() != renewed


def test_an_api_that_accepts_no_token_costs_one_more_and_not_one_each_time(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    others = []
    for _ in range(4):
        refused = auth.get_access_token()
        auth.invalidate(refused)
        others.append(auth.get_access_token() != refused)
    assert others == [True, False, False, False]
    assert len(carto.requests("token")) == 2
    assert "30 seconds" in CartoAuth.invalidate.__doc__


@pytest.mark.parametrize(
    "name", ["utils.load_cache_file", "utils.get_m2m_token_info", "pkce.CartoPKCE", "pkce.AUDIENCE"]
)
def test_what_0_2_0_had_elsewhere_is_refused_with_the_name_of_what_replaces_it(name):
    module, attribute = name.split(".")
    with pytest.raises(ImportError, match=rf"`carto_auth\.{module}\.{attribute}`.* takes its place is .*`"):
        exec(f"from carto_auth.{module} import {attribute}")
    found = getattr(carto_auth, module)
    assert not hasattr(found, attribute)
    assert not hasattr(found, "never_there")
    with pytest.raises(AttributeError, match="takes its place"):
        getattr(found, attribute)
    with pytest.raises(ImportError, match="takes its place") as raised:
        exec(f"from carto_auth.{module} import *")
    assert [name for name in found._REPLACED if f"`{name}`: {found._REPLACED[name]}" not in str(raised.value)] == []


@pytest.mark.parametrize(
    ("name", "instead"), [("_access_token", "get_access_token"), ("_expiration", "status"), ("_client_id", "gave")]
)
def test_what_0_2_0_kept_on_its_instances_is_refused_with_what_replaces_it_and_may_be_set(carto, name, instead):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    with pytest.raises(AttributeError, match=f"`CartoAuth` has no `{name}` any more; .* is .*{instead}"):
        getattr(auth, name)
    assert not hasattr(auth, name)
    setattr(auth, name, "a subclass's own")
    assert getattr(auth, name) == "a subclass's own"
    with pytest.raises(AttributeError, match="no attribute '_never_there'"):
        auth._never_there  # noqa: B018


def test_the_modules_of_0_2_0_come_with_the_package():
    code = "import carto_auth; print(carto_auth.utils.__name__, carto_auth.pkce.__name__)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert ended.stdout == "carto_auth.utils carto_auth.pkce\n"


def test_a_sandbox_in_the_background_is_not_misled_by_a_file_of_the_packages_name(carto):
    (carto.folder / "carto_auth.py").write_text("open('misled', 'w')")
    command = [sys.executable, "-P", "-m", "carto_auth", "sandbox", "--directory", str(carto.folder / "other")]
    started = {"cwd": carto.folder, "capture_output": True, "text": True, "timeout": 20}
    assert subprocess.run([*command, "--background"], **started).returncode == 0
    assert subprocess.run([*command, "--stop"], **started).returncode == 0
    assert not (carto.folder / "misled").exists()


def test_the_command_comes_with_the_package(carto):
    for command in (
        [os.path.join(os.path.dirname(sys.executable), "carto-auth")],
        [sys.executable, "-m", "carto_auth"],
    ):
        ended = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=20)
        assert (ended.returncode, ended.stdout) == (0, f"carto-auth {carto_auth.__version__}\n")
    CartoAuth.from_m2m(carto.credentials_file())
    ended = subprocess.run(
        [*command, "token", "--m2m", carto.credentials_file()], capture_output=True, text=True, timeout=20
    )
    assert ended.stdout == CartoAuth.from_m2m(carto.credentials_file()).get_access_token() + "\n"


PLACES = {
    "auth_url": "AUTH_URL",
    "client_id": "AUTH_CLIENT_ID",
    "redirect_uri": "AUTH_REDIRECT_URI",
    "paste_redirect_uri": "AUTH_PASTE_REDIRECT_URI",
    "accounts_url": "ACCOUNTS_URL",
}
