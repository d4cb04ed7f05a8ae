"""T28 against carto-auth 0.2.0, whose handle is a plain object: what a debugger or a traceback shows of it."""

from carto_auth import CartoAuth
from spelling import assert_holds_none


def test_t28_no_value_shows_one(carto):
    auth = CartoAuth.from_m2m(str(carto.credentials_file()))
    token = auth.get_access_token()
    assert_holds_none(f"{auth!r} {auth} {vars(auth)}", [token, carto.m2m[1]])
