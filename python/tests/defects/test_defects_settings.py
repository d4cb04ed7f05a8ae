"""Which CARTO, and with what."""

from importlib.metadata import requires

import pytest
from carto_auth import CartoAuth


@pytest.mark.defect(30)
def test_an_installation_of_ones_own_can_be_named(carto, monkeypatch):
    for name in carto.variables:
        monkeypatch.delenv(name)
    place = {"auth_url": carto.url, "accounts_url": carto.url}
    auth = CartoAuth.from_m2m_token(carto.api_base_url, *carto.m2m, environment=place)
    assert auth.get_access_token()
    assert len(carto.requests("token")) == 1


@pytest.mark.defect(30)
def test_the_client_and_the_audience_can_be_ones_own(carto, monkeypatch):
    monkeypatch.setenv("CARTO_AUTH_AUDIENCE", "an-audience-of-ones-own")
    monkeypatch.setenv("CARTO_AUTH_CLIENT_ID", "a-client-of-ones-own")
    program = "from carto_auth import CartoAuth; CartoAuth.from_oauth(open_browser=False)"
    with carto.terminal(program) as terminal:
        link = terminal.link()
    assert "client_id=a-client-of-ones-own" in link
    assert "audience=an-audience-of-ones-own" in link


@pytest.mark.defect(31)
def test_a_job_needs_no_secret_on_the_disk(carto):
    carto.become_a_job()
    assert CartoAuth.from_env().get_access_token()
    assert CartoAuth.from_m2m_token(carto.api_base_url, *carto.m2m, use_cache=False).get_access_token()


@pytest.mark.defect(33)
def test_nothing_else_is_installed_with_it():
    assert [need for need in requires("carto-auth") or [] if "extra ==" not in need] == []
