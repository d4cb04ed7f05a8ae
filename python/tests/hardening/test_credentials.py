"""C01 to C15: the credentials file."""

import json
import os
import re
import sys

import pytest
from carto_auth import CartoAuth
from rows import CANARY, refusal, told

MEMBERS = {"api_base_url": "https://a.example", "client_id": "an-id", "client_secret": CANARY}

# A device is endless: what reads it whole must end before it has taken the machine's memory.
READ = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
from carto_auth import CartoAuth, CredentialsError
try:
    CartoAuth.from_m2m(sys.argv[1])
except CredentialsError as error:
    print(error, error.__cause__)
"""


def written(carto, content):
    """A credentials file with this content."""
    path = carto.credentials_file("c.json")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("folder", "it is a folder"),
        ("none.json", "there is no"),
        ("none/c.json", "there is no folder"),
        ("dangling", "it is a link that leads nowhere"),
        ("large", "it is larger than"),
    ],
)
def test_c01_what_is_no_file_is_named_by_path_and_kind(carto, name, kind):
    path = carto.folder / name
    (carto.folder / "folder").mkdir()
    (carto.folder / "large").write_text(" " * 70_000, encoding="utf-8")
    (carto.folder / "dangling").symlink_to(carto.folder / "nowhere")
    text = refusal(CartoAuth.from_m2m, path)
    assert str(path) in text
    assert kind in text
    assert carto.requests() == []


@pytest.mark.skipif(sys.platform != "linux", reason="its devices are elsewhere")
@pytest.mark.parametrize(
    ("path", "kind"), [("pipe", "it is a named pipe"), ("/dev/zero", "it is a device"), ("/proc/self/mem", "error")]
)
def test_c01_what_never_ends_is_never_waited_for(carto, path, kind):
    os.mkfifo(carto.folder / "pipe")
    result = carto.run(READ, carto.folder / path, timeout=15)
    assert kind in result.stdout, result.stderr[-1_000:]
    assert path in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="rights are another matter there")
@pytest.mark.parametrize(("mode", "count"), [(0o600, 0), (0o400, 0), (0o640, 1), (0o644, 1), (0o666, 1)])
def test_c02_a_file_that_others_can_open_works_with_one_warning(carto, mode, count):
    path = carto.credentials_file()
    path.chmod(mode)
    auth, warned = told(CartoAuth.from_m2m, path)
    assert auth.get_access_token()
    assert len(warned) == count
    assert all(f"`chmod 600 {path}`" in text for text in warned)


@pytest.mark.skipif(sys.platform == "win32", reason="rights are another matter there")
def test_c02_a_strict_process_refuses_a_file_that_others_can_open(carto, monkeypatch):
    monkeypatch.setenv("CARTO_AUTH_STRICT_FILES", "1")
    path = carto.credentials_file()
    path.chmod(0o644)
    text = refusal(CartoAuth.from_m2m, path)
    assert "mode 0644" in text
    assert f"`chmod 600 {path}`" in text
    assert carto.requests() == []
    path.chmod(0o600)
    assert CartoAuth.from_m2m(path).get_access_token()


@pytest.mark.parametrize(
    "content",
    [
        "", "  \n ", "null", "[]", '"sandbox-canary"', "7", "true", '{\n  "client_id": "sandbox-canary",\n}',
        "// sandbox-canary\n{}", "{}\n{}", "client_secret: sandbox-canary", "{client_id: 1}", "\0" * 80,
        '{"client_secret": "sandbox-canary', b"\xff\xfe{\0}\0", b"\x1f\x8b\x08sandbox-canary", '{"a": ' + "[" * 30_000,
    ],
)  # fmt: skip
def test_c04_what_is_no_json_object_is_told_by_line_and_column(carto, content):
    text = refusal(CartoAuth.from_m2m, written(carto, content))
    assert re.search(r"line \d+,? column \d+", text)
    assert '`{"api_base_url": ' in text, "what is wanted is shown"


def test_c04_a_file_cut_at_any_byte_is_told(carto):
    whole = json.dumps(MEMBERS)
    for cut in range(len(whole)):
        assert re.search(r"line 1,? column \d+", refusal(CartoAuth.from_m2m, written(carto, whole[:cut])))
    assert carto.requests() == []


@pytest.mark.parametrize("attribute", MEMBERS)
@pytest.mark.parametrize("value", [..., None, "", "  ", 7, True, [CANARY], {"a": {"b": CANARY}}])
def test_c05_each_attribute_can_be_wrong_in_each_way(carto, attribute, value):
    content = {**MEMBERS, attribute: value}
    if value is ...:
        del content[attribute]
    text = refusal(CartoAuth.from_m2m, written(carto, json.dumps(content)))
    assert attribute in text
    assert carto.requests() == []


@pytest.mark.parametrize("content", ["{}", '{"api_base_url": 1, "client_id": "", "client_secret": null}'])
def test_c05_all_faults_are_listed_at_once(carto, content):
    text = refusal(CartoAuth.from_m2m, written(carto, content)).splitlines()
    error = next(line for line in text if re.match(r"carto_auth\.errors\.\w+Error: ", line))
    assert all(attribute in error for attribute in MEMBERS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"type": "service_account", "private_key": CANARY, "client_id": "1"}, "Google"),
        ({**MEMBERS, "type": "spa"}, "people"),
        ({"apiBaseUrl": "https://a.example", "clientId": "1", "CLIENT-SECRET": CANARY}, "write `api_base_url`"),
    ],
)
def test_c07_another_kind_and_another_spelling_are_explained(carto, content, words):
    assert words in refusal(CartoAuth.from_m2m, written(carto, json.dumps(content)))


def test_c07_more_keys_are_ignored_and_stay(carto):
    path = carto.credentials_file(name_of="ETL", type="m2m", clientId=2, nested={"a": [1]})
    before = path.read_bytes()
    assert CartoAuth.from_m2m(path).get_access_token()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "tail", ["%+&=\"'\u00e9\U0001f30d/\\", "%2B +&client_id=other&", " a b ", "\u202e\ufeff", "x" * 4_096]
)
def test_c09_a_secret_is_sent_exactly_as_it_is_and_shown_nowhere(carto, tail, caplog):
    secret = CANARY + tail
    with caplog.at_level("DEBUG"):
        refusal(lambda: CartoAuth.from_m2m(carto.credentials_file(client_secret=secret)).get_access_token())
    (sent,) = carto.requests("token")
    assert sent.form["client_secret"] == secret
    assert "authorization" not in sent.headers
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://gcp-us-east1.api.carto.com///", "https://gcp-us-east1.api.carto.com"),
        (" https://maps.example.com/api/ ", "https://maps.example.com/api"),
        ("HTTPS://MAPS.Example.COM:443", "https://maps.example.com"),
        ("https://m\u00fcnchen.example", "https://xn--mnchen-3ya.example"),
        ("https://10.0.0.7:8443", "https://10.0.0.7:8443"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
    ],
)
def test_c10_an_address_that_is_usable_loses_its_slashes_and_no_more(carto, text, expected):
    assert CartoAuth.from_m2m(carto.credentials_file(api_base_url=text)).get_api_base_url() == expected


@pytest.mark.parametrize(
    "text",
    [
        "http://maps.example.com", "http://127.0.0.1.example.com", "maps.example.com", "//maps.example.com", "https://",
        "https://me:sandbox-canary@maps.example.com", "https://maps.example.com?token=sandbox-canary",
        "https://maps.example.com#sandbox-canary", "https://exa mple.com", "https://example.com/\u0007",
        "https://example.com\r\nx: y", "https://example.com:99999", "file:///etc/passwd", "ftp://maps.example.com",
        "javascript:alert(1)", "eyJcanary.eyJ.sig",
    ],
)  # fmt: skip
def test_c10_an_address_that_would_leak_or_leads_nowhere_is_refused(carto, text):
    assert "api_base_url" in refusal(CartoAuth.from_m2m, carto.credentials_file(api_base_url=text))
    assert carto.requests() == []


def test_c12_a_secret_that_changes_is_picked_up_and_the_old_token_is_not_used(carto):
    path = carto.credentials_file()
    old = CartoAuth.from_m2m(path).get_access_token()
    new = carto.plan_token("sandbox-of-the-new-secret")
    os.utime(carto.credentials_file(client_secret="sandbox-rotated"), (0, 0))
    assert CartoAuth.from_m2m(path).get_access_token() == new != old
    assert carto.requests("token")[-1].form["client_secret"] == "sandbox-rotated"


def test_c14_of_two_secrets_the_documented_one_is_used_and_both_are_told(carto, monkeypatch):
    carto.become_a_job()
    monkeypatch.setenv("CARTO_CREDENTIALS_FILE", str(carto.credentials_file(client_secret="sandbox-of-the-file")))
    auth, warned = told(CartoAuth.from_env)
    assert auth.get_access_token()
    assert carto.requests("token")[-1].form["client_secret"] == carto.m2m[1]
    assert len(warned) == 1
    assert "`CARTO_M2M_CLIENT_ID` is used; `CARTO_CREDENTIALS_FILE` is set too, says something else" in warned[0]
    monkeypatch.setenv("CARTO_CREDENTIALS_FILE", str(carto.credentials_file()))
    assert told(CartoAuth.from_env)[1] == [], "the same in both is worth no word"


@pytest.mark.parametrize(
    "name",
    ["c.json", "mit Raum-\u00fc/c c.json", "\u65e5\u672c/\U0001f30d.json", "x" * 240, "it's $(id).json", "-c.json"],
)
def test_c15_whatever_a_path_is_made_of_it_leads_to_the_file(carto, name, monkeypatch):
    path = carto.home / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(carto.credentials_file().read_bytes())
    path.chmod(0o600)
    monkeypatch.chdir(carto.home)
    for spelling in (path, str(path), f"~/{name}", name, f"./../home/{name}", os.fsencode(path)):
        assert CartoAuth.from_m2m(spelling).get_access_token(), spelling


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_c15_a_name_that_is_no_text_is_a_name(carto):
    path = os.fsencode(carto.folder) + b"/latin-\xfc.json"
    os.link(carto.credentials_file(), path)
    assert CartoAuth.from_m2m(os.fsdecode(path)).get_access_token()
