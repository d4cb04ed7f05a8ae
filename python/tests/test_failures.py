"""How it fails: the class says who mends it, the traceback ends with what to do, and no secret is in it."""

import logging
import pickle
import socket
import sys
import threading
import time
import traceback
import warnings

import pytest
from carto_auth import (
    CartoAuth,
    CartoAuthWarning,
    ConfigError,
    CredentialsError,
    InteractionRequired,
    LoginError,
    NetworkError,
    RefusedError,
    WarehouseError,
)


def test_each_class_says_who_can_mend_it():
    assert issubclass(InteractionRequired, LoginError)
    assert issubclass(NetworkError, ConnectionError)
    for kind in (LoginError, ConfigError, NetworkError, RefusedError, WarehouseError):
        assert issubclass(kind, CredentialsError)


def test_a_refusal_tells_what_the_server_said_and_what_to_do(carto):
    path = carto.credentials_file(client_secret="sandbox-wrong")
    with pytest.raises(RefusedError) as raised:
        CartoAuth.from_m2m(path)
    error = raised.value
    assert error.status == 401
    assert error.code
    text = "".join(traceback.format_exception(error))
    assert text.rstrip().splitlines()[-1] == f"hint: {error.hint}"
    assert str(path) in error.hint
    assert error.__cause__ is not None
    for secret in ("sandbox-wrong", "Parts {", "Error {"):
        assert secret not in text


def test_an_exception_survives_its_way_to_another_process(carto):
    with pytest.raises(RefusedError) as raised:
        CartoAuth.from_m2m(carto.credentials_file(client_secret="sandbox-wrong"))
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), str(again), again.hint, again.status) == (
        RefusedError,
        str(raised.value),
        raised.value.hint,
        401,
    )


def test_a_server_that_is_not_there_is_a_connection_error(carto):
    path = carto.credentials_file()
    carto.stop()
    with pytest.raises(ConnectionError) as raised:
        CartoAuth.from_m2m(path)
    assert type(raised.value) is NetworkError


def test_an_account_without_a_warehouse_is_told_so(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    carto.plan("warehouse_token", status=404, body={"error": "Not found", "status": 404})
    with pytest.raises(WarehouseError, match="no CARTO Data Warehouse"):
        auth.get_carto_dw_credentials()


def test_a_missing_file_is_told_with_the_one_beside_it(carto):
    carto.credentials_file("carto_credentials.json")
    with pytest.raises(FileNotFoundError, match=r"carto-credentials\.json") as raised:
        CartoAuth.from_m2m(carto.folder / "carto-credentials.json")
    assert "carto_credentials.json" in raised.value.hint


def test_the_placeholder_of_the_documentation_is_told_by_name(carto):
    with pytest.raises(ValueError, match="placeholder"):
        CartoAuth.from_m2m(carto.credentials_file(client_id="X" * 32))


def test_a_file_that_others_can_read_is_warned_of_at_the_callers_line(carto):
    path = carto.credentials_file()
    path.chmod(0o644)
    with pytest.warns(CartoAuthWarning, match="chmod 600") as caught:
        CartoAuth.from_m2m(path)
    assert caught[0].filename == __file__


def test_a_warning_that_a_filter_turns_into_an_error_is_one(carto):
    path = carto.credentials_file()
    path.chmod(0o644)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CartoAuthWarning):
            CartoAuth.from_m2m(path)


def test_logging_is_told_what_happens_and_no_secret(carto, caplog):
    carto.browser()
    with caplog.at_level(logging.DEBUG, logger="carto_auth"):
        auth = CartoAuth.from_oauth()
        auth.get_carto_dw_credentials()
    assert any("signing in" in record.getMessage() for record in caplog.records)
    text = caplog.text
    for secret in (
        auth.get_access_token(),
        auth.get_carto_dw_credentials()[1],
        carto.requests("token")[0].form["code"],
    ):
        assert secret not in text


def test_logging_is_silent_by_default(carto):
    code = """
import logging, sys
from carto_auth import CartoAuth
CartoAuth.from_m2m(sys.argv[1]).get_access_token()
"""
    ended = carto.run(code, carto.credentials_file())
    assert (ended.stdout, ended.stderr) == ("", "")


def test_what_happens_while_logging_is_being_imported_is_told_afterwards(carto):
    carto.become_a_job()
    ended = carto.run("""
import sys
from carto_auth import CartoAuth
auth = CartoAuth.from_env()
found = []
class Between:
    def find_spec(self, name, *_):
        if "logging" in sys.modules and not found:
            found.append(name)
            auth.get_access_token()
sys.meta_path.insert(0, Between())
import logging
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
auth.invalidate()
auth.get_access_token()
print("asked while it was half loaded:", bool(found))
""")
    assert "asked while it was half loaded: True" in ended.stdout, ended.stderr
    assert ended.stdout.count("url=/oauth/token") == 2, ended.stdout


def test_a_logging_that_nobody_may_import_is_told_nothing(carto):
    carto.become_a_job()
    ended = carto.run("""
import sys
sys.modules["logging"] = None
from carto_auth import CartoAuth
print(bool(CartoAuth.from_env().get_access_token()))
""")
    assert (ended.stdout, ended.stderr) == ("True\n", "")


def test_nobody_is_asked_in_a_thread(carto):
    carto.browser()
    raised = []

    def sign_in():
        began = time.monotonic()
        try:
            CartoAuth.from_oauth()
        except InteractionRequired as error:
            raised.append((error, time.monotonic() - began))

    thread = threading.Thread(target=sign_in)
    thread.start()
    thread.join(20)
    [(error, seconds)] = raised
    assert seconds < 1
    assert "main thread" in error.hint
    assert carto.pages() == []


def test_who_could_be_asked_but_is_not_there_is_told_what_a_job_uses_in_python(carto):
    # The main thread of a script without a terminal.
    code = "from carto_auth import CartoAuth\nCartoAuth.from_oauth()"
    ended = carto.run(code)
    hint = ended.stderr.splitlines()[-1]
    assert hint.startswith("hint: ")
    for word in ("`CartoAuth.from_m2m(file)`", "`CartoAuth.from_env()`", "`CARTO_M2M_CLIENT_ID`"):
        assert word in hint


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"JPY_PARENT_PID": "7"}, "type `unset JPY_PARENT_PID` before"),
        ({"DATABRICKS_RUNTIME_VERSION": "16.4"}, "what a command signs in to is not kept"),
    ],
)
def test_who_could_not_be_asked_there_again_is_not_sent_there(carto, variables, told):
    ended = carto.run("from carto_auth import CartoAuth\nCartoAuth.from_oauth()", **variables)
    assert told in ended.stderr.splitlines()[-1]


def test_a_thread_on_a_machine_that_several_share_is_not_sent_to_a_terminal(carto, monkeypatch):
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "16.4")
    with pytest.raises(InteractionRequired) as raised:
        CartoAuth.from_oauth(interactive=False)
    assert "carto-auth login" not in raised.value.hint
    assert "CartoAuth.from_m2m" in raised.value.hint


def test_a_secret_is_in_no_repr(carto):
    auth = CartoAuth.from_m2m_token(carto.api_base_url, *carto.m2m)
    shown = repr(auth) + auth._repr_html_() + repr(auth.status()) + str(vars(type(auth)))
    for secret in (auth.get_access_token(), carto.m2m[1]):
        assert secret not in shown
    assert "ada@example.com" in repr(auth)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another matter there")
@pytest.mark.parametrize("way", ["browser", "paste"])
def test_ctrl_c_ends_a_sign_in_at_once_and_frees_its_port(carto, way):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    carto.browser("look")
    code = f"""
import socket, sys, time
from carto_auth import CartoAuth
try:
    CartoAuth.from_oauth(open_browser={way == "browser"})
except KeyboardInterrupt:
    print("waited", time.monotonic() - float(open(sys.argv[1]).read()), flush=True)
with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", {port}))
    print("free", flush=True)
"""
    mark = carto.folder / "mark"
    with carto.terminal(code, mark, CARTO_AUTH_REDIRECT_URI=f"http://localhost:{port}/callback/") as terminal:
        terminal.link()
        time.sleep(0.3)
        mark.write_text(str(time.monotonic()))
        terminal.interrupt()
        waited = float(terminal.shows(r"waited (\S+)\s").group(1))
        terminal.shows("free")
    assert waited < 0.2
