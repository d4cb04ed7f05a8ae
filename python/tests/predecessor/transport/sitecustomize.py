"""Leads carto-auth 0.2.0, whose addresses are fixed, to the sandbox that the variables name.

Python loads it by its name where `PYTHONPATH` names this folder. What is changed lies below the interface: where a
request goes, and what the sandbox is stricter about than CARTO (it wants a `state`, and no scope `None`). The way of
0.2.0 through it all stays as it is.
"""

import os
import socket
import urllib.parse

import carto_auth.pkce
import requests

HOSTS = {"https://auth.carto.com": "CARTO_AUTH_URL", "https://accounts.app.carto.com": "CARTO_ACCOUNTS_URL"}
CODE_PAGE = carto_auth.pkce.REDIRECT_URI_CLI
PUBLIC_CLIENT = carto_auth.pkce.CLIENT_ID


class Adapter(requests.adapters.HTTPAdapter):
    """Sends to the sandbox what was meant for CARTO."""

    def send(self, request, *arguments, **options):
        request.url = here(request.url)
        if isinstance(request.body, str):
            request.prepare_body(dict(ours(urllib.parse.parse_qsl(request.body))), None)
        return super().send(request, *arguments, **options)


def here(url):
    for host, variable in HOSTS.items():
        if url.startswith(f"{host}/"):
            return os.environ[variable] + url.removeprefix(host)
    # The tenant's domain is the sandbox, which speaks no TLS.
    return url.replace("https://127.0.0.1:", "http://127.0.0.1:", 1)


def ours(pairs):
    """The sandbox's client and page for CARTO's."""
    for name, value in pairs:
        if (name, value) == ("client_id", PUBLIC_CLIENT):
            value = os.environ["CARTO_AUTH_CLIENT_ID"]
        elif (name, value) == ("redirect_uri", CODE_PAGE):
            value = os.environ["CARTO_AUTH_PASTE_REDIRECT_URI"]
        yield name, value


def get_authorize_url(self, state=None, *, theirs=carto_auth.pkce.CartoPKCE.get_authorize_url):
    url, _, query = theirs(self, state or "sandbox").partition("?")
    pairs = [pair for pair in ours(urllib.parse.parse_qsl(query)) if pair != ("scope", "None")]
    return f"{here(url)}?{urllib.parse.urlencode(pairs)}"


def redirect_uri():
    """The one that the test wants; where any port will do, one that is free now."""
    wanted = os.environ["CARTO_AUTH_REDIRECT_URI"]
    with socket.create_server(("localhost", 0)) as server:
        return wanted.replace("localhost:0/", f"localhost:{server.getsockname()[1]}/")


requests.Session.get_adapter = lambda session, url: Adapter()
carto_auth.pkce.CartoPKCE.get_authorize_url = get_authorize_url
# Another run of the tests may have 10000.
carto_auth.pkce.REDIRECT_URI = redirect_uri()
