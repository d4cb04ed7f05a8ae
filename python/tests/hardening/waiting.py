"""A program that waits for a person: at a browser that nobody touches, or for a code."""

import socket
from contextlib import contextmanager
from urllib.parse import parse_qs, quote, urlsplit

SIGN_IN = """
import sys, traceback
from carto_auth import CartoAuth, CredentialsError
try:
    print("signed in:", CartoAuth.from_oauth({}).get_access_token() != "")
except CredentialsError as error:
    print("".join(traceback.format_exception(error)))
    print("that was a CredentialsError")
"""
AT_A_BROWSER = SIGN_IN.format("")
BY_PASTE = SIGN_IN.format("open_browser=False")


class Waiting:
    """A sign-in whose link is open in a browser, before which nobody does anything.

    Attributes:
        terminal: What it is seen on.
        link: The link.
        port: Where the browser comes back to.
        state: The `state` of the link.
    """

    def __init__(self, carto, terminal, link):
        self.carto, self.terminal, self.link = carto, terminal, link
        self.port = urlsplit(asked(link, "redirect_uri")).port
        self.state = asked(link, "state")

    def send(self, method, target, more="", body=""):
        """Sends a request and reads until the other side closes: the status, 0 without one, and all of it."""
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost:{self.port}\r\n{more}\r\n"
        with self.connect() as connection:
            try:
                connection.sendall((head + body).encode())
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
            except OSError:  # whoever is turned away may not get to say everything
                return 0, ""
        words = answer.decode(errors="replace")
        return int(words.split(" ")[1]) if words.startswith("HTTP/") else 0, words

    def get(self, target):
        """The status of a page."""
        return self.send("GET", target)[0]

    def connect(self):
        return socket.create_connection(("localhost", self.port), timeout=5)

    def callback(self, outcome, state=None, issuer=None):
        """A callback with this in it that is this sign-in's own, but for what is changed."""
        issuer = f"{self.carto.url}/" if issuer is None else issuer
        named = f"&iss={quote(issuer, safe='')}" if issuer else ""
        return f"/callback/?{outcome}&state={self.state if state is None else state}{named}"

    def person_signs_in(self):
        """The person comes back through the browser, and that ends it well, with one exchange."""
        self.carto.person().sign_in(self.link)
        self.terminal.shows("signed in: True")
        assert len(self.carto.requests("token")) == 1

    def ends(self):
        """What it says in the end, which is an error."""
        self.terminal.shows("that was a CredentialsError")
        return self.terminal.text


@contextmanager
def waiting(carto, program=AT_A_BROWSER):
    carto.browser("look")
    with carto.terminal(program) as terminal:
        yield Waiting(carto, terminal, carto.pages(1)[0]["link"])


@contextmanager
def asked_for_a_code(carto, program=BY_PASTE):
    """A program that asks for a code: its terminal, and the link."""
    with carto.terminal(program) as terminal:
        yield terminal, terminal.link()


def asked(link, name):
    return parse_qs(urlsplit(link).query).get(name, [""])[0]
