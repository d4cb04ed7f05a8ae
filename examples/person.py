#!/usr/bin/env python3
"""Plays a person at a browser, where there is none: opens a link, signs in to the sandbox, tells what it sees.

    BROWSER="examples/person.py %s FILE" carto-auth login --browser

What it sees goes to FILE. It knows the sandbox's login page and nothing else.
"""

import html.parser
import sys
import urllib.parse
import urllib.request


class Page(html.parser.HTMLParser):
    """The heading of a page, and the form on it."""

    def __init__(self, response):
        super().__init__()
        self.url = response.geturl()
        self.heading, self.action, self.fields = "", None, {}
        self._in_heading = False
        self.feed(response.read().decode())

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self._in_heading = tag == "h1"
        if tag == "form":
            self.action = urllib.parse.urljoin(self.url, found.get("action") or "")
        elif tag == "input" and found.get("name"):
            chosen = found.get("type") not in ("radio", "checkbox") or "checked" in found
            if chosen:
                self.fields[found["name"]] = found.get("value") or ""
        elif tag == "button" and found.get("name"):
            # The first button is the one that signs in.
            self.fields.setdefault(found["name"], found.get("value") or "")

    def handle_endtag(self, tag):
        self._in_heading = self._in_heading and tag != "h1"

    def handle_data(self, data):
        if self._in_heading:
            self.heading += data


def show(page):
    place = urllib.parse.urlsplit(page.url)
    with open(sys.argv[2], "a", encoding="utf-8") as file:
        print(f"browser: {place.netloc}{place.path} shows “{page.heading.strip()}”", file=file)


def main():
    page = Page(urllib.request.urlopen(sys.argv[1], timeout=30))
    show(page)
    if page.action:
        form = urllib.parse.urlencode(page.fields).encode()
        show(Page(urllib.request.urlopen(page.action, data=form, timeout=30)))


if __name__ == "__main__":
    main()
