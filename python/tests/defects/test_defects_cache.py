"""Tokens between runs: whose they are, who can read them, what a damaged file does."""

import os
import stat
import sys

import pytest
from carto_auth import CartoAuth
from world import ORGANIZATION, SHORT, outlive_a_short_token

EUROPE = "https://gcp-europe-west1.api.carto.com"


@pytest.mark.defect(2)
def test_a_second_account_gets_its_own_token(carto):
    first = CartoAuth.from_m2m(carto.credentials_file("first.json"))
    own = first.get_access_token()
    carto.plan_token("sandbox-token-of-the-second")
    other = carto.credentials_file("second.json", client_id="sandbox-second", api_base_url=EUROPE)
    second = CartoAuth.from_m2m(other)
    assert second.get_access_token() == "sandbox-token-of-the-second" != own
    assert (first.get_api_base_url(), second.get_api_base_url()) == (carto.api_base_url, EUROPE)


@pytest.mark.defect(3)
def test_who_names_another_organization_or_base_url_gets_it_though_a_token_is_kept(carto):
    carto.browser()
    CartoAuth.from_oauth()
    assert CartoAuth.from_oauth(api_base_url=EUROPE).get_api_base_url() == EUROPE
    CartoAuth.from_oauth(org=ORGANIZATION)
    assert carto.requests("authorize")[-1].query["organization"] == ORGANIZATION


@pytest.mark.defect(4)
def test_a_change_of_the_credentials_file_is_seen_at_once(carto):
    CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    carto.credentials_file(api_base_url=EUROPE)
    changed = CartoAuth.from_m2m(carto.credentials_file(api_base_url=EUROPE))
    assert changed.get_api_base_url() == EUROPE


@pytest.mark.defect(5)
@pytest.mark.skipif(sys.platform == "win32", reason="rights are another matter there")
def test_other_users_of_the_machine_cannot_read_the_token(carto, tmp_path):
    before = os.umask(0o022)
    try:
        CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
        CartoAuth.from_m2m(carto.credentials_file(), cache_filepath=tmp_path / "own.json").get_access_token()
    finally:
        os.umask(before)
    folder = carto.home / ".carto-auth"
    files = [path for path in folder.iterdir() if path.is_file()]
    assert files
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*files, tmp_path / "own.json"]} == {0o600}


@pytest.mark.defect(6)
def test_a_token_that_ended_in_los_angeles_has_ended_in_tokyo(carto, tmp_path):
    program = """
import sys
from carto_auth import CartoAuth
auth = CartoAuth.from_m2m(sys.argv[1], cache_filepath=sys.argv[2])
print(auth.get_access_token())
"""
    arguments = program, carto.credentials_file(), tmp_path / "token.json"
    ended = carto.plan_token(expires_in=SHORT)
    assert carto.run(*arguments, TZ="America/Los_Angeles").stdout.strip() == ended
    outlive_a_short_token()
    fresh = carto.run(*arguments, TZ="Asia/Tokyo").stdout.strip()
    assert fresh not in ("", ended)
    assert carto.run(*arguments, TZ="America/Los_Angeles").stdout.strip() == fresh
    assert len(carto.requests("token")) == 2


@pytest.mark.defect(10)
@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be replaced there")
def test_who_reads_while_another_writes_finds_a_whole_file(carto, tmp_path):
    file, before = tmp_path / "token.json", tmp_path / "as-a-reader-has-it-open.json"
    carto.plan_token(expires_in=SHORT)
    CartoAuth.from_m2m(carto.credentials_file(), cache_filepath=file).get_access_token()
    os.link(file, before)
    whole = before.read_bytes()
    outlive_a_short_token()
    CartoAuth.from_m2m(carto.credentials_file(), cache_filepath=file).get_access_token()
    assert file.read_bytes() != whole
    assert before.read_bytes() == whole


@pytest.mark.defect(11)
@pytest.mark.filterwarnings("ignore::UserWarning")  # that it was damaged may be said
@pytest.mark.parametrize(
    "content", ["", '{"access_tok', "null", '{"api_base_url": "u", "access_token": "t", "expiration": "soon"}']
)
def test_a_damaged_cache_file_is_no_obstacle(carto, tmp_path, content):
    file = tmp_path / "token.json"
    file.write_text(content, encoding="utf-8")
    fresh = carto.plan_token()
    assert CartoAuth.from_m2m(carto.credentials_file(), cache_filepath=file).get_access_token() == fresh
    assert CartoAuth.from_m2m(carto.credentials_file(), cache_filepath=file).get_access_token() == fresh


@pytest.mark.defect(12)
def test_making_an_object_does_not_destroy_a_token_that_is_good(carto, tmp_path):
    file = tmp_path / "token.json"
    carto.browser()
    token = CartoAuth.from_oauth(cache_filepath=file).get_access_token()
    kept = file.read_bytes(), file.stat().st_ino, file.stat().st_mtime_ns
    CartoAuth("oauth", cache_filepath=file)
    assert CartoAuth.from_oauth(cache_filepath=file).get_access_token() == token
    assert (file.read_bytes(), file.stat().st_ino, file.stat().st_mtime_ns) == kept
    assert len(carto.requests("authorize")) == 1


@pytest.mark.defect(28)
def test_without_cache_no_folder_appears(carto):
    CartoAuth.from_m2m(carto.credentials_file(), use_cache=False).get_access_token()
    assert list(carto.home.iterdir()) == []


@pytest.mark.defect(28)
@pytest.mark.filterwarnings("ignore::UserWarning")  # that nothing is kept may be said
def test_a_home_that_cannot_be_written_is_no_obstacle(carto, monkeypatch):
    no_folder = carto.folder / "a-file"
    no_folder.touch()
    monkeypatch.setenv("HOME", str(no_folder))
    assert CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
