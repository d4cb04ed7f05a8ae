"""Threads, forks and pickles: one sign-in for all of them, and no secret on the way."""

import errno
import multiprocessing
import os
import pickle
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import pytest
from carto_auth import CartoAuth, ConfigError, CredentialsError, InteractionRequired
from world import ADA, GRACE, jwt

USES = (
    CartoAuth.get_access_token,
    CartoAuth.get_api_base_url,
    CartoAuth.get_carto_dw_credentials,
    CartoAuth.status,
    CartoAuth.requests_auth,
)


def test_threads_that_need_a_token_cause_one_request(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    auth.invalidate()
    with ThreadPoolExecutor(16) as threads:
        tokens = set(threads.map(lambda _: auth.get_access_token(), range(64)))
    assert len(tokens) == 1
    assert len(carto.requests("token")) == 2


def test_other_threads_run_while_a_call_waits(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    auth.invalidate()
    carto.plan("token", {"delay_ms": 1_000, "then": "none"})
    ticks = 0
    waiting = threading.Thread(target=auth.get_access_token)
    waiting.start()
    while waiting.is_alive():
        time.sleep(0.01)
        ticks += 1
    assert ticks > 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.timeout(180)
def test_two_hundred_children_of_a_busy_parent_all_answer(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    busy = threading.Event()

    def work():
        while not busy.is_set():
            auth.invalidate()
            auth.get_access_token()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        answers = [child(auth) for _ in range(200)]
    finally:
        busy.set()
    for thread in threads:
        thread.join(20)
    assert answers.count(0) == 200, answers


def child(auth):
    """Forks a child that asks for another token and for the warehouse; its exit code, or what ended it."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            refused = auth.get_access_token()
            auth.invalidate(refused)
            code = 0 if auth.get_access_token() != refused and auth.get_carto_dw_credentials() else 2
        finally:
            os._exit(code)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(process, 9)
    os.waitpid(process, 0)
    return "hung"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_of_the_middle_of_a_renewal_keeps_no_lock_open(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    auth.invalidate()
    before = len(carto.requests("token"))
    carto.plan("token", {"delay_ms": 1_500, "then": "none"})
    renewing = threading.Thread(target=auth.get_access_token)
    renewing.start()
    # Its request is under way, so that the file of the lock is not one that was opened this very moment.
    while len(carto.requests("token")) == before:
        time.sleep(0.01)
    held = _locks_that_are_open()
    assert held
    child = os.fork()
    if child == 0:
        os._exit(len(_locks_that_are_open()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert _locks_that_are_open() == held, "it is the parent's still"
    renewing.join()


def _locks_that_are_open():
    names = []
    for file in Path("/proc/self/fd").iterdir():
        try:
            names.append(str(file.readlink()))
        except OSError:
            continue
    return [name for name in names if name.endswith(".lock")]


def test_a_pickle_carries_where_the_credentials_come_from_and_no_secret(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    pickled = pickle.dumps(auth)
    for secret in (auth.get_access_token(), carto.m2m[1], *auth.get_access_token().split(".")):
        assert secret.encode() not in pickled
    again = pickle.loads(pickled)
    assert type(again) is CartoAuth
    assert again.get_access_token() == auth.get_access_token()
    assert len(carto.requests("token")) == 1


def test_a_pickle_of_a_relative_path_is_opened_from_anywhere(carto, monkeypatch, tmp_path):
    name = carto.credentials_file().name
    monkeypatch.chdir(carto.folder)
    pickled = pickle.dumps(CartoAuth.from_m2m(name))
    monkeypatch.chdir(tmp_path)
    assert pickle.loads(pickled).get_access_token()


@pytest.mark.parametrize("as_given", [str, os.fsencode, Path])
def test_a_change_of_the_folder_after_the_opening_changes_nothing(carto, monkeypatch, tmp_path, as_given):
    name = carto.credentials_file().name
    monkeypatch.chdir(carto.folder)
    auth = CartoAuth.from_m2m(as_given(name), as_given("token.json"))
    monkeypatch.chdir(tmp_path)
    auth.invalidate()
    token = auth.get_access_token()
    assert pickle.loads(pickle.dumps(auth)).get_access_token() == token
    assert token in (carto.folder / "token.json").read_text()
    assert not list(tmp_path.iterdir())


def test_a_tilde_is_the_home_folder_in_a_pickle_as_well(carto, monkeypatch, tmp_path):
    carto.credentials_file().rename(carto.home / "carto.json")
    auth = CartoAuth.from_m2m("~/carto.json", "~/token.json")
    pickled = pickle.dumps(auth)
    monkeypatch.chdir(tmp_path)
    assert pickle.loads(pickled).get_access_token() == auth.get_access_token()
    assert (carto.home / "token.json").exists()


def test_a_credentials_file_that_is_gone_at_a_renewal_was_read_already(carto, caplog):
    path = carto.credentials_file()
    auth = CartoAuth.from_m2m(path)
    path.unlink()
    for _ in range(2):
        refused = auth.get_access_token()
        auth.invalidate()
        assert auth.get_access_token() != refused
    assert [record.message.startswith(GONE) for record in caplog.records].count(True) == 1
    path.write_text("{")
    auth.invalidate()
    with pytest.raises(ConfigError, match="carto_credentials"):
        auth.get_access_token()


GONE = "the credentials file is gone; what was read from it last is used further"


def test_a_change_of_the_folder_moves_no_cache_that_a_variable_names(carto, monkeypatch, tmp_path):
    monkeypatch.chdir(carto.folder)
    monkeypatch.setenv("CARTO_AUTH_CACHE_DIR", "tokens")
    carto.become_a_job()
    auth = CartoAuth.from_env()
    monkeypatch.chdir(tmp_path)
    auth.get_access_token()
    assert Path(auth.status().location).parent == carto.folder / "tokens"
    assert list((carto.folder / "tokens").glob("*.json"))
    assert not list(tmp_path.iterdir())


def test_a_pickle_carries_the_arguments_as_they_were(carto):
    place = {"auth_url": carto.variables["CARTO_AUTH_URL"]}
    auth = CartoAuth.from_m2m(carto.credentials_file(), environment=place)
    place["auth_url"] = "https://elsewhere.example"
    assert pickle.loads(pickle.dumps(auth)).get_access_token() == auth.get_access_token()


@pytest.mark.parametrize(
    "store",
    [
        "redis://fleet:canary@127.0.0.1:1/2",
        "unix:///run/redis.sock?db=2&pass=canary",
        "unix:///r?user=canary",
        "unix:///r?db=0&%70ass=canary",
        "unix:///r?db=0&us%65%72=canary",
        "unix:///r?db=0&pa\nss=canary",
    ],
)
def test_the_password_of_a_store_is_not_pickled(carto, store):
    carto.become_a_job()
    with pytest.raises(pickle.PicklingError, match="password") as raised:
        pickle.dumps(CartoAuth.from_env(store=store))
    assert "canary" not in str(raised.value)


class Slotted(CartoAuth):
    __slots__ = ("mark",)


def test_what_a_subclass_keeps_in_slots_goes_along(carto):
    auth = Slotted.from_m2m(carto.credentials_file())
    auth.mark, auth.name = "slot", "dict"
    again = pickle.loads(pickle.dumps(auth))
    assert (again.mark, again.name) == ("slot", "dict")
    assert again.get_access_token() == auth.get_access_token()
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(Slotted.__new__(Slotted))


def test_a_pickle_needs_no_class_of_the_callers_own(carto):
    place = {"auth_url": carto.variables["CARTO_AUTH_URL"], "api_hosts": ["api.example.com"]}
    auth = CartoAuth.from_m2m(carto.credentials_file(), environment=MappingProxyType(place))
    assert pickle.loads(pickle.dumps(auth)).get_access_token() == auth.get_access_token()


def test_credentials_that_are_nowhere_else_are_not_pickled(carto):
    for auth in (
        CartoAuth.from_m2m_token(carto.api_base_url, *carto.m2m),
        CartoAuth.from_token(carto.api_base_url, "sandbox-given"),
        CartoAuth("oauth", carto.api_base_url, access_token="sandbox-given"),
    ):
        with pytest.raises(pickle.PicklingError, match="only in this process") as raised:
            pickle.dumps(auth)
        assert "CartoAuth.from_env()" in raised.value.__notes__[0]


def test_a_restored_handle_of_another_client_is_refused(carto):
    path = carto.credentials_file()
    pickled = pickle.dumps(CartoAuth.from_m2m(path))
    carto.credentials_file(client_id="sandbox-another")
    restored = pickle.loads(pickled)
    for use in USES:
        with pytest.raises(ConfigError, match="of another client: `sandbox-another` instead of") as raised:
            use(restored)
        assert raised.value.hint


def test_a_restored_handle_whose_file_is_missing_says_so_when_it_is_used(carto):
    path = carto.credentials_file()
    pickled = pickle.dumps(CartoAuth.from_m2m(path))
    path.rename(carto.folder / "elsewhere.json")
    restored = pickle.loads(pickled)
    for use in USES:
        with pytest.raises(FileNotFoundError) as raised:
            use(restored)
        assert isinstance(raised.value, CredentialsError)
        assert raised.value.hint
    assert "carto_credentials.json" in repr(restored)
    assert restored._repr_html_() is None
    # It may be on its way to a machine that has the file.
    again = pickle.loads(pickle.dumps(restored))
    (carto.folder / "elsewhere.json").rename(path)
    assert again.get_access_token()
    assert restored.get_access_token()


@pytest.mark.skipif(sys.platform == "win32", reason="its processes take too long to begin")
def test_a_pool_whose_workers_lack_the_credentials_says_so_and_does_not_hang(carto):
    path = carto.credentials_file()
    auth = CartoAuth.from_m2m(path, use_cache=False)
    path.unlink()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        waiting = pool.apply_async(CartoAuth.get_access_token, (auth,))
        with pytest.raises(FileNotFoundError) as raised:
            waiting.get(timeout=20)
    error = raised.value
    assert isinstance(error, CredentialsError)
    assert (error.errno, error.filename) == (errno.ENOENT, str(path))
    assert error.hint in "".join(traceback.format_exception(error))


def signed_in(carto, email):
    """The handle of a person who sits at this machine's browser."""
    carto.browser(email=email)
    return CartoAuth.from_oauth()


def test_a_restored_handle_of_another_person_gives_nothing(carto):
    auth = signed_in(carto, ADA)
    pickled = pickle.dumps(auth)
    auth.logout()
    signed_in(carto, GRACE)
    restored = pickle.loads(pickled)
    for use in USES:
        with pytest.raises(ConfigError, match="of another account"):
            use(restored)


@pytest.mark.parametrize("named_by", ["sub", "http://app.carto.com/email"])
def test_a_restored_handle_of_another_person_of_the_account_gives_nothing(carto, named_by):
    account = {"http://app.carto.com/account_id": "ac_shared", "exp": int(time.time()) + 3600}
    for person in ("ada", "grace"):
        carto.plan_token(jwt(**account, **{named_by: person}))
    auth = signed_in(carto, ADA)
    pickled = pickle.dumps(auth)
    auth.logout()
    signed_in(carto, GRACE)
    restored = pickle.loads(pickled)
    for use in (CartoAuth.get_access_token, CartoAuth.get_carto_dw_credentials, CartoAuth.status):
        with pytest.raises(ConfigError, match="of another person: `grace` instead of `ada`"):
            use(restored)


def test_a_restored_handle_is_refused_where_the_variables_hold_another_persons_token(carto, monkeypatch):
    account = {"http://app.carto.com/account_id": "ac_shared"}
    monkeypatch.setenv("CARTO_API_BASE_URL", carto.api_base_url)
    monkeypatch.setenv("CARTO_API_TOKEN", jwt(**account, sub="ada"))
    pickled = pickle.dumps(CartoAuth.from_env())
    monkeypatch.setenv("CARTO_API_TOKEN", jwt(**account, sub="grace"))
    restored = pickle.loads(pickled)
    for use in (*USES, CartoAuth.logout, CartoAuth.invalidate):
        with pytest.raises(ConfigError, match="of another person"):
            use(restored)


@pytest.mark.parametrize("use", [CartoAuth.logout, CartoAuth.invalidate])
def test_a_restored_handle_signs_nobody_else_out(carto, use):
    auth = signed_in(carto, ADA)
    pickled = pickle.dumps(auth)
    auth.logout()
    graces = signed_in(carto, GRACE)
    token, before = graces.get_access_token(), len(carto.requests())
    with pytest.raises(ConfigError, match="of another account"):
        use(pickle.loads(pickled))
    assert len(carto.requests()) == before
    assert CartoAuth.from_env().get_access_token() == token


def test_a_pickle_of_a_restored_handle_is_still_the_first_persons(carto):
    auth = signed_in(carto, ADA)
    pickled = pickle.dumps(auth)
    auth.logout()
    signed_in(carto, GRACE)
    with pytest.raises(ConfigError, match="of another account"):
        pickle.loads(pickle.dumps(pickle.loads(pickled))).get_access_token()


def test_a_pickle_of_a_sign_in_that_has_ended_is_not_another_persons(carto):
    carto.plan_token(carto.issue(ADA), expires_in=2)
    auth = signed_in(carto, ADA)
    time.sleep(2.3)
    pickled = pickle.dumps(auth)
    signed_in(carto, GRACE)
    with pytest.raises(ConfigError, match="of another account"):
        pickle.loads(pickled).get_access_token()


def test_a_restored_handle_of_another_person_gives_no_key_of_theirs_after_a_401(carto):
    auth = signed_in(carto, ADA)
    restored = pickle.loads(pickle.dumps(auth))
    restored.get_access_token()
    auth.logout()
    signed_in(carto, GRACE)
    carto.plan("warehouse_token", status=401, body={"error": "Invalid token", "status": 401})
    with pytest.raises(ConfigError, match="of another account"):
        restored.get_carto_dw_credentials()


def test_a_token_that_was_refused_is_not_taken_from_the_cache(carto):
    refused = CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    restored = pickle.loads(pickle.dumps(CartoAuth.from_m2m(carto.credentials_file())))
    restored.invalidate(refused)
    assert restored.get_access_token() != refused


def test_a_restored_handle_never_asks_anybody(carto):
    carto.browser()
    auth = CartoAuth.from_oauth()
    pickled = pickle.dumps(auth)
    auth.logout()
    before = len(carto.pages())
    with pytest.raises(InteractionRequired):
        pickle.loads(pickled).get_access_token()
    assert len(carto.pages()) == before


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
@pytest.mark.skipif(sys.platform == "win32", reason="only one of them is there")
def test_a_pool_of_processes_shares_one_token(carto, method):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    with multiprocessing.get_context(method).Pool(2) as pool:
        tokens = pool.map(CartoAuth.get_access_token, [auth] * 4)
    assert set(tokens) == {auth.get_access_token()}
    assert len(carto.requests("token")) == 1
