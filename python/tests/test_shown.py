"""How a sign-in looks: one line, and a table."""

import html.parser
import re
from types import SimpleNamespace

import pytest
from carto_auth import CartoAuth, _shown


def test_a_person_sees_where_their_account_is_once_it_is_known(carto):
    carto.browser()
    auth = CartoAuth.from_oauth()
    assert "ada@example.com" in repr(auth)
    assert auth.get_api_base_url() == carto.api_base_url
    assert f", {carto.api_base_url}, " in repr(auth)
    assert carto.api_base_url in repr(CartoAuth.from_oauth()), "it is kept with the sign-in"


@pytest.mark.parametrize("of", ["a person", "a job"])
def test_a_sign_in_that_cannot_be_kept_is_shown_all_the_same(carto, monkeypatch, of):
    monkeypatch.setenv("CARTO_AUTH_CACHE_DIR", "/proc/nowhere")
    carto.browser()
    with pytest.warns(match="is not kept"):
        auth = CartoAuth.from_oauth() if of == "a person" else CartoAuth.from_m2m(carto.credentials_file())
        auth.get_access_token()
    assert "ada@example.com" in repr(auth)
    assert "h left" in auth._repr_html_()
    assert auth.status().location == "this process only"
    assert "could not be kept" in auth.status().warnings[0]


def test_the_base_url_of_a_credentials_file_costs_no_token(carto):
    auth = CartoAuth.from_m2m(carto.credentials_file())
    auth.invalidate()
    carto.plan("token", status=503, always=True)
    asked = len(carto.requests("token"))
    assert auth.get_api_base_url() == carto.api_base_url
    assert len(carto.requests("token")) == asked


def test_the_line_says_who_where_and_for_how_long():
    assert _shown.text(status(), "CartoAuth") == (
        "CartoAuth(ada@example.com, organization org_1, https://gcp-us-east1.api.carto.com, 23 h left, renews itself)"
    )


def test_the_table_says_the_same():
    assert table(status()) == {
        "signed in as": "ada@example.com",
        "account": "ac_1",
        "organization": "org_1",
        "API base URL": "https://gcp-us-east1.api.carto.com",
        "token": "23 h left, renews itself",
    }


def test_nobody_has_no_time_left():
    nobody = status(signed_in=False, email=None, organization=None, api_base_url=None, account_id=None)
    assert _shown.text(nobody, "CartoAuth") == "CartoAuth(nobody is signed in)"
    assert table(nobody) == {"signed in as": "nobody is signed in"}


@pytest.mark.parametrize(
    ("kind", "email", "who"),
    [
        ("m2m", None, "a job (M2M)"),
        ("m2m", "ada@example.com", "a job (M2M) of ada@example.com"),
        ("token", None, "an API access token"),
        ("person", None, "ac_1"),
    ],
)
def test_a_job_is_not_taken_for_a_person(kind, email, who):
    assert table(status(kind=kind, email=email))["signed in as"] == who


@pytest.mark.parametrize(
    ("left", "renews", "told"),
    [
        (86_400, False, "24 h left"),
        (172_800, False, "2 d left"),
        (3_599, True, "59 min left, renews itself"),
        (59.9, False, "59 s left"),
        (0, True, "renewed at the next use"),
        (-5, False, "ended"),
        (None, False, "no end is known"),
        (None, True, "renewed when it is needed"),
    ],
)
def test_the_time_is_told_in_one_unit(left, renews, told):
    assert table(status(time_left=left, renews=renews))["token"] == told


def test_a_profile_is_told_where_one_was_chosen():
    assert "profile" not in table(status(profile="default"))
    assert table(status(profile="eu"))["profile"] == "eu"


def test_every_value_is_escaped():
    nasty = "<img src=x onerror=alert(1)>&\"'\x1b[31m\u202e"
    values = dict.fromkeys(("email", "organization", "api_base_url", "account_id", "profile"), nasty)
    markup = _Markup(_shown.html(status(**values)))
    assert markup.tags <= {"table", "caption", "tbody", "tr", "th", "td"}
    assert markup.cells["organization"].startswith("<img src=x onerror=alert(1)>&\"'")
    for text in (_shown.html(status(**values)), _shown.text(status(**values), "CartoAuth")):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", text)


def test_only_colours_of_the_page_around_are_used():
    for value in re.findall(r"(?:color|background):([^;\"]+)", _shown.html(status())):
        assert value in ("inherit", "transparent")


# The machinery.


def status(**changes):
    known = {
        "kind": "person",
        "profile": None,
        "signed_in": True,
        "email": "ada@example.com",
        "account_id": "ac_1",
        "organization": "org_1",
        "api_base_url": "https://gcp-us-east1.api.carto.com",
        "expires_at": 1_800_000_000,
        "time_left": 23 * 3_600 + 59,
        "renews": True,
        "scope": None,
        "location": None,
        "warnings": [],
    }
    return SimpleNamespace(**(known | changes))


def table(shown):
    return _Markup(_shown.html(shown)).cells


class _Markup(html.parser.HTMLParser):
    """The tags and the rows of a table."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells, self._inside, self._head = set(), {}, None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside == "th":
            self._head = data
        elif self._inside == "td":
            self.cells[self._head] = self.cells.get(self._head, "") + data
