"""K09 to K16: many processes, keyrings, clocks, and 0.2.0 beside us."""

import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time

import pytest
from carto_auth import CartoAuth
from rows import kept, library, run_0_2_0, start, text_of, told
from secret_service import SecretService, missing
from world import AUDIENCE, SHORT, jwt, outlive_a_short_token

DAY = 86_400

# Half a minute of them; the library kills thousands (`make crash`).
ROUNDS = 40

# Each round makes a new handle and a new token, and writes it into the named file.
WRITE = """
import sys
from carto_auth import CartoAuth
while True:
    auth = CartoAuth.from_m2m(sys.argv[1], cache_filepath=sys.argv[2])
    auth.get_access_token()
    print("written", flush=True)
"""

TOKEN = """
import sys
from carto_auth import CartoAuth
print(CartoAuth.from_m2m(sys.argv[1], *sys.argv[2:]).get_access_token())
"""


def test_k09_who_reads_while_another_writes_finds_a_whole_file(carto, tmp_path):
    file, before = tmp_path / "token.json", tmp_path / "as-a-reader-has-it-open.json"
    carto.plan_token(expires_in=SHORT)
    CartoAuth.from_m2m(carto.credentials_file(), cache_filepath=file).get_access_token()
    os.link(file, before)
    whole = before.read_bytes()
    outlive_a_short_token()
    CartoAuth.from_m2m(carto.credentials_file(), cache_filepath=file).get_access_token()
    assert file.read_bytes() != whole
    assert before.read_bytes() == whole


def test_k09_writers_that_are_killed_leave_one_whole_document(carto, tmp_path):
    file, path = tmp_path / "token.json", carto.credentials_file()
    # It has ended as soon as it is there, so that each round writes a new one.
    carto.plan_token("sandbox-" + "x" * 3_000, expires_in=0, always=True)
    seen = set()
    for _ in range(ROUNDS):
        writers = [start(WRITE, path, file) for _ in range(2)]
        try:
            for writer in writers:
                assert writer.stdout.readline() == "written\n", writer.stderr.read()
            deadline = time.monotonic() + 0.05
            while time.monotonic() < deadline:
                document = json.loads(text_of(file))
                seen.add(file.stat().st_mtime_ns)
                assert len(document["access_token"]) == 3_008
        finally:
            for writer in writers:
                writer.send_signal(signal.SIGKILL)
                writer.communicate()
        assert len(json.loads(text_of(file))["access_token"]) == 3_008
    assert len(seen) > ROUNDS, "they wrote while it was read"


def test_k10_a_process_that_was_killed_holds_nobody_up(carto):
    path = carto.credentials_file()
    carto.plan("token", "hang")
    dead = start(TOKEN, path)
    carto.wait_for("token")
    dead.kill()
    dead.communicate()
    begun = time.monotonic()
    assert CartoAuth.from_m2m(path).get_access_token()
    assert time.monotonic() - begun < 20, "no deadline was waited for"


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="nothing can be stopped there")
def test_k10_a_process_that_is_stopped_keeps_nobody_from_a_token_that_lives(carto):
    path = carto.credentials_file()
    carto.plan_token("sandbox-living", expires_in=DAY)
    file = kept(carto, CartoAuth.from_m2m(path).get_access_token())
    entry = json.loads(text_of(file))
    # From another machine, and in its margin: it lives for 200 s, and whoever finds it renews it.
    entry |= {"issued_at": entry["issued_at"] - DAY + 200, "boot": None}
    file.write_text(json.dumps(entry), encoding="utf-8")
    carto.plan("token", "hang")
    stopped = start(TOKEN, path)
    try:
        deadline = time.monotonic() + 20
        while len(carto.requests("token")) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        stopped.send_signal(signal.SIGSTOP)
        assert carto.run(TOKEN, path).stdout.strip() == "sandbox-living"
    finally:
        stopped.kill()
        stopped.communicate()
    assert len(carto.requests("token")) == 2


def test_k11_of_processes_that_find_one_old_token_one_renews(carto):
    path = carto.credentials_file()
    carto.plan_token(expires_in=SHORT)
    CartoAuth.from_m2m(path).get_access_token()
    outlive_a_short_token()
    fresh = carto.plan_token()
    carto.plan("token", {"delay_ms": 400, "then": "none"}, always=True)
    processes = [start(TOKEN, path) for _ in range(6)]
    tokens = {process.communicate(timeout=30)[0].strip() for process in processes}
    assert len(tokens) == 1
    assert fresh
    assert len(carto.requests("token")) == 2


@pytest.fixture
def keyring(tmp_path_factory, monkeypatch):
    if program := missing():
        pytest.skip(f"left out: there is no {program} here")
    service = SecretService(tmp_path_factory.mktemp("keyring") / "session")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
    yield service
    service.end()


def renewals(carto):
    """How often a refresh token was sent."""
    return sum(request.form["grant_type"] == "refresh_token" for request in carto.requests("token"))


RENEW = """
from carto_auth import CartoAuth
auth = CartoAuth.from_oauth(interactive=False)
auth.invalidate(auth.get_access_token())
print(auth.get_access_token())
"""


@pytest.mark.parametrize("address", [None, "unix:path=/nowhere/bus", "nonsense", ";;;"])
def test_k13_without_a_keyring_the_refresh_token_rests_in_the_file(carto, monkeypatch, address):
    if address is not None:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    carto.browser()
    auth, warned = told(CartoAuth.from_oauth)
    assert auth.status().refresh_location.startswith("in the file, since ")
    assert warned == []
    assert carto.run(RENEW).stdout.strip()
    assert renewals(carto) == 1


def test_k13_a_keyring_that_is_gone_is_told_and_the_next_sign_in_rests_in_the_file(carto, keyring):
    carto.browser()
    auth = CartoAuth.from_oauth()
    assert auth.status().refresh_location == "in the system's keyring"
    keyring.end()
    result = carto.run(RENEW)
    assert "InteractionRequired" in result.stderr
    assert "the refresh token of this sign-in cannot be read, since " in result.stderr
    assert renewals(carto) == 0, "nothing that is not known is sent"


def test_k13_a_keyring_that_never_answers_costs_a_few_seconds(carto, monkeypatch, tmp_path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as bus:
        bus.bind(str(tmp_path / "bus"))
        bus.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'bus'}")
        carto.browser()
        begun = time.monotonic()
        auth = CartoAuth.from_oauth()
        assert "has not answered within 3 s" in auth.status().refresh_location
        assert time.monotonic() - begun < 20
        auth.invalidate(auth.get_access_token())
        assert auth.get_access_token()


CLOCK = """
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    const char *ahead = getenv("CLOCK_IS_AHEAD");
    if (clock == CLOCK_REALTIME && ahead) time->tv_sec += atol(ahead);
    return result;
}
"""


@pytest.fixture
def clock(carto):
    """Runs code while the clock on the wall is so many seconds ahead."""
    if sys.platform != "linux":
        pytest.skip("libraries are loaded in another way there")
    made = library(carto.folder, "clock", CLOCK)
    return lambda ahead, *arguments: carto.run(
        TOKEN, *arguments, LD_PRELOAD=made, CLOCK_IS_AHEAD=str(ahead)
    ).stdout.strip()


@pytest.mark.parametrize("ahead", [-DAY, DAY, -400 * DAY, 400 * DAY])
def test_k14_a_clock_that_is_set_gives_the_same_token_and_asks_no_more(carto, clock, ahead):
    path = carto.credentials_file()
    token = clock(0, path)
    assert token
    assert clock(ahead, path) == token
    assert clock(0, path) == token
    assert len(carto.requests("token")) == 1


def test_k14_a_clock_that_was_set_back_makes_no_token_good_for_ever(carto, clock):
    path = carto.credentials_file()
    ended = carto.plan_token(expires_in=SHORT)
    assert clock(0, path) == ended
    outlive_a_short_token()
    assert clock(-DAY, path) not in ("", ended)


@pytest.mark.parametrize("ahead", [600, -600])
def test_k15_a_token_of_a_machine_whose_clock_is_off_is_used_to_its_true_end(carto, clock, ahead):
    path = carto.credentials_file()
    living = clock(ahead, path)
    file = kept(carto, living)
    entry = json.loads(text_of(file))
    if "boot" in entry:
        entry["boot"]["id"] = "another machine"
        file.write_text(json.dumps(entry), encoding="utf-8")
    assert clock(0, path) == living
    file.unlink()
    ended = carto.plan_token(expires_in=SHORT)
    assert clock(ahead, path) == ended
    outlive_a_short_token()
    assert clock(0, path) not in ("", ended)


def test_k16_0_2_0_and_this_package_work_in_one_home_in_turn(carto):
    path = carto.credentials_file()
    old = run_0_2_0(TOKEN, path)
    theirs = carto.home / ".carto-auth" / "token_m2m.json"
    before = theirs.read_bytes()
    # Of the same client, and good for a day: what is there is used.
    assert carto.run(TOKEN, path).stdout.strip() == old
    auth = CartoAuth.from_m2m(path)
    auth.invalidate(old)
    new = auth.get_access_token()
    assert new != old
    assert theirs.read_bytes() == before, "it is 0.2.0's"
    assert run_0_2_0(TOKEN, path) == old
    assert CartoAuth.from_m2m(path).get_access_token() == new
    auth.logout()
    assert theirs.read_bytes() == before
    assert run_0_2_0(TOKEN, path) == old
    assert CartoAuth.from_m2m(path).get_access_token() != old, "what was signed out of does not come back"


def test_k16_0_2_0_and_this_package_work_in_one_home_at_once(carto):
    path, failures = carto.credentials_file(), []

    def work(run):
        for _ in range(6):
            try:
                if not run(TOKEN, path):
                    failures.append("no token")
            except Exception as error:
                failures.append(error)

    def ours(*arguments):
        done = carto.run(*arguments)
        if done.stderr:
            failures.append(done.stderr)
        return done.stdout.strip()

    # Of tokens that have ended as soon as they are there, each of both writes a file each time.
    now = int(time.time())
    ended = jwt(iss=f"{carto.url}/", azp=carto.m2m[0], aud=AUDIENCE, iat=now - 10, exp=now)
    carto.plan_token(ended, expires_in=0, always=True)
    # 0.2.0 cannot bear a second of itself, which finds half of its file.
    threads = [threading.Thread(target=work, args=(run,)) for run in (ours, run_0_2_0, ours)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for file in (carto.home / ".carto-auth").glob("*.json"):
        assert json.loads(text_of(file))["access_token"] == ended
    assert not list((carto.home / ".carto-auth").glob("*corrupt*"))
