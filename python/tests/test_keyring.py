"""Refresh tokens in a real keyring, and children that were forked while it was in use."""

import hashlib
import json
import os
import time

import pytest
from carto_auth import CartoAuth
from secret_service import SecretService, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"left out: there is no {missing()} here")


@pytest.fixture
def keyring(tmp_path_factory, monkeypatch):
    service = SecretService(tmp_path_factory.mktemp("keyring") / "session")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
    yield service
    service.end()


def test_a_sign_in_rests_its_refresh_token_in_the_keyring(carto, keyring):
    auth = signed_in(carto)
    assert auth.status().refresh_location == "in the system's keyring"
    (file,) = (carto.home / ".carto-auth").glob("oauth-*.json")
    assert json.loads(file.read_text())["refresh_token"] is None
    folder = hashlib.sha256(os.fsencode(file.parent.resolve())).hexdigest()[:8]
    assert keyring.lookup(f"{file.stem}@{folder}")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("again", range(3))
def test_a_forked_child_renews_with_what_its_parent_has_put_there(carto, keyring, again):
    auth = signed_in(carto)
    auth.invalidate(auth.get_access_token())
    auth.get_access_token()
    assert child(auth) == 0
    parents, childs = (form["refresh_token"] for form in refreshes(carto))
    assert parents != childs, "each was sent once"
    assert auth.status().refresh_location == "in the system's keyring"


def test_a_program_that_is_started_renews_with_it(carto, keyring):
    signed_in(carto)
    code = """if True:
        from carto_auth import CartoAuth
        auth = CartoAuth.from_oauth()
        auth.invalidate(auth.get_access_token())
        auth.get_access_token()
    """
    done = carto.run(code)
    assert done.returncode == 0, done.stderr
    assert len(refreshes(carto)) == 1


def signed_in(carto):
    carto.browser()
    return CartoAuth.from_oauth()


def refreshes(carto):
    return [request.form for request in carto.requests("token") if "refresh_token" in request.form]


def child(auth):
    """Forks a child that renews; its exit code, or what ended it."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            refused = auth.get_access_token()
            auth.invalidate(refused)
            code = 0 if auth.get_access_token() != refused else 2
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
    return None
