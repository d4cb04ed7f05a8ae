"""Where a process is, as `carto_auth._place` sees it, without a kernel. With real ones: `kernels/`."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType, SimpleNamespace

import carto_auth._place as place
import pytest
from world import own_variables


def test_a_plain_interpreter_is_no_notebook():
    seen = place.look()
    assert (seen.kernel, seen.remote, seen.person, seen.shared) == (False, False, None, False)


def test_looking_loads_nothing_that_was_not_there():
    code = "import sys, carto_auth._place as p; p.look(); p.can_ask(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"IPython", "typing", "json", "multiprocessing", "ipykernel"} & set(loaded)


def test_a_shell_with_a_kernel_of_this_process_is_a_notebook(shell):
    shell()
    assert place.look().kernel
    assert place.can_ask()


def test_a_kernels_forked_child_is_no_kernel_and_asks_nobody(shell):
    shell()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(_look_and_ask) == (False, False)


def test_ipython_in_a_terminal_is_no_notebook_and_may_ask_there(shell):
    shell(TerminalInteractiveShell())
    assert not place.look().kernel
    assert place.can_ask()


def test_another_thread_than_the_main_one_asks_nobody(shell):
    shell()
    with ThreadPoolExecutor(1) as pool:
        assert not pool.submit(place.can_ask).result()


def test_a_front_end_that_refuses_input_is_not_asked(shell):
    shell().kernel._allow_stdin = False
    assert place.look().kernel
    assert not place.can_ask()


def test_a_callback_outside_of_a_cell_does_not_wait_at_the_servers_terminal(shell):
    shell(keep_getpass=True)
    assert not place.can_ask()


def test_under_capture_nobody_would_see_the_link(shell):
    shell().display_pub = CapturingDisplayPublisher()
    assert not place.can_ask()


@pytest.mark.parametrize("version", [7, 8])
@pytest.mark.parametrize("kind", ["Output", "Sidecar"])
def test_in_an_output_widget_nobody_is_asked(shell, monkeypatch, version, kind):
    shell()
    box = {"Output": Output, "Sidecar": Sidecar}[kind]()
    widgets = {"1": SimpleNamespace(), "2": box}
    known = {"_instances": widgets} if version == 8 else {"Widget": SimpleNamespace(widgets=widgets)}
    monkeypatch.setitem(sys.modules, "ipywidgets.widgets.widget", SimpleNamespace(**known))
    assert place.can_ask()
    box.msg_id = "a cell's"
    assert not place.can_ask()


@pytest.mark.parametrize("name", [*place.SERVICES, *place.EDITORS])
def test_each_service_is_remote(name, monkeypatch):
    monkeypatch.setenv(name, "1")
    assert place.look().remote


@pytest.mark.parametrize("file", place.SERVICE_FILES)
def test_each_file_of_a_service_is_remote(file, monkeypatch):
    monkeypatch.setattr(os.path, "exists", lambda path: path == file)
    assert place.look().remote


def test_colab_is_remote_by_its_module_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert place.look().remote


def test_hex_is_remote_by_its_variable_in_the_notebook(shell):
    shell().user_ns["hex_run_context"] = "logic"
    assert place.look().remote


def test_a_local_vs_code_is_not_remote(monkeypatch):
    for name in ("VSCODE_PID", "VSCODE_CWD", "VSCODE_IPC_HOOK", "TERM_PROGRAM"):
        monkeypatch.setenv(name, "1")
    assert not place.look().remote


def test_vs_codes_server_in_wsl_is_the_machine_of_the_browser(monkeypatch):
    monkeypatch.setenv("VSCODE_AGENT_FOLDER", "/home/ada/.vscode-server")
    monkeypatch.setenv("WSL_DISTRO_NAME", "Ubuntu")
    assert not place.look().remote


def test_a_databricks_driver_is_shared_remote_and_knows_its_user(databricks):
    databricks(dbutils=dbutils(user="ada@example.com"))
    seen = place.look()
    assert (seen.kernel, seen.shared, seen.remote, seen.person) == (True, True, True, "ada@example.com")


def test_two_people_who_run_one_notebook_in_turn_are_told_apart(databricks):
    user = ["ada@example.com"]
    databricks(dbutils=dbutils(user=lambda: user[0]))
    assert place.look().person == "ada@example.com"
    user[0] = "grace@example.com"
    assert place.look().person == "grace@example.com"


def test_the_user_is_read_from_the_tags_where_the_context_hides_it(databricks):
    databricks(dbutils=dbutils(tag="ada@example.com"))
    assert place.look().person == "ada@example.com"


def test_the_user_is_read_from_the_repl_where_dbutils_is_forbidden(databricks, monkeypatch):
    databricks()
    module = ModuleType("dbruntime.databricks_repl_context")
    module.get_context = lambda: SimpleNamespace(user="ada@example.com")
    monkeypatch.setitem(sys.modules, "dbruntime", ModuleType("dbruntime"))
    monkeypatch.setitem(sys.modules, "dbruntime.databricks_repl_context", module)
    assert place.look().person == "ada@example.com"


def test_a_forked_child_does_not_speak_on_its_parents_connection_to_the_jvm(databricks):
    databricks(dbutils=dbutils(user="ada@example.com"))
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(_person) is None


@pytest.mark.parametrize("user", [None, "", "  ", "unknown", 7])
def test_a_user_that_is_not_known_is_nobody(databricks, user):
    databricks(dbutils=dbutils(user=user, tag=user))
    assert place.look().person is None


def test_a_cluster_without_dbutils_knows_nobody(databricks):
    databricks()
    assert place.look().person is None


def test_a_databricks_cluster_with_its_own_container_is_told_by_its_file(monkeypatch):
    monkeypatch.setattr(os.path, "exists", lambda path: path == "/databricks/DBR_VERSION")
    assert place.look().shared


# The machinery: a shell as IPython has it, and what Databricks puts into it.


@pytest.fixture(autouse=True)
def _no_signs_of_this_machine(monkeypatch):
    for name in {*own_variables(os.environ), *place.SERVICES, *place.EDITORS}:
        monkeypatch.delenv(name, raising=False)
    for name in ("IPython", "google.colab"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def shell(monkeypatch):
    """Puts a shell in place, by itself the one of a kernel of this process in which a cell runs."""

    def put(shell=None, *, keep_getpass=False):
        if shell is None:
            session = SimpleNamespace(pid=os.getpid())
            shell = SimpleNamespace(kernel=SimpleNamespace(session=session), user_ns={}, display_pub=None)
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
        if not keep_getpass:
            import getpass

            monkeypatch.setattr(getpass, "getpass", _kernels_getpass)
        return shell

    return put


@pytest.fixture
def databricks(shell, monkeypatch):
    def put(**user_ns):
        monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "16.4")
        shell().user_ns.update(user_ns)

    return put


def dbutils(user=None, tag=None):
    """The notebook's `dbutils`: Java options that raise where there is nothing."""
    tags = SimpleNamespace(get={"user": _option(tag)}.get)
    context = SimpleNamespace(userName=lambda: _option(user), tags=lambda: tags)
    java = SimpleNamespace(notebook=lambda: SimpleNamespace(getContext=lambda: context))
    return SimpleNamespace(notebook=SimpleNamespace(entry_point=SimpleNamespace(getDbutils=lambda: java)))


def _option(value):
    def get():
        if value is None:
            raise ValueError("None.get")
        return value() if callable(value) else value

    return SimpleNamespace(get=get)


def _look_and_ask():
    return place.look().kernel, place.can_ask()


def _person():
    return place.look().person


def _kernels_getpass(prompt=""):
    raise AssertionError("looking must not ask")


class TerminalInteractiveShell:
    pass


class CapturingDisplayPublisher:
    pass


class Output:
    msg_id = ""


class Sidecar(Output):
    """As many a package makes one of its own."""
