"""What goes wrong while a person signs in at a notebook: wrong pastes, a refusal, a second notebook."""

import contextlib

import pytest
from kernel import Kernel, Reader
from leak import leaks
from places import HUB, JUPYTERLAB
from story import FIRST, SIGN_IN, displays, opened, owner, secrets_of, token_of
from world import ADA


def test_what_is_no_access_code_is_told_and_asked_for_again(carto):
    with opened(carto, HUB, "look") as kernel:
        kernel.run(FIRST)
        cell = kernel.run(SIGN_IN, Hasty(carto.person(ADA)))
        assert cell.error is None
        assert len(cell.questions) == 2
        assert owner(token_of(kernel, carto)) == ADA
        assert leaks(secrets_of(cell, carto), kernel.notebook.saved()) == []


def test_who_only_presses_enter_is_asked_again(carto):
    with opened(carto, HUB, "look") as kernel:
        kernel.run(FIRST)
        cell = kernel.run(SIGN_IN, Hasty(carto.person(ADA), first=""))
        assert cell.error is None
        assert len(cell.questions) == 2


@pytest.mark.parametrize("place", [JUPYTERLAB, HUB], ids=["in the browser", "by the address of its page"])
def test_a_refusal_ends_the_sign_in_and_leaves_no_link(carto, place):
    with opened(carto, place, "refuse") as kernel:
        kernel.run(FIRST)
        cell = kernel.run(SIGN_IN, Refuser(carto.person(ADA)))
        assert cell.error[0] == "RefusedError"
        assert [data for data in displays(cell) if "<a" in data["text/html"]] == []
        assert leaks(secrets_of(cell, carto), kernel.notebook.saved()) == []


def test_a_second_notebook_shows_the_link_of_the_first_and_gets_its_token(carto):
    with two_notebooks(carto) as (first, cell, second, beside):
        assert beside.links == cell.links
        first.client.input(carto.person(ADA).access_code(cell.links[0]))
        first.wait(cell, lambda: "idle" in cell.seconds)
        second.wait(beside, lambda: "idle" in beside.seconds)
        assert (cell.error, beside.error, beside.questions) == (None, None, [])
        assert token_of(first, carto) == token_of(second, carto)
        assert leaks(secrets_of(cell, carto), second.notebook.saved()) == []


def test_the_stop_button_of_a_second_notebook_leaves_the_first_alone(carto):
    with two_notebooks(carto) as (first, cell, second, beside):
        second.interrupt()
        second.wait(beside, lambda: "idle" in beside.seconds)
        assert beside.error[0] == "KeyboardInterrupt"
        assert leaks(secrets_of(cell, carto), second.notebook.saved()) == []
        first.client.input(carto.person(ADA).access_code(cell.links[0]))
        first.wait(cell, lambda: "idle" in cell.seconds)
        assert cell.error is None


def test_a_widgets_callback_outside_of_a_cell_waits_for_nobody(carto):
    file = carto.folder / "found.txt"
    with Kernel(carto.home, carto.variables | HUB.variables) as kernel:
        kernel.run(FIRST)
        cell = kernel.run(LATER.format(file=str(file)))
        kernel.wait(cell, file.exists)
        assert kernel.run("print(found)").text() == "['InteractionRequired']\n"


# The machinery.

LATER = """
import asyncio
found = []

def press():
    try:
        CartoAuth.from_oauth()
    except Exception as error:
        found.append(type(error).__name__)
    open({file!r}, "w").close()

_ = asyncio.get_event_loop().call_later(0.2, press)
"""


@contextlib.contextmanager
def two_notebooks(carto):
    """The first is asked for the access code, and the second shows the same link: both, with their cells."""
    with opened(carto, HUB, "look") as first, opened(carto, HUB, "look") as second:
        first.run(FIRST)
        second.run(FIRST)
        cell = first.begin(SIGN_IN)
        first.wait(cell, lambda: cell.questions)
        beside = second.begin(SIGN_IN)
        second.wait(beside, lambda: beside.links)
        yield first, cell, second, beside


class Hasty(Reader):
    """Somebody who answers something else at first."""

    def __init__(self, person, first="what is this?"):
        super().__init__(person)
        self._first = [first]

    def answer(self, link):
        return self._first.pop() if self._first else super().answer(link)


class Refuser(Reader):
    """Somebody who cancels, and pastes the address that they end on."""

    def answer(self, link):
        return self._person.refuse(link).url
