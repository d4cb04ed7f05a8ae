"""L18 to L32: how a sign-in ends, what comes after it, and what keeps it from beginning."""

import os
import signal
import socket
import stat
import subprocess
import sys

import pytest
from waiting import AT_A_BROWSER, waiting


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_l18_a_callback_after_the_end_finds_nobody(carto):
    with waiting(carto) as sign_in:
        early = sign_in.connect()
        sign_in.person_signs_in()
        assert not listens(sign_in.port)
        early.close()


@pytest.mark.parametrize("own", ["127.0.0.1", "::1"])
def test_l23_a_port_that_another_program_holds_is_left_to_it(carto, own):
    carto.browser()
    family = socket.AF_INET6 if ":" in own else socket.AF_INET
    with socket.create_server((own, 0), family=family) as server:
        port = server.getsockname()[1]
        result = carto.run(AT_A_BROWSER, CARTO_AUTH_REDIRECT_URI=f"http://localhost:{port}/callback/")
    assert "that was a CredentialsError" in result.stdout
    assert f"port {port} is taken by" in result.stdout
    assert f"process {os.getpid()}" in result.stdout
    assert "hint: " in result.stdout


def test_l24_another_sign_in_of_the_same_person_is_joined(carto):
    with waiting(carto) as first, carto.terminal(AT_A_BROWSER) as second:
        second.shows("Waiting for the sign-in that")
        first.person_signs_in()
        second.shows("signed in: True")
    assert len(carto.pages()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="what may be listened on is another matter there")
def test_l25_a_port_that_may_not_be_listened_on_is_told(carto, monkeypatch):
    carto.browser("look")
    monkeypatch.setenv("CARTO_AUTH_REDIRECT_URI", "http://localhost:80/callback/")
    # As root without the capability that ports below 1024 take, in a network without a sandbox.
    script = 'ip link set lo up && exec setpriv --inh-caps=-all --bounding-set=-all "$@"'
    command = ["unshare", "--map-root-user", "--net", "sh", "-c", script, "sh", sys.executable, "-c"]
    result = subprocess.run([*command, AT_A_BROWSER], capture_output=True, text=True, timeout=40)
    assert "port 80 may not be listened on" in result.stdout
    assert "that was a CredentialsError" in result.stdout
    assert "hint: " in result.stdout


def test_l26_both_loopbacks_are_listened_on_and_no_other_address(carto):
    with waiting(carto) as sign_in:
        for own in ("127.0.0.1", "::1"):
            socket.create_connection((own, sign_in.port), timeout=5).close()
        # It would be answered at every address of this machine, of which this is one.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", sign_in.port), timeout=5)
        sign_in.person_signs_in()


@pytest.mark.parametrize("what", ["exit 3", "echo canary; exit 1", "exec sleep 20", "kill -9 $$"])
def test_l27_whatever_the_browser_does_the_link_is_shown_and_the_sign_in_goes_on(carto, what):
    program = carto.folder / "opener"
    program.write_text(f"#!/bin/sh\n{what}\n", encoding="utf-8")
    program.chmod(stat.S_IRWXU)
    with carto.terminal(AT_A_BROWSER, BROWSER=str(program), DISPLAY=":0") as terminal:
        carto.person().sign_in(terminal.link())
        terminal.shows("signed in: True")
        assert "canary" not in terminal.text


def test_l28_ctrl_c_ends_it_and_frees_the_port(carto):
    with waiting(carto) as sign_in:
        sign_in.terminal.interrupt()
        sign_in.terminal.shows("KeyboardInterrupt")
        assert sign_in.terminal.end() in (130, -signal.SIGINT, 1)
        assert not listens(sign_in.port)


def test_l29_a_request_to_end_frees_the_port_and_the_lock(carto):
    with waiting(carto) as sign_in:
        sign_in.terminal.signal(signal.SIGTERM)
        sign_in.terminal.end()
        assert not listens(sign_in.port)
    with carto.terminal(AT_A_BROWSER) as terminal:
        carto.person().sign_in(carto.pages(2)[1]["link"])
        terminal.shows("signed in: True")


def test_l30_nobody_answers(carto):
    carto.browser("look")
    result = carto.run(AT_A_BROWSER, timeout=12, CARTO_AUTH_LOGIN_TIMEOUT="1")
    assert "nobody finished the sign-in within 1 s" in result.stdout
    assert "hint: " in result.stdout
    assert "that was a CredentialsError" in result.stdout


FORK = """
import os, pathlib, threading, time
from carto_auth import CartoAuth, CredentialsError
def sign_in():
    print("signed in:", CartoAuth.from_oauth().get_access_token() != "", flush=True)
def held(port):
    inodes = {os.readlink(f"/proc/self/fd/{number}")[8:-1] for number in os.listdir("/proc/self/fd")
              if os.path.lexists(f"/proc/self/fd/{number}")}
    lines = [line.split() for table in ("tcp", "tcp6") for line in open(f"/proc/net/{table}")]
    return sum(line[1].endswith(f":{port:04X}") and line[9] in inodes for line in lines)
def fork():
    file = pathlib.Path(FILE)
    while not file.exists():
        time.sleep(0.02)
    port = int(file.read_text())
    before = held(port)
    child = os.fork()
    if child == 0:
        left = held(port)
        try:
            CartoAuth.from_oauth(timeout=1).get_access_token()
        except CredentialsError as error:
            print("the child has", left, "of", before, "sockets, and", type(error).__name__, flush=True)
        ends = time.monotonic() + 30
        while file.exists() and time.monotonic() < ends:
            time.sleep(0.02)
        os._exit(0)
threading.Thread(target=fork, daemon=True).start()
sign_in()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_l32_a_child_of_the_middle_of_a_sign_in_has_no_socket_of_it_and_the_parent_goes_on(carto):
    file = carto.folder / "port"
    with waiting(carto, FORK.replace("FILE", repr(str(file)))) as sign_in, sign_in.connect() as early:
        # Whoever came before it is accepted by now.
        assert sign_in.get("/favicon.ico") == 404
        file.with_suffix(".new").write_text(str(sign_in.port), encoding="utf-8")
        file.with_suffix(".new").rename(file)
        found = sign_in.terminal.shows(r"the child has (\d) of (\d) sockets, and (\w+)")
        assert found.groups() == ("0", "3", "LoginError")
        assert sign_in.get("/favicon.ico") == 404
        sign_in.person_signs_in()
        # The child lives, and holds neither the port nor who came to it.
        assert not listens(sign_in.port)
        assert early.recv(1) == b""
        file.unlink()
