"""Signing in: the link, the browser that comes back, the code that is pasted."""

import os
import socket
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from carto_auth import CartoAuth, CredentialsError

SIGN_IN = """
import sys, traceback
from carto_auth import CartoAuth, CredentialsError
try:
    print("signed in:", CartoAuth.from_oauth({}).get_access_token() != "")
except CredentialsError as error:
    traceback.print_exception(error, file=sys.stdout)
    print("that was a CredentialsError")
"""


def asked_in(link):
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


@contextmanager
def waiting_for_the_browser(carto):
    """A sign-in whose link is open in a browser, but nobody has done anything there: terminal, link and port."""
    carto.browser("look")
    with carto.terminal(SIGN_IN.format("")) as terminal:
        link = carto.pages(1)[0]["link"]
        yield terminal, link, urlsplit(asked_in(link)["redirect_uri"]).port


@pytest.mark.defect(1)
def test_on_a_machine_without_a_browser_the_link_is_shown(carto):
    with carto.terminal(SIGN_IN.format("")) as terminal:
        terminal.type(carto.person().access_code(terminal.link(patience=6)))
        terminal.shows("signed in: True")


@pytest.mark.defect(35)
def test_where_no_browser_can_come_back_the_link_leads_to_the_page_with_the_code(carto):
    with carto.terminal(SIGN_IN.format("")) as terminal:
        link = terminal.link(patience=6)
    assert asked_in(link)["redirect_uri"] == carto.variables["CARTO_AUTH_PASTE_REDIRECT_URI"]


@pytest.mark.defect(7)
def test_a_person_who_refuses_at_the_browser_is_not_asked_for_a_code(carto):
    carto.browser("refuse")
    with pytest.raises(CredentialsError, match=r"access_denied|refused|did not authorize"):
        CartoAuth.from_oauth()
    assert carto.requests("token") == []


@pytest.mark.defect(8)
def test_what_else_a_browser_asks_does_not_take_the_place_of_the_answer(carto):
    with waiting_for_the_browser(carto) as (terminal, link, port):
        with socket.create_connection(("localhost", port)):  # a browser connects ahead and says nothing
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"http://localhost:{port}/favicon.ico", timeout=5)
            carto.person().sign_in(link)
            terminal.shows("signed in: True")


@pytest.mark.defect(8)
def test_who_closes_the_tab_is_not_waited_for_for_ever(carto):
    carto.browser("look")
    result = carto.run(SIGN_IN.format(""), timeout=12, CARTO_AUTH_LOGIN_TIMEOUT="1")
    assert "that was a CredentialsError" in result.stdout


@pytest.mark.defect(9)
def test_a_code_that_somebody_else_sends_is_not_taken(carto):
    with waiting_for_the_browser(carto) as (terminal, link, port):
        for headers in ({}, {"Host": "evil.example"}):
            for path in ("/anything", "/callback/"):
                url = f"http://localhost:{port}{path}?code=sandbox-theirs"
                with pytest.raises(urllib.error.HTTPError, match=r"4\d\d"):
                    urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5)
        carto.person().sign_in(link)
        terminal.shows("signed in: True")
    assert "sandbox-theirs" not in [request.form["code"] for request in carto.requests("token")]


@pytest.mark.defect(27)
@pytest.mark.skipif(not socket.has_ipv6, reason="there is one loopback only")
def test_nobody_else_can_wait_for_the_code_on_the_other_loopback(carto):
    with waiting_for_the_browser(carto) as (_, _, port):
        for address in ("127.0.0.1", "::1"):
            socket.create_connection((address, port), timeout=5).close()


@pytest.mark.defect(25)
def test_the_port_is_free_after_a_sign_in_that_failed(carto):
    carto.browser("refuse")
    with pytest.raises(CredentialsError) as caught:
        CartoAuth.from_oauth()
    port = urlsplit(asked_in(carto.pages(1)[0]["link"])["redirect_uri"]).port
    with socket.create_server(("localhost", port)):
        assert caught.value  # while somebody still looks at the error


@pytest.mark.defect(26)
def test_who_holds_the_port_is_told(carto):
    carto.browser()
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
        uri = f"http://localhost:{port}/callback/"
        result = carto.run(SIGN_IN.format(""), CARTO_AUTH_REDIRECT_URI=uri)
    assert "that was a CredentialsError" in result.stdout
    assert str(port) in result.stdout
    assert f"process {os.getpid()}" in result.stdout or sys.platform != "linux"


@pytest.mark.defect(20, unproven="the sandbox refuses the scope `None`, so the way of 0.2.0 to it leaves it out")
def test_the_link_names_no_scope_that_is_none(carto):
    with carto.terminal(SIGN_IN.format("open_browser=False")) as terminal:
        assert asked_in(terminal.link()).get("scope") != "None"


@pytest.mark.defect(21)
def test_blanks_around_a_pasted_code_do_not_matter(carto):
    with carto.terminal(SIGN_IN.format("open_browser=False")) as terminal:
        terminal.type(f"  {carto.person().access_code(terminal.link())} ")
        terminal.shows("signed in: True")


@pytest.mark.defect(21)
def test_the_address_of_a_refusal_is_not_taken_for_a_code(carto):
    with carto.terminal(SIGN_IN.format("open_browser=False")) as terminal:
        terminal.type(carto.person().refuse(terminal.link()).url)
        terminal.shows("that was a CredentialsError")
        shown = terminal.text.partition("Traceback")[2]
    assert "RefusedError" in shown
    assert carto.requests("token") == []
