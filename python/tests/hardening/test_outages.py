"""T16, T18, T26, T29: a server that is away, what may be sent twice, and programs that end or fork meanwhile."""

import os
import threading

import pytest
from carto_auth import CartoAuth, CredentialsError
from kept import keep


def test_t16_a_server_that_is_always_out_of_order_is_the_networks_fault_and_asked_a_few_times(carto):
    words = {"error": "access_denied", "error_description": "Too many requests"}
    carto.plan("token", status=500, body=words, always=True)
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    assert isinstance(caught.value, ConnectionError)
    assert 2 <= len(carto.requests("token")) <= 4


@pytest.mark.parametrize("url", ["closed", "https://no-such-host.invalid"])
def test_t16_a_server_that_cannot_be_reached_is_the_networks_fault(carto, monkeypatch, url):
    path = carto.credentials_file()
    if url == "closed":
        carto.stop()
    else:
        path = carto.credentials_file(client_secret="a-secret")
        monkeypatch.setenv("CARTO_AUTH_URL", url)
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_m2m(path).get_access_token()
    assert isinstance(caught.value, ConnectionError)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("fault", [{"status": 500}, "reset", {"raw": "no HTTP"}])
def test_t16_while_the_old_token_lives_it_is_served(carto, fault):
    old = keep(carto, seconds_left=100)
    carto.plan("token", fault, always=True)
    auth = CartoAuth.from_m2m(carto.credentials_file())
    assert [auth.get_access_token() for _ in range(3)] == [old] * 3


@pytest.mark.parametrize("fault", [{"status": 503}, "lose_answer", "reset"])
def test_t18_a_code_is_sent_once_whatever_happens_and_a_new_sign_in_works(carto, fault):
    carto.browser()
    carto.plan("token", fault)
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_oauth()
    assert isinstance(caught.value, ConnectionError)
    assert len(carto.requests("token")) == 1
    assert CartoAuth.from_oauth().get_access_token()
    first, second = (request.form["code"] for request in carto.requests("token"))
    assert first != second


def test_t26_two_hundred_threads_in_an_outage_are_served_with_few_requests(carto):
    old = keep(carto, seconds_left=200)
    carto.plan("token", status=503, headers={"retry-after": "31"}, always=True)
    auth = CartoAuth.from_m2m(carto.credentials_file())
    given = []
    threads = [threading.Thread(target=lambda: given.append(auth.get_access_token())) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert given == [old] * 200
    assert len(carto.requests("token")) <= 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_t29_a_fork_right_after_a_renewal_began_blocks_nobody(carto):
    carto.plan("token", {"delay_ms": 1_000}, always=True)
    code = """
import os, sys, threading, time
from carto_auth import CartoAuth
def ask():
    return CartoAuth.from_m2m(sys.argv[1]).get_access_token()
renews = threading.Thread(target=ask)
renews.start()
time.sleep(0.4)
child = os.fork()
token = ask()
if child == 0:
    os._exit(0 if token else 1)
renews.join()
print("child", os.waitpid(child, 0)[1], "parent", bool(token))
"""
    ended = carto.run(code, carto.credentials_file(), timeout=30)
    assert (ended.stdout, ended.returncode) == ("child 0 parent True\n", 0), ended.stderr


@pytest.mark.parametrize("daemon", [True, False])
def test_t29_a_program_that_ends_during_a_renewal_ends(carto, daemon):
    carto.plan("token", {"delay_ms": 1_500}, always=True)
    code = f"""
import sys, threading, time
from carto_auth import CartoAuth
auth = threading.Thread(target=lambda: CartoAuth.from_m2m(sys.argv[1]).get_access_token(), daemon={daemon})
auth.start()
time.sleep(0.5)
print("done")
"""
    ended = carto.run(code, carto.credentials_file(), timeout=30)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("done\n", "", 0)
