"""The kernel matrix: somebody signs in in each kind of notebook, and nobody does; each with a real kernel.

A place is played once, and the tests look at what became of it.
"""

import json
import re

import pytest
from kernel import Kernel, Reader
from leak import leaks
from places import COLAB, DATABRICKS, HUB, JUPYTERLAB, LOCAL_VS_CODE, PLACES, databricks
from story import FIRST, SIGN_IN, Desertion, Story, World, displays, opened, owner, run_by_job
from world import ADA

# Somebody signs in.


def test_the_link_is_shown_within_a_second(signed_in):
    assert signed_in.cell.seconds["link"] < 1
    assert signed_in.cell.links[0].startswith(signed_in.carto.url)


def test_the_sign_in_ends_well_and_what_comes_after_it_runs(signed_in):
    assert [cell.error for cell in signed_in.notebook.cells] == [None] * 4
    assert "mine, after" in signed_in.cell.text()


def test_the_token_is_the_persons(signed_in):
    assert owner(signed_in.token) == ADA


def test_where_the_browser_is_on_another_machine_a_code_is_asked_for_and_none_is_opened_here(signed_in):
    if signed_in.place.browser:
        assert signed_in.cell.questions == []
        assert len(signed_in.carto.pages(1)) == 1
    else:
        ((prompt, hidden),) = signed_in.cell.questions
        assert hidden
        assert "://" not in prompt
        assert signed_in.carto.pages() == []


def test_what_the_persons_own_code_has_shown_stays(signed_in):
    text = json.dumps(signed_in.cell.outputs)
    assert text.index("mine, before") < text.index("<b>mine, as a picture</b>") < text.index("mine, after")
    assert "clear_output" not in signed_in.notebook.kinds


def test_a_saved_notebook_has_neither_link_nor_code_nor_token(signed_in):
    assert leaks(signed_in.secrets, signed_in.notebook.saved()) == []
    assert "/authorize" not in signed_in.notebook.saved()


def test_the_panel_ends_as_one_line_without_a_link(signed_in):
    (panel,) = (data for data in displays(signed_in.cell) if "<b>mine" not in data["text/html"])
    assert panel["text/plain"].startswith("✓ Signed in to CARTO")
    assert "\n" not in panel["text/plain"]
    assert "<a" not in panel["text/html"]


def test_what_is_shown_of_the_sign_in_says_who_and_has_no_secret(signed_in):
    (table,) = displays(signed_in.look)
    assert ADA in table["text/html"]
    assert ADA in signed_in.look.text()
    assert leaks(signed_in.secrets, signed_in.look.text() + table["text/html"]) == []


def test_whose_browser_is_on_another_machine_says_so_and_gets_a_link_to_a_code(carto):
    with opened(carto, JUPYTERLAB, "sign-in") as kernel:
        kernel.run(FIRST)
        cell = kernel.run(SIGN_IN.replace("()", "(open_browser=False)"), Reader(carto.person(ADA)))
        assert cell.error is None
        assert len(cell.questions) == 1
        assert carto.pages() == []


# Nobody does.


def test_a_sign_in_that_nobody_finishes_ends_by_itself(deserted):
    assert deserted.cell.error is not None
    assert deserted.cell.error[0] == "LoginError"
    assert 1 < deserted.cell.seconds["error"] < 6


def test_a_link_that_nobody_followed_is_not_saved(deserted):
    assert deserted.cell.links
    assert leaks(deserted.secrets, deserted.notebook.saved()) == []
    assert "/authorize" not in deserted.notebook.saved()
    assert "mine, before" in deserted.cell.text()


def test_the_kernel_is_well_after_it(deserted):
    assert (deserted.after.error, deserted.after.text()) == (None, "well\n")


# Nobody can be asked.


def test_a_front_end_that_refuses_input_is_told_within_a_second_what_to_do(carto):
    with Kernel(carto.home, carto.variables, takes_input=False) as kernel:
        kernel.run(FIRST)
        cell = kernel.run(SIGN_IN)
        assert cell.error[0] == "InteractionRequired"
        assert cell.seconds["error"] < 1
        assert cell.links == []
        assert "CARTO_M2M_CLIENT_ID" in kernel.notebook.saved()
        assert "mine, before" in cell.text()


@pytest.mark.parametrize("runner", ["papermill", "nbconvert", "nbclient"])
def test_a_job_that_runs_a_notebook_is_told_within_a_second_what_to_do(carto, runner):
    ended, saved = run_by_job(carto, runner, [FIRST, ASK_AND_MEASURE])
    assert ended.returncode == 0, ended.stderr
    name, seconds = re.search(r"(\w+) after ([\d.]+) s", saved).groups()
    assert name == "InteractionRequired"
    assert float(seconds) < 1
    assert "mine, before" in saved
    assert "/authorize" not in saved


def test_a_worker_thread_never_asks(carto):
    with Kernel(carto.home, carto.variables) as kernel:
        kernel.run(FIRST)
        cell = kernel.run(IN_THREAD)
        name, seconds = re.search(r"(\w+) after ([\d.]+) s", cell.text()).groups()
        assert name == "InteractionRequired"
        assert float(seconds) < 1
        assert (cell.links, cell.questions) == ([], [])
        assert "/authorize" not in kernel.notebook.saved()
        assert "mine, before" in cell.text()


def test_a_forked_child_never_asks(carto):
    with Kernel(carto.home, carto.variables) as kernel:
        kernel.run(FIRST)
        cell = kernel.run(IN_CHILD.format(file=str(carto.folder / "child.txt")))
        assert cell.error is None
        name, seconds = re.search(r"(\w+) after ([\d.]+) s", (carto.folder / "child.txt").read_text()).groups()
        assert name == "InteractionRequired"
        assert float(seconds) < 1
        assert (cell.links, cell.questions) == ([], [])


@pytest.mark.parametrize("option", ["", " --no-browser"])
def test_the_command_in_a_cell_does_not_wait_for_what_nobody_can_type(carto, option):
    with Kernel(carto.home, carto.variables) as kernel:
        cell = kernel.run("print('mine, before')\n!carto-auth login" + option)
        after = kernel.run("print(_exit_code)")
        assert after.text() == "3\n"
        # What asks, waits for five minutes; how long it takes is measured by `make command-in-a-cell`.
        assert cell.seconds["idle"] < SECONDS_TO_TELL
        assert cell.questions == []
        assert "mine, before" in cell.text()
        assert "/authorize" not in kernel.notebook.saved()


@pytest.mark.parametrize("place", [LOCAL_VS_CODE, databricks(None)], ids=repr)
def test_the_command_in_a_cell_is_known_where_no_server_of_jupyters_started_the_kernel(carto, place):
    with opened(carto, place, "look") as kernel:
        kernel.run("import os\nfor name in ('JPY_PARENT_PID', 'JPY_SESSION_NAME'):\n    os.environ.pop(name, None)")
        kernel.run("print('mine, before')\n!carto-auth login")
        assert kernel.run("print(_exit_code)").text() == "3\n"
        assert "/authorize" not in kernel.notebook.saved()


def test_the_command_in_a_cell_is_known_where_the_plots_were_set_up_before(carto):
    with Kernel(carto.home, carto.variables | {"MPLBACKEND": "agg"}) as kernel:
        kernel.run("import os\nfor name in ('JPY_PARENT_PID', 'JPY_SESSION_NAME'):\n    os.environ.pop(name, None)")
        cell = kernel.run("!cd . && carto-auth login --no-browser")
        assert kernel.run("print(_exit_code)").text() == "3\n"
        assert "`unset PAGER`" in " ".join(cell.text().split())


@pytest.mark.parametrize("argument", ["open_browser=False", "way='paste'"])
def test_a_script_that_a_cell_starts_does_not_wait_for_what_nobody_can_type(carto, argument):
    with Kernel(carto.home, carto.variables) as kernel:
        cell = kernel.run(f'!python -c "from carto_auth import CartoAuth; CartoAuth.from_oauth({argument})"')
        assert "InteractionRequired" in cell.text()
        assert "/authorize" not in kernel.notebook.saved()


def test_a_widget_would_keep_the_link_so_nobody_is_asked(carto):
    with Kernel(carto.home, carto.variables | HUB.variables) as kernel:
        kernel.run(f"{FIRST}\nfrom ipywidgets import Output\nbox = Output()")
        cell = kernel.run("with box:\n    auth = CartoAuth.from_oauth()")
        # The widget takes the error as well.
        assert cell.links == []
        assert "InteractionRequired" in kernel.run("print(box.outputs)").text() + str(cell.error)


def test_captured_output_would_hide_the_link_so_nobody_is_asked(carto):
    with Kernel(carto.home, carto.variables) as kernel:
        kernel.run(FIRST)
        cell = kernel.run("%%capture\nauth = CartoAuth.from_oauth()")
        assert cell.error[0] == "InteractionRequired"
        assert cell.seconds["error"] < 1


# The machinery.

SECONDS_TO_TELL = 10
ASK_AND_MEASURE = """
import time
print("mine, before")
began = time.monotonic()
try:
    CartoAuth.from_oauth()
except Exception as error:
    print(f"{type(error).__name__} after {time.monotonic() - began:.3f} s")
"""
IN_THREAD = f"""
import threading
thread = threading.Thread(target=exec, args=({ASK_AND_MEASURE!r}, globals()))
thread.start()
thread.join()
"""
IN_CHILD = f"""
import os, sys
if (child := os.fork()) == 0:
    with open({{file!r}}, "w") as sys.stdout:
        exec({ASK_AND_MEASURE.replace("{", "{{").replace("}", "}}")!r})
    os._exit(0)
_ = os.waitpid(child, 0)
"""


@pytest.fixture(scope="module", params=PLACES, ids=repr)
def signed_in(request, tmp_path_factory):
    with World(tmp_path_factory.mktemp("carto")) as carto:
        yield Story(carto, request.param)


@pytest.fixture(scope="module", params=[JUPYTERLAB, HUB, COLAB, DATABRICKS, LOCAL_VS_CODE], ids=repr)
def deserted(request, tmp_path_factory):
    with World(tmp_path_factory.mktemp("carto")) as carto:
        yield Desertion(carto, request.param)
