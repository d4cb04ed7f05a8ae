"""How a secret can be written, for whoever looks for one where none may be."""

import base64
import urllib.parse

BEGINNING = 30  # characters: what was cut off behind is found too


def spellings(secret):
    """Returns every way in which the beginning of a secret may stand in a text.

    That is as it is, percent-encoded, in Base64 wherever in it, and the parts of a JWT that are its own.
    """
    assert len(secret) >= 6, "too short to be looked for"
    parts = [secret]
    if secret.startswith("eyJ"):
        # The header of a JWT is the same in all of them.
        parts += [part for part in secret.split(".")[1:] if len(part) > 6]
    return sorted({spelling for part in parts for spelling in _of_beginning(part[:BEGINNING])})


def assert_holds_none(text, secrets):
    """Fails where a text holds one of these secrets, however it is written."""
    assert secrets
    found = [spelling for secret in secrets for spelling in spellings(secret) if spelling in text]
    assert found == [], text


def secrets_of(requests):
    """Returns the codes, verifiers, client secrets and tokens that requests to the sandbox brought."""
    names = ("code", "code_verifier", "client_secret", "refresh_token", "token")
    found = [request.form[name] for request in requests for name in names if name in request.form]
    headers = (request.headers.get("authorization", "") for request in requests)
    return found + [header.removeprefix("Bearer ") for header in headers if header.startswith("Bearer ")]


def _of_beginning(text):
    yield text
    yield urllib.parse.quote(text, safe="")
    yield urllib.parse.quote_plus(text)
    for before in range(3):
        # The characters that depend on what stands before and behind are left away.
        encoded = bytes(before) + text.encode()
        own = base64.b64encode(encoded).decode()[(0, 2, 3)[before] : len(encoded) // 3 * 4]
        yield own
        yield own.translate(str.maketrans("+/", "-_"))
