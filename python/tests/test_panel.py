"""What a person sees and types in a notebook, on a page that replaces displays as front ends do."""

import getpass
import html.parser
import re

import pytest
from carto_auth._panel import Panel
from IPython.core.error import StdinNotImplementedError

LINK = "https://auth.carto.com/authorize?client_id=a&state=s3cr3t"


def test_a_link_to_copy_a_code_from_can_be_clicked_and_does_not_reach_back(page):
    Panel().tell("paste_link", "Open this link in any browser:", LINK)
    (anchor,) = page.anchors()
    assert anchor["href"] == LINK
    assert anchor["target"] == "_blank"
    assert set(anchor["rel"].split()) == {"noopener", "noreferrer"}
    assert "access code into the box below" in page.words()


def test_a_local_browser_has_its_link_beside_it_and_the_words_for_a_remote_one(page):
    panel = Panel()
    panel.tell("link", "Open this link to sign in to CARTO:", LINK)
    panel.tell("browser_opened", "Waiting for the sign-in in your browser.", None)
    assert page.anchors()[0]["href"] == LINK
    assert "Waiting for the sign-in in your browser." in page.words()
    assert "CartoAuth.from_oauth(open_browser=False)" in page.words()


def test_a_browser_that_did_not_open_is_no_longer_said_to_have_been_asked(page):
    panel = Panel()
    panel.tell("link", "Open this link to sign in to CARTO:", LINK)
    assert "was asked to open it" in page.words()
    panel.tell("browser_failed", "The browser could not be opened (exit code 1); open the link by hand.", None)
    assert "was asked to open it" not in page.words()
    assert page.anchors()[0]["href"] == LINK


def test_a_front_end_without_html_shows_the_same_with_the_whole_link(page):
    panel = Panel()
    panel.tell("fallback", "Port 10000 is taken.", None)
    panel.tell("paste_link", "Open this link in any browser:", LINK)
    plain = page.plain()
    assert f"\n  {LINK}\n" in plain
    assert plain.index("Port 10000 is taken.") < plain.index(LINK) < plain.index("access code")


def test_what_is_told_replaces_our_own_display_and_nothing_else(page):
    page.display({"text/plain": "the person's own"}, raw=True, display_id="theirs")
    panel = Panel()
    panel.tell("paste_link", "Open this link in any browser:", LINK)
    panel.tell("wrong_paste", "This is the address of the login page.", None)
    panel.tell("paste_link", "Open this link in any browser:", LINK + "2")
    assert len(page.displays) == 2
    assert "login page" not in page.words()
    panel.finish("Signed in to CARTO as ada@example.com.", True)
    assert [data["text/plain"] for data in page.displays.values()] == [
        "the person's own",
        "✓ Signed in to CARTO as ada@example.com.",
    ]


def test_two_sign_ins_have_a_display_each(page):
    for _ in range(2):
        Panel().tell("paste_link", "Open this link in any browser:", LINK)
    assert len(page.displays) == 2


@pytest.mark.parametrize("ok", [True, False])
def test_after_the_end_no_link_is_left(page, ok):
    panel = Panel()
    panel.tell("paste_link", "Open this link in any browser:", LINK)
    panel.finish("It is over.", ok)
    assert "s3cr3t" not in str(page.displays)
    assert "It is over." in page.words()


def test_a_link_that_is_of_no_more_use_goes_before_the_end(page):
    panel = Panel()
    panel.tell("waiting", "Waiting for the sign-in that `carto-auth` (process 7) has begun. Its link:", LINK)
    assert page.anchors()[0]["href"] == LINK
    panel.tell("over", "", None)
    assert "s3cr3t" not in str(page.displays)


def test_an_end_without_a_beginning_shows_nothing(page):
    Panel().finish("Signed in.", True)
    assert not page.displays


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,<script>"])
def test_a_link_that_is_not_of_the_web_cannot_be_clicked(page, link):
    Panel().tell("paste_link", "Open:", link)
    assert page.anchors() == []


def test_nothing_that_is_told_becomes_markup_or_commands_of_a_console(page):
    nasty = '<script>alert(1)</script>\x1b]0;owned\x07\u202e" onload=x'
    panel = Panel()
    panel.tell("fallback", nasty, None)
    panel.tell("wrong_paste", nasty, None)
    panel.tell("paste_link", nasty, f'https://a.example/"><img src=x>{nasty}')
    _assert_harmless(page)
    panel.finish(nasty, False)
    _assert_harmless(page)


def test_only_colours_of_the_page_around_are_used(page):
    panel = Panel()
    panel.tell("fallback", "Why.", None)
    panel.tell("link", "Open:", LINK)
    panel.tell("wrong_paste", "Again.", None)
    for value in re.findall(r"(?:color|background|border[a-z-]*):([^;\"]+)", page.html()):
        assert re.fullmatch(r"inherit|transparent|0|4px|collapse|\d+px solid currentColor", value), value


def test_the_question_shows_no_link_and_its_answer_is_not_shown(page, monkeypatch):
    asked = []
    monkeypatch.setattr(getpass, "getpass", lambda prompt="": asked.append(prompt) or "a-code")
    panel = Panel()
    panel.tell("paste_link", "Open:", LINK)
    assert panel.ask("Access code:") == "a-code"
    assert asked == ["Access code: "]
    assert "a-code" not in str(page.displays)


@pytest.mark.parametrize("refusal", [EOFError, StdinNotImplementedError])
def test_where_nobody_answers_there_is_no_answer(monkeypatch, refusal):
    monkeypatch.setattr(getpass, "getpass", _raiser(refusal))
    assert Panel().ask("Access code:") is None


def test_the_stop_button_ends_the_question(monkeypatch):
    monkeypatch.setattr(getpass, "getpass", _raiser(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        Panel().ask("Access code:")


# The machinery: a page that keeps displays by their id.


@pytest.fixture
def page(monkeypatch):
    page = Page()
    monkeypatch.setattr("IPython.display.display", page.display)
    monkeypatch.setattr("IPython.display.update_display", page.update_display)
    return page


class Page:
    def __init__(self):
        self.displays = {}

    def display(self, data, *, raw, display_id):
        assert raw
        assert display_id not in self.displays
        self.displays[display_id] = data

    def update_display(self, data, *, raw, display_id):
        assert raw
        assert display_id in self.displays
        self.displays[display_id] = data

    def html(self):
        return list(self.displays.values())[-1]["text/html"]

    def plain(self):
        return list(self.displays.values())[-1]["text/plain"]

    def anchors(self):
        return [attributes for tag, attributes in _Markup(self.html()).tags if tag == "a"]

    def words(self):
        return _Markup(self.html()).words


class _Markup(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words += data


def _assert_harmless(page):
    markup = _Markup(page.html())
    assert {tag for tag, _ in markup.tags} <= {"div", "p", "a", "code"}
    assert {name for _, attributes in markup.tags for name in attributes} <= {"style", "role", "href", "target", "rel"}
    for text in (page.html(), page.plain()):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


def _raiser(error):
    def raise_it(_prompt=""):
        raise error

    return raise_it
