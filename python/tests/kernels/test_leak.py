"""The search for secrets, on which the other tests rely."""

import base64
import json
import urllib.parse

import pytest
from leak import leaks

SECRET = "eyJhbGciOiJS/zI1.eyJlbWFpbCI6+ImFkYUBleGFt.c2lnbmF0dXJl"
OTHER = "another.secret-of-the-same.length-as-this"


@pytest.mark.parametrize(
    "hide",
    [
        lambda secret: secret,
        lambda secret: urllib.parse.quote(secret, safe=""),
        lambda secret: json.dumps({"text": secret}),
        lambda secret: secret.split(".")[1],
        lambda secret: base64.b64encode(secret.encode()).decode(),
        lambda secret: base64.urlsafe_b64encode(f"x{secret}y".encode()).decode(),
        lambda secret: base64.b64encode(f"Bearer {secret.split('.')[1]}".encode()).decode(),
    ],
)
def test_the_search_finds_a_secret_however_it_is_written(hide):
    assert leaks({"token": SECRET}, f"before {hide(SECRET)} after")
    assert not leaks({"token": SECRET}, f"before {hide(OTHER)} after")
