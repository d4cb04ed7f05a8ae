"""P13: what a notebook holds that is saved after a sign-in, with a real kernel and with nbclient."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "kernels"))

from leak import leaks
from places import HUB, JUPYTERLAB
from story import FIRST, SIGN_IN, Desertion, Story, run_by_job

PLACES = pytest.mark.parametrize("place", [JUPYTERLAB, HUB], ids=["by a browser", "by a code"])


@PLACES
def test_p13_a_notebook_that_is_saved_after_a_sign_in_holds_no_secret(carto, place):
    story = Story(carto, place)
    assert len(story.secrets) > 3
    assert leaks(story.secrets, story.notebook.saved()) == []


@PLACES
def test_p13_nor_does_one_in_which_nobody_came(carto, place):
    story = Desertion(carto, place)
    assert story.secrets
    assert leaks(story.secrets, story.notebook.saved()) == []


def test_p13_nor_one_that_a_job_saves(carto):
    _, saved = run_by_job(
        carto,
        "nbclient",
        [FIRST, f"try:\n    {SIGN_IN.strip().splitlines()[2]}\nexcept Exception as e: print(type(e).__name__)"],
    )
    assert "InteractionRequired" in saved
    assert "/authorize" not in saved
    assert "state=" not in saved
