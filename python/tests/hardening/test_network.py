"""T22, T23: the certificate of the server, and what stands between."""

import shutil
import socket
import traceback

import pytest
from carto_auth import CartoAuth, CredentialsError
from proxy import Tinyproxy, TlsServer, certificate

VARIABLES = ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]


@pytest.mark.parametrize("variable", VARIABLES)
def test_t22_an_authority_of_ones_own_is_trusted_through_each_of_the_four_variables(carto, monkeypatch, variable):
    value = certificate("authority")
    if variable == "SSL_CERT_DIR":
        value = carto.folder / "certificates"
        value.mkdir()
        shutil.copy(certificate("authority"), value)
    if variable.endswith("BUNDLE"):
        # Where the platform has no certificates at all, these join another one.
        monkeypatch.setenv("SSL_CERT_FILE", certificate("stranger"))
    with TlsServer() as server:
        monkeypatch.setenv(variable, str(value))
        assert token(carto, monkeypatch, f"https://localhost:{server.port}") == "a-token"


@pytest.mark.parametrize(
    ("shows", "trusted", "message", "hint"),
    [
        ("server", "stranger", "cannot be trusted", "SSL_CERT_FILE"),
        ("elsewhere", "authority", "is for another name", "address"),
        ("expired", "authority", "has expired", "clock"),
    ],
)
def test_t22_a_certificate_that_is_not_accepted_is_told_with_what_mends_it(
    carto, monkeypatch, shows, trusted, message, hint
):
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(variable, certificate(trusted))
    with TlsServer(shows) as server:
        error = failure(carto, monkeypatch, f"https://localhost:{server.port}")
    assert isinstance(error, ConnectionError)
    assert message in str(error)
    assert hint in error.hint
    assert server.requests == [], "nothing was sent"


@pytest.mark.parametrize(
    ("password", "own"), [(None, ""), ("canary", "me:canary@")], ids=["without a password", "with a password"]
)
def test_t23_a_real_proxy_is_used_with_and_without_a_password(carto, monkeypatch, password, own):
    trust(monkeypatch)
    with TlsServer() as server, Tinyproxy(carto.folder, password) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{own}127.0.0.1:{proxy.port}")
        assert token(carto, monkeypatch, f"https://0.0.0.0:{server.port}") == "a-token"
        assert f"CONNECT 0.0.0.0:{server.port}" in proxy.log()


def test_t23_a_host_without_a_proxy_is_reached_directly(carto, monkeypatch):
    trust(monkeypatch)
    with TlsServer() as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{nobody()}")
        monkeypatch.setenv("NO_PROXY", "example.com, 0.0.0.0")
        assert token(carto, monkeypatch, f"https://0.0.0.0:{server.port}") == "a-token"


@pytest.mark.parametrize("own", ["", "me:canary@"])
def test_t23_a_real_proxy_that_knows_another_password_is_told_and_no_password_shown(carto, monkeypatch, own):
    trust(monkeypatch)
    with TlsServer() as server, Tinyproxy(carto.folder, "another") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{own}127.0.0.1:{proxy.port}")
        error = failure(carto, monkeypatch, f"https://0.0.0.0:{server.port}")
    assert isinstance(error, ConnectionError)
    assert "proxy" in str(error)
    assert "canary" not in "".join(traceback.format_exception(error))
    assert server.requests == []


def test_t23_a_proxy_that_is_not_there_is_told_and_no_password_shown(carto, monkeypatch):
    trust(monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:canary@127.0.0.1:{nobody()}")
    error = failure(carto, monkeypatch, "https://0.0.0.0:1")
    assert isinstance(error, ConnectionError)
    assert "HTTPS_PROXY" in error.hint
    assert "canary" not in "".join(traceback.format_exception(error))


def test_t23_loopback_is_always_reached_directly(carto, monkeypatch):
    for variable in ("HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{nobody()}")
    assert CartoAuth.from_m2m(carto.credentials_file()).get_access_token()


def token(carto, monkeypatch, url):
    """What a job gets whose authorization server is at this address."""
    monkeypatch.setenv("CARTO_AUTH_URL", url)
    own = {"api_base_url": "https://api.example.com", "client_id": "a-client", "client_secret": "a-secret"}
    return CartoAuth.from_m2m(carto.credentials_file(**own)).get_access_token()


def failure(carto, monkeypatch, url):
    with pytest.raises(CredentialsError) as caught:
        token(carto, monkeypatch, url)
    return caught.value


def trust(monkeypatch):
    """Trusts the test's authority by whatever any version reads."""
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(variable, certificate("authority"))


def nobody():
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]
