"""Is this process a notebook's kernel, where is its person, who is it, and can they be asked now.

It only looks: at `sys.modules`, variables, a few files and the shell that IPython has. It imports nothing that is not
there already but small modules of the standard library, sends nothing over a network, and never fails: what cannot be
found out counts as not so. SSH, containers and displays are looked at by `_native`, which asks here only where
IPython, Colab or Databricks is loaded. Held in `tests/test_place.py`, and by real kernels in `tests/kernels/`.
"""

import os
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Surroundings", "can_ask", "look"]


class Surroundings:
    """What a sign-in has to know of the notebook it happens in.

    Attributes:
        kernel: This very process is the kernel of a notebook; not a child of one, and not IPython in a terminal.
        remote: It is a service whose person has their browser on another machine.
        person: The notebook's own user where several share one Unix user and HOME, or None where that is not known.
        shared: Several people share this Unix user and HOME.
    """

    __slots__ = ("kernel", "person", "remote", "shared")

    def __init__(self, *, kernel: bool, remote: bool, person: "str | None", shared: bool) -> None:
        self.kernel = kernel
        self.remote = remote
        self.person = person
        self.shared = shared

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"Surroundings({values})"


def look() -> Surroundings:
    """Looks around, anew at each call: two people may run cells of one Databricks notebook, one after the other.

    Returns:
        What is so now.
    """
    shell = _shell()
    kernel, shared = _is_kernel(shell), _is_databricks()
    # A forked child must not speak to the JVM: it would do so on the socket of its parent.
    person = _databricks_user(shell if kernel else None) if shared else None
    return Surroundings(kernel=kernel, remote=shared or _is_remote(shell), person=person, shared=shared)


def can_ask() -> bool:
    """Says whether somebody can be asked in this very thread and process, now.

    Cheap enough for every call. Outside of notebooks it knows of threads only; whether there is a terminal is for the
    caller to look at.

    Returns:
        True in the main thread of a kernel, in a cell of a front end that takes input and shows what is displayed;
        True in the main thread of a process that has nothing to do with a notebook.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    shell = _shell()
    if getattr(shell, "kernel", None) is None and not (_is_databricks() and shell is not None):
        return True
    return _is_kernel(shell) and _takes_input(shell) and not _is_captured(shell)


def _shell() -> "Any":
    """The shell of IPython, or None; never imports it."""
    find = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return None if find is None else find()


def _is_kernel(shell: "Any") -> bool:
    if shell is None:
        return False
    kernel = getattr(shell, "kernel", None)
    if kernel is None and (_is_terminal(shell) or not _is_databricks()):
        return False
    # The shell comes along into a forked child, where the session refuses to send: `jupyter_client.session.Session`
    # keeps the process id it was made in (`pid`, `check_pid`). Kernels without ipykernel (xeus) have no such session.
    pid = getattr(getattr(kernel, "session", None), "pid", None)
    return pid == os.getpid() if isinstance(pid, int) else not _is_child()


def _takes_input(shell: "Any") -> bool:
    # ipykernel 6 and 7 keep the `allow_stdin` of the request that runs (`IPythonKernel._forward_input`), and only
    # while a cell runs is `getpass.getpass` theirs. Before and after (a widget's callback, a timer) it is the standard
    # library's, which would read the terminal that the server was started in.
    if getattr(getattr(shell, "kernel", None), "_allow_stdin", True) is False:
        return False
    read = getattr(sys.modules.get("getpass"), "getpass", None)
    return read is not None and getattr(read, "__module__", None) != "getpass"


def _is_captured(shell: "Any") -> bool:
    # Under `%%capture` nobody would see the link (`IPython.utils.capture.capture_output`).
    is_hidden = _is_a(getattr(shell, "display_pub", None), "CapturingDisplayPublisher")
    return is_hidden or _is_in_widget()


def _is_in_widget() -> bool:
    # An `Output` widget takes no display back, so the link would stay in it, and in the file with the widgets' state.
    # While one takes what is shown it has a `msg_id` (ipywidgets, `widget_output.py`). ipywidgets 8 keeps its widgets
    # in the module, 7 in the class `Widget`.
    module = sys.modules.get("ipywidgets.widgets.widget")
    widgets = getattr(module, "_instances", None)
    if widgets is None:
        widgets = getattr(getattr(module, "Widget", None), "widgets", None)
    if not isinstance(widgets, dict):
        return False
    return any(_is_a(one, "Output") and getattr(one, "msg_id", None) for one in list(widgets.values()))


def _is_a(thing: "Any", name: str) -> bool:
    """As `isinstance`, by a class that may not be loaded; also what is made from it."""
    return any(kind.__name__ == name for kind in type(thing).__mro__)


def _is_terminal(shell: "Any") -> bool:
    return _is_a(shell, "TerminalInteractiveShell")


def _is_child() -> bool:
    parent = getattr(sys.modules.get("multiprocessing.process"), "parent_process", None)
    return parent is not None and parent() is not None


def _is_databricks() -> bool:
    # The variable is on every cluster but those with a container of their own, which have the file
    # (mlflow, `mlflow/utils/databricks_utils.py`, `get_databricks_runtime_version`).
    return _is_set("DATABRICKS_RUNTIME_VERSION") or os.path.exists("/databricks/DBR_VERSION")


def _databricks_user(shell: "Any") -> "str | None":
    for find in (_user_of_repl, _user_of_context, _user_of_tags):
        try:
            user = find(shell)
        except Exception:
            continue
        # Scala's `AttributionContext` says `unknown` where it knows nobody.
        if isinstance(user, str) and user.strip() and user != "unknown":
            return user.strip()
    return None


def _user_of_repl(_shell: "Any") -> "Any":
    # As mlflow reads it: an attribute of what the notebook's Python was started with.
    from dbruntime.databricks_repl_context import get_context

    return get_context().user


def _user_of_context(shell: "Any") -> "Any":
    return _context(shell).userName().get()


def _user_of_tags(shell: "Any") -> "Any":
    return _context(shell).tags().get("user").get()


def _context(shell: "Any") -> "Any":
    # A call to the JVM of the same notebook, through a socket of this machine.
    return shell.user_ns["dbutils"].notebook.entry_point.getDbutils().notebook().getContext()


def _is_remote(shell: "Any") -> bool:
    if "google.colab" in sys.modules or any(map(_is_set, SERVICES)) or any(map(os.path.exists, SERVICE_FILES)):
        return True
    # In WSL, VS Code's server runs on the machine of the browser, and `localhost` is the same for both.
    if any(map(_is_set, EDITORS)) and not _is_set("WSL_DISTRO_NAME"):
        return True
    # Built-in variable of every Hex project (learn.hex.tech, "Environment views").
    return shell is not None and "hex_run_context" in getattr(shell, "user_ns", ())


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name))


# Variables of services whose notebooks are used from another machine.
SERVICES = (
    "COLAB_RELEASE_TAG",  # Google Colab (googlecolab/colabtools, `_serverextension/_handlers.py`)
    "VERTEX_PRODUCT",  # Colab Enterprise and Vertex AI Workbench (colabtools, `_shell_customizations.py`)
    "DL_ANACONDA_HOME",  # Google's older Workbench images (their notebooks' own test, GoogleCloudPlatform/vertex-ai)
    "CLOUD_SHELL",  # Google Cloud Shell
    "JUPYTERHUB_USER",  # JupyterHub, and Binder with it (JupyterHub reference, `Spawner.get_env`)
    "JUPYTERHUB_SERVICE_PREFIX",
    "BINDER_LAUNCH_HOST",  # Binder (binderhub, `launcher.py`)
    "BINDER_REPO_URL",
    "KAGGLE_KERNEL_RUN_TYPE",  # Kaggle, in notebooks and in scripts
    "SAGEMAKER_INTERNAL_IMAGE_URI",  # Amazon SageMaker Studio
    "SAGEMAKER_APP_TYPE",  # the same, since JupyterLab spaces
    "AZURE_SERVICE",  # Azure Synapse and ML (azureml-core, `_InternalComputeTypes`)
    "AZURE_NOTEBOOKS_HOST",  # Azure Notebooks (plotly.py, `io/_renderers.py`)
    "DEEPNOTE_PROJECT_ID",  # Deepnote (its documentation of variables)
    "DATALORE_USER",  # JetBrains Datalore
    "CODESPACES",  # GitHub Codespaces (its documentation of default variables)
    "GITPOD_WORKSPACE_ID",  # Gitpod
)

# Files of such services.
SERVICE_FILES = (
    "/opt/ml/metadata/resource-metadata.json",  # SageMaker ("Get App Metadata", a public contract)
    "/mnt/azmnt/.nbvm",  # Azure ML compute instances (azureml-core, `_InternalComputeTypes`)
    "/opt/deeplearning/metadata/env_version",  # Google's Deep Learning VMs
)

# Variables of editors whose window is on another machine, as their servers give them to kernels.
EDITORS = (
    "VSCODE_IPC_HOOK_CLI",  # a terminal of VS Code's server
    "VSCODE_AGENT_FOLDER",  # VS Code's server itself (its `server.sh`)
    "REMOTE_CONTAINERS",  # Dev Containers
)
