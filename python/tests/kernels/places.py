"""The kinds of notebook that a sign-in meets, each as its kernel sees it: variables, modules, what IPython starts with.

No place says what it is: that is for the package to find out.
"""

from pathlib import Path

STUBS = Path(__file__).parent / "stubs"


class Place:
    """A kind of notebook.

    Args:
        name: What people call it.
        variables: Which variables its kernels have.
        startup: What IPython runs there at its start.
        browser: Whether a browser of the kernel's own machine ends the sign-in; otherwise an access code does. Every
            place has a program that would open links, as many a remote image has.
        stub: The folder of a package that is on its path.
    """

    def __init__(self, name, variables=None, *, startup="", browser=False, stub=None):
        self.name, self.startup, self.browser = name, startup, browser
        self.variables = dict(variables or {})
        if stub:
            self.variables["PYTHONPATH"] = str(STUBS / stub)

    def __repr__(self):
        return self.name


def databricks(user):
    """A Databricks driver, in a notebook of this user, or of one that it does not tell."""
    variables = {"DATABRICKS_RUNTIME_VERSION": "16.4"} | ({"STUB_NOTEBOOK_USER": user} if user else {})
    startup = "import databricks_driver; databricks_driver.install(globals())"
    return Place(f"Databricks of {user or 'somebody'}", variables, startup=startup, stub="databricks")


JUPYTERLAB = Place("JupyterLab", {"JPY_SESSION_NAME": "notebook.ipynb"}, browser=True)
LOCAL_VS_CODE = Place(
    "VS Code", {"VSCODE_PID": "4711", "VSCODE_CWD": "/", "VSCODE_IPC_HOOK": "/tmp/vscode.sock"}, browser=True
)
HUB = Place(
    "JupyterHub",
    {
        "JUPYTERHUB_USER": "ada",
        "JUPYTERHUB_SERVICE_PREFIX": "/user/ada/",
        "JUPYTERHUB_API_URL": "http://127.0.0.1:9/hub/api",
        "JPY_SESSION_NAME": "notebook.ipynb",
    },
)
COLAB = Place("Colab", startup="import google.colab", stub="colab")
DATABRICKS = databricks("ada@example.com")

PLACES = [
    JUPYTERLAB,
    HUB,
    Place("Binder", {"BINDER_LAUNCH_HOST": "https://mybinder.org/", "BINDER_REPO_URL": "https://git.example/a"}),
    COLAB,
    DATABRICKS,
    databricks(None),
    LOCAL_VS_CODE,
    Place(
        "VS Code by SSH",
        {"VSCODE_AGENT_FOLDER": "/home/ada/.vscode-server", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"},
    ),
    Place("Codespaces", {"CODESPACES": "true", "VSCODE_IPC_HOOK_CLI": "/tmp/vscode-ipc.sock"}),
    Place("Kaggle", {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}),
    Place("SageMaker Studio", {"SAGEMAKER_APP_TYPE": "JupyterLab"}),
]
