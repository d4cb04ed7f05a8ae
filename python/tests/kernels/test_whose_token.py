"""Whose token it is, where nobody signs in: in a job, a thread and a command, after somebody did at that machine."""

import pytest
from kernel import Kernel
from leak import leaks
from places import JUPYTERLAB
from story import FIRST, SIGN_IN, opened, owner, run_by_job, token_of
from world import ADA, GRACE, Person


@pytest.mark.parametrize(("runner", "email"), [("papermill", ADA), ("nbconvert", GRACE), ("nbclient", ADA)])
def test_a_job_that_runs_a_notebook_has_the_token_of_who_signed_in_at_this_machine(carto, runner, email):
    with signed_in(carto, email) as kernel:
        theirs = token_of(kernel, carto)
    file = carto.folder / "token-of-the-job.txt"
    ended, saved = run_by_job(carto, runner, [FIRST, KEEP.format(file=str(file))])
    assert ended.returncode == 0, ended.stderr
    assert file.read_text() == theirs
    assert owner(theirs) == email
    assert "mine, before" in saved
    assert leaks({"token": theirs}, saved) == []


@pytest.mark.parametrize("runner", ["papermill", "nbconvert"])
def test_a_job_of_which_nobody_signed_in_ends_with_what_to_do(carto, runner):
    ended, _ = run_by_job(carto, runner, [FIRST, SIGN_IN])
    assert ended.returncode != 0
    told = " ".join(ended.stderr.split())
    assert "InteractionRequired" in told
    assert "CARTO_M2M_CLIENT_ID" in told
    assert "/authorize" not in told


@pytest.mark.parametrize("email", [ADA, GRACE])
def test_a_worker_thread_has_the_token_of_who_signed_in_in_the_main_thread(carto, email):
    with signed_in(carto, email) as kernel:
        file = carto.folder / "token-of-the-worker.txt"
        cell = kernel.run(IN_WORKER.format(file=str(file)))
        assert (cell.error, cell.links, cell.questions) == (None, [], [])
        assert file.read_text() == token_of(kernel, carto)
        assert owner(file.read_text()) == email


@pytest.mark.parametrize("email", [ADA, GRACE])
def test_a_command_in_a_cell_has_the_token_of_who_signed_in_in_the_notebook(carto, email):
    with signed_in(carto, email) as kernel:
        file = carto.folder / "token-of-the-command.txt"
        login = kernel.run("print('mine, before')\n!carto-auth login")
        cell = kernel.run(f"!carto-auth token > {file}")
        assert kernel.run("print(_exit_code)").text() == "0\n", cell.text()
        assert "mine, before" in login.text()
        assert file.read_text().strip() == token_of(kernel, carto)
        assert owner(file.read_text()) == email
        assert leaks({"token": token_of(kernel, carto)}, kernel.notebook.saved()) == []


# The machinery.

KEEP = """
print("mine, before")
with open({file!r}, "w") as file:
    _ = file.write(CartoAuth.from_oauth().get_access_token())
"""
IN_WORKER = """
import threading

def work():
    with open({file!r}, "w") as file:
        file.write(auth.get_access_token())

thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def signed_in(carto, email) -> Kernel:
    """A kernel in which somebody has signed in."""
    kernel = opened(carto, JUPYTERLAB, "sign-in", email)
    kernel.run(FIRST)
    assert kernel.run(SIGN_IN, Person(email)).error is None
    return kernel
