#!/usr/bin/env python3
"""A person at a browser, where there is none: follows a link, fills in the sandbox's login page, reads what it shows.

Not a browser: it runs no script, draws nothing, and leaves loopback for nobody. As a class it is for tests that hold
the link; as a program it is what `BROWSER` names:

    BROWSER="python person.py sign-in ada@example.com pages.jsonl %s"

The program returns at once and visits in the background, as browsers do, so that who opened it can wait for the
callback. Each page that it comes to is a line of JSON in the file.
"""

import html.parser
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import namedtuple

ADA = "ada@example.com"
GRACE = "grace@example.com"

PATIENCE = 20  # seconds for one page


class Page(namedtuple("Page", "url status heading code text")):
    """What the browser shows in the end: address bar, HTTP status, heading, access code (or None), HTML."""


class Person:
    """Somebody of the sandbox's login page.

    Args:
        email: Who, as the login page knows them: `ADA` or `GRACE`.
        agent: The user agent that their browser sends.
    """

    def __init__(self, email=ADA, agent="a person's browser"):
        self.email, self._agent = email, agent

    def sign_in(self, link):
        """Opens the link, chooses themself on the login page and signs in; the page it ends on."""
        return self._decide(link, "sign-in")

    def refuse(self, link):
        """Opens the link and cancels."""
        return self._decide(link, "cancel")

    def look(self, link):
        """Opens the link and touches nothing."""
        return self._open(link)

    def access_code(self, link):
        """Signs in and reads the access code off the page that shows it."""
        page = self.sign_in(link)
        assert page.code, f"no access code at {page.url.partition('?')[0]}: {page.heading}"
        return page.code

    def _decide(self, link, decision):
        page = self._open(link)
        form = _Form(page)
        if form.action is None:
            return page
        fields = {**form.hidden, "person": self.email, "decision": decision}
        return self._open(form.action, urllib.parse.urlencode(fields).encode())

    def _open(self, url, form=None):
        _stay(url)
        request = urllib.request.Request(url, form, {"user-agent": self._agent})
        try:
            answer = _OPENER.open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            page = Page(answer.geturl(), answer.status, "", None, answer.read().decode())
        seen = _Form(page)
        return page._replace(heading=seen.heading.strip(), code=seen.code)


class _Form(html.parser.HTMLParser):
    """The form of a page, its heading and its access code."""

    def __init__(self, page):
        super().__init__()
        self._url, self._inside = page.url, None
        self.action, self.hidden, self.heading, self.code = None, {}, "", None
        self.feed(page.text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form":
            self.action = urllib.parse.urljoin(self._url, found.get("action") or "")
        elif tag == "input" and found.get("type") == "hidden":
            self.hidden[found["name"]] = found.get("value") or ""
        if tag == "h1" or (tag == "code" and found.get("id") == "code"):
            self._inside = tag

    def handle_endtag(self, tag):
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data):
        if self._inside == "h1":
            self.heading += data
        elif self._inside == "code":
            self.code = (self.code or "") + data


class _Redirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, file, code, message, headers, url):
        _stay(url)
        return super().redirect_request(request, file, code, message, headers, url)


def _stay(url):
    host = urllib.parse.urlsplit(url).hostname
    assert host in ("127.0.0.1", "localhost", "::1"), f"the link leads away from this machine, to {host}"


# A proxy of this machine's environment has no business on loopback.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Redirect)


def main():
    does, email, file, link = sys.argv[1:]
    if os.fork():
        return
    os.setsid()
    started = time.monotonic()
    person = Person(email)
    act = {"sign-in": person.sign_in, "refuse": person.refuse, "look": person.look}[does]
    try:
        seen = act(link)._asdict()
    except Exception as error:  # what went wrong at the browser is for the test to read
        seen = {"error": f"{type(error).__name__}: {error}"}
    seen |= {"link": link, "seconds": time.monotonic() - started}
    with open(file, "a", encoding="utf-8") as pages:
        pages.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    main()
