"""A fleet's store in a real Redis: forks, the end of the interpreter, and a person who is kept out."""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest
from carto_auth import CartoAuth, ConfigError

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="there is no redis-server here")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_children_of_a_parent_that_is_connected_make_connections_of_their_own(carto, redis):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    token = auth.get_access_token()
    assert auth.status().location.startswith("redis://127.0.0.1:")
    children = [fork(auth, token) for _ in range(20)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 20
    assert len(carto.requests("token")) == 2, "one for the parent, one for all the children"


def test_nothing_hangs_at_the_end_when_the_redis_answers_nothing(carto, redis):
    os.kill(redis, signal.SIGSTOP)
    done = carto.run(
        "from carto_auth import CartoAuth; import sys; print(CartoAuth.from_m2m(sys.argv[1]).get_access_token())",
        carto.credentials_file(),
    )
    assert done.returncode == 0
    assert done.stdout.startswith("eyJ")
    assert done.stderr.count("has not answered") == 1
    assert "canary" not in done.stderr


def test_a_leader_that_is_interrupted_gives_its_lease_back(carto, redis):
    carto.plan("token", "hang")
    program = "from carto_auth import CartoAuth; import sys; CartoAuth.from_m2m(sys.argv[1]).get_access_token()"
    with carto.terminal(program, carto.credentials_file()) as leader:
        carto.wait_for("token")
        assert leases() == 1
        leader.interrupt()
        leader.shows("KeyboardInterrupt")
        leader.end()
        assert leases() == 0, "it would count for ten seconds"


def test_a_person_is_kept_out_of_it(carto, redis):
    with pytest.raises(ConfigError, match="a person's sign-in is not kept in the Redis") as failure:
        CartoAuth.from_oauth()
    assert "canary" not in str(failure.value)


@pytest.fixture
def redis(carto, monkeypatch, tmp_path):
    """A Redis of this test alone, as the store of all that it runs; its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ["--port", str(port), "--bind", "127.0.0.1", "--requirepass", "canary", "--save", "", "--dir", tmp_path]
    server = subprocess.Popen(["redis-server", *settings], stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert server.poll() is None
                time.sleep(0.01)
        monkeypatch.setenv("CARTO_AUTH_STORE", f"redis://:canary@127.0.0.1:{port}")
        yield server.pid
    finally:
        server.kill()
        server.wait()


def fork(auth, refused):
    """Forks a child that needs another token; its id. It fails where it gets none."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            auth.invalidate(refused)
            code = 0 if auth.get_access_token() != refused else 2
        finally:
            os._exit(code)
    return child


def leases():
    """How many lead just now."""
    port = os.environ["CARTO_AUTH_STORE"].rpartition(":")[2]
    asked = ["redis-cli", "-p", port, "--no-auth-warning", "-a", "canary", "KEYS", "*:lease"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.count(":lease")
