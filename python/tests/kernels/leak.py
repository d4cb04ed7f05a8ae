"""Whether a secret is in a text, however it is written there."""

import base64
import json
import urllib.parse

SHORTEST = 8  # characters: a shorter part of a token is no secret


def leaks(secrets, text):
    """The secrets that are in a text, as pairs of the secret's name and how it is written there.

    Args:
        secrets: Names and values. A value with dots is a JWT, of which each part is looked for as well.
        text: Such as a saved notebook.
    """
    unescaped = text.replace("\\u0026", "&").replace("&amp;", "&").replace("\\/", "/")
    found = []
    for name, secret in secrets.items():
        assert len(secret) >= SHORTEST, f"`{name}` is too short to look for"
        for how, form in _forms(secret):
            if form in text or form in unescaped:
                found.append((name, how))
    return found


def _forms(secret):
    parts = [part for part in secret.split(".") if len(part) >= SHORTEST]
    for part in dict.fromkeys([secret, *parts]):
        kind = "" if part == secret else "a part, "
        yield kind + "plain", part
        yield kind + "URL-encoded", urllib.parse.quote(part, safe="")
        yield kind + "as JSON", json.dumps(part)[1:-1]
        # Where in the text it begins decides which of three forms it has; the ends depend on the neighbours.
        for offset in range(3):
            padded = b"\0" * offset + part.encode()
            whole = len(padded) // 3 * 3
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                yield f"{kind}base64", encode(padded[:whole]).decode()[4 if offset else 0 :]
