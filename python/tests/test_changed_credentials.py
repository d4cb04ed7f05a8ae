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


def test_a_file_that_cannot_be_read_just_now_takes_nothing_from_what_is_shown(carto):
    path = carto.credentials_file()
    auth = CartoAuth.from_m2m(path)
    token = auth.get_access_token()
    before = auth.status()
    path.write_text("{")
    assert auth.get_access_token() == token
    shown = auth.status()
    assert (shown.api_base_url, shown.expires_at) == (before.api_base_url, before.expires_at)
    assert "left" in repr(auth)
    assert carto.api_base_url in repr(auth)


def test_a_job_that_has_no_token_yet_is_not_shown_as_one_whose_token_never_ends(carto, monkeypatch):
    monkeypatch.setenv("CARTO_CREDENTIALS_FILE", str(carto.credentials_file()))
    auth = CartoAuth.from_env()
    assert "renewed when it is needed" in repr(auth)
    auth.get_access_token()
    assert "left" in repr(auth)
