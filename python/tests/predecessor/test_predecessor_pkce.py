"""The scenarios of `tests/test_pkce.py` of carto-auth 0.2.0."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

from world import ORGANIZATION

SIGN_IN = """
from carto_auth import CartoAuth
auth = CartoAuth.from_oauth(open_browser=False, use_cache=False, api_base_url="https://gcp-us-east1.api.carto.com")
print("signed in", auth.get_access_token() != "")
"""

SIGN_IN_TO_ORGANIZATION = f"""
from carto_auth import CartoAuth
CartoAuth.from_oauth(open_browser=False, org={ORGANIZATION!r})
"""


def paste_the_address(carto, terminal):
    """Signs in and pastes the address of the page that shows the code; the link and that address."""
    link = terminal.link()
    address = carto.person().sign_in(link).url
    terminal.type(address)
    terminal.shows("signed in True")
    return link, address


def test_the_link_asks_for_what_carto_needs(carto):
    with carto.terminal(SIGN_IN_TO_ORGANIZATION) as terminal:
        link = terminal.link()
    asked = parse_qs(urlsplit(link).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert re.fullmatch(r"[\w-]{43}", asked["code_challenge"][0])
    assert asked["client_id"] == [carto.variables["CARTO_AUTH_CLIENT_ID"]]
    assert asked["redirect_uri"] == [carto.variables["CARTO_AUTH_PASTE_REDIRECT_URI"]]
    assert asked["organization"] == [ORGANIZATION]


def test_the_verifier_belongs_to_the_challenge_of_the_link(carto):
    with carto.terminal(SIGN_IN) as terminal:
        link, _ = paste_the_address(carto, terminal)
    (request,) = carto.requests("token")
    verifier = request.form["code_verifier"]
    assert 43 <= len(verifier) <= 128
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert challenge == dict(parse_qsl(urlsplit(link).query))["code_challenge"]


def test_the_code_is_taken_from_an_address_that_is_pasted(carto):
    with carto.terminal(SIGN_IN) as terminal:
        _, address = paste_the_address(carto, terminal)
    (request,) = carto.requests("token")
    assert request.form["code"] == dict(parse_qsl(urlsplit(address).query))["code"]
