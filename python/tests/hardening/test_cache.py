"""K01 to K07: what is found where tokens rest, and what happens where none can."""

import json
import os
import sys
import time

import pytest
from carto_auth import CartoAuth
from forerunner import PREDECESSOR
from rows import kept, refusal, run_0_2_0, told
from world import AUDIENCE, ORGANIZATION, SHORT, jwt, outlive_a_short_token

EUROPE = "https://gcp-europe-west1.api.carto.com"

TOKEN = """
import sys
from carto_auth import CartoAuth
print(CartoAuth.from_m2m(sys.argv[1]).get_access_token())
"""


def assert_asked_for_anew(carto, file, content):
    """A damaged file costs one warning and one request; who comes next finds the new token."""
    path = carto.credentials_file()
    before = len(carto.requests("token"))
    file.write_bytes(content)
    auth, warned = told(CartoAuth.from_m2m, path)
    token = auth.get_access_token()
    assert CartoAuth.from_m2m(path).get_access_token() == token
    assert len(carto.requests("token")) == before + 1, content[:80]
    assert len(warned) == 1, (content[:80], warned)
    assert "was damaged" in warned[0]
    assert "eyJ" not in warned[0]


def test_k01_a_file_that_is_cut_or_filled_is_moved_aside_and_asked_for_anew(carto):
    token = CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    file = kept(carto, token)
    whole = file.read_bytes()
    # The library's own tests cut at each byte.
    for cut in range(0, len(whole) - 1, 97):
        assert_asked_for_anew(carto, file, whole[:cut])
    for content in (bytes(len(whole)), whole[:300] + bytes(300), whole + b"Extra data", whole + whole, b"\xff" * 90):
        assert_asked_for_anew(carto, file, content)


@pytest.mark.parametrize("content", ["null", "[]", "7", '"text"', "{}"])
def test_k02_json_of_another_shape_is_moved_aside_and_asked_for_anew(carto, content):
    token = CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    assert_asked_for_anew(carto, kept(carto, token), content.encode())


@pytest.mark.parametrize("value", [None, "", 7, [], {}, "two\nlines", "nul\0"])
def test_k02_a_token_that_is_none_is_never_given_out(carto, value):
    token = CartoAuth.from_m2m(carto.credentials_file()).get_access_token()
    file = kept(carto, token)
    content = {**json.loads(file.read_bytes()), "access_token": value}
    assert_asked_for_anew(carto, file, json.dumps(content).encode())


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("Europe/Madrid", "UTC"), ("America/New_York", "UTC"), ("UTC", "Europe/Madrid"), ("UTC", "America/New_York"),
        ("America/Los_Angeles", "Asia/Tokyo"), ("Pacific/Kiritimati", "Etc/GMT+12"), ("Asia/Kathmandu", "Asia/Kolkata"),
        # From winter into summer, and back: the same place, an hour later.
        ("CET-1", "CEST-2"), ("CEST-2", "CET-1"), ("EST5", "EDT4"),
    ],
)  # fmt: skip
def test_k04_a_token_of_0_2_0_is_used_to_its_true_end_whatever_the_zones(carto, there, here):
    now = int(time.time())
    client = {"iss": f"{carto.url}/", "azp": carto.m2m[0], "aud": AUDIENCE}
    path = carto.credentials_file()
    living = carto.plan_token(jwt(**client, iat=now - 60, exp=now + 7_200), expires_in=7_200)
    assert run_0_2_0(TOKEN, path, TZ=there) == living
    assert carto.run(TOKEN, path, TZ=here).stdout.strip() == living, "thrown away while it lives"
    assert len(carto.requests("token")) == 1
    (carto.home / ".carto-auth" / "token_m2m.json").unlink()
    for file in carto.home.glob(".carto-auth/*"):
        file.unlink()
    ended = carto.plan_token(jwt(**client, iat=now - 60, exp=now + SHORT), expires_in=SHORT)
    assert run_0_2_0(TOKEN, path, TZ=there) == ended
    outlive_a_short_token()
    assert carto.run(TOKEN, path, TZ=here).stdout.strip() not in ("", ended), "served after its end"


def test_k05_another_client_or_base_url_of_a_job_is_a_miss(carto):
    own = CartoAuth.from_m2m(carto.credentials_file("first.json")).get_access_token()
    for number, changes in enumerate(
        [{"client_id": "sandbox-other"}, {"client_secret": "sandbox-other"}, {"api_base_url": EUROPE}]
    ):
        other = carto.plan_token(f"sandbox-{number}")
        auth = CartoAuth.from_m2m(carto.credentials_file("second.json", **changes))
        assert auth.get_access_token() == other, changes
        assert auth.get_api_base_url() == changes.get("api_base_url", carto.api_base_url)
    assert CartoAuth.from_m2m(carto.credentials_file("first.json")).get_access_token() == own


def test_k05_another_organization_or_base_url_of_a_person_is_a_miss(carto):
    carto.browser()
    CartoAuth.from_oauth()
    assert CartoAuth.from_oauth(api_base_url=EUROPE).get_api_base_url() == EUROPE
    CartoAuth.from_oauth(org=ORGANIZATION)
    assert carto.requests("authorize")[-1].query["organization"] == ORGANIZATION
    assert len(carto.requests("authorize")) == 3


def test_k06_an_entry_of_a_newer_version_stays_and_ours_goes_beside_it(carto):
    path = carto.credentials_file()
    file = kept(carto, CartoAuth.from_m2m(path).get_access_token())
    newer = '{"version": 2, "tokens": ["of the future"]}'
    file.write_text(newer, encoding="utf-8")
    auth, warned = told(CartoAuth.from_m2m, path)
    assert len(warned) == 1
    assert "is a file of a newer version and stays as it is" in warned[0]
    again, warned = told(CartoAuth.from_m2m, path)
    assert (again.get_access_token(), warned) == (auth.get_access_token(), [])
    assert file.read_text(encoding="utf-8") == newer


# Prints a token, and how often was warned.
WITHOUT = """
import os, resource, sys, warnings
from carto_auth import CartoAuth, errors
path, limit, user = sys.argv[1:]
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
if user:
    os.setgid(0)
    os.setuid(int(user))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    auth = CartoAuth.from_m2m(path) if path else CartoAuth.from_env()
    token = auth.get_access_token()
    assert auth.get_access_token() == token
told = [str(warning.message) for warning in caught if issubclass(warning.category, UserWarning)]
print(token, len(told), *told)
"""


def assert_works_with_one_warning(result):
    token, count, words = result.stdout.split(" ", 2) if result.stdout.count(" ") > 1 else ("", "", result.stderr)
    assert len(token) > 9, result.stderr[-1_000:]
    assert count == "1", words
    assert "is not kept" in words


# As root, 0.2.0 would write into this machine's own folders.
HOMES = ["gone/home", "/dev/null", "/proc"] + ([] if PREDECESSOR else [None, "", "/", "relative"])


@pytest.mark.parametrize("home", HOMES)
def test_k07_a_home_that_is_none_costs_one_warning_and_no_call(carto, home):
    home = str(carto.folder / home) if home == "gone/home" else home
    assert_works_with_one_warning(carto.run(WITHOUT, carto.credentials_file(), "", "", HOME=home))
    assert not (carto.folder / "gone").exists()


def test_k07_a_home_that_is_a_file_costs_one_warning_and_no_call(carto):
    home = carto.folder / "a file"
    home.touch()
    assert_works_with_one_warning(carto.run(WITHOUT, carto.credentials_file(), "", "", HOME=str(home)))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("home", ["/", "/root", "/nowhere"])
def test_k07_a_user_without_a_name_and_a_place_to_write_costs_one_warning_and_no_call(carto, home):
    carto.become_a_job()
    assert_works_with_one_warning(carto.run(WITHOUT, "", "", "1000620000", HOME=home))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits there")
@pytest.mark.parametrize("limit", [0, 100, 1_000])
def test_k07_a_disk_that_is_full_costs_one_warning_and_no_call(carto, limit):
    assert_works_with_one_warning(carto.run(WITHOUT, carto.credentials_file(), limit, ""))
    assert CartoAuth.from_m2m(carto.credentials_file()).get_access_token(), "nothing half is found"


def test_k07_a_folder_that_is_lost_loses_no_token_in_memory(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    token = auth.get_access_token()
    folder = carto.home / ".carto-auth"
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.write_text("in the way", encoding="utf-8")
    assert auth.get_access_token() == token
    auth, warned = told(CartoAuth.from_m2m, carto.credentials_file())
    assert auth.get_access_token() != token
    assert len(warned) == 1
    assert folder.read_text(encoding="utf-8") == "in the way"


def test_k07_a_file_that_was_named_where_none_can_be_costs_one_warning_and_no_call(carto):
    auth, warned = told(CartoAuth.from_m2m, carto.credentials_file(), cache_filepath="/proc/carto/token.json")
    assert auth.get_access_token()
    assert len(warned) == 1


def test_k07_signing_out_of_what_cannot_be_removed_is_an_error(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    token = auth.get_access_token()
    lock = kept(carto, token).with_suffix(".lock")
    lock.unlink()
    lock.mkdir()
    assert "hint: " in refusal(auth.logout)
