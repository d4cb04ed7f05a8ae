"""What is shown of a job whose credentials file was changed while it ran: what it goes by, and then what it gets."""

from carto_auth import CartoAuth

ELSEWHERE = "http://127.0.0.1:9"


def test_the_token_that_is_in_use_is_shown_to_its_end_and_then_the_new_place(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    token, before = auth.get_access_token(), auth.status()
    carto.credentials_file(api_base_url=ELSEWHERE)
    assert auth.get_access_token() == token
    shown = auth.status()
    assert (shown.api_base_url, shown.expires_at) == (auth.get_api_base_url(), before.expires_at)
    assert "left" in repr(auth)
    auth.invalidate()
    auth.get_access_token()
    shown = auth.status()
    assert shown.api_base_url == auth.get_api_base_url() == ELSEWHERE
    assert shown.expires_at is not None
