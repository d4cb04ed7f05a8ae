"""What people imported from inside 0.2.0 is refused with the name of what takes its place."""

import importlib

import pytest

UTILS = [
    "api_headers", "get_oauth_token_info", "get_m2m_token_info", "get_api_base_url", "get_home_dir",
    "get_cache_filepath", "load_cache_file", "save_cache_file", "is_token_expired",
]  # fmt: skip
PKCE = [
    "CartoPKCE", "RequestHandler", "OAUTH_AUTHORIZE_URL", "OAUTH_TOKEN_URL", "AUDIENCE", "CLIENT_ID", "REDIRECT_URI",
    "REDIRECT_URI_CLI",
]  # fmt: skip
NAMES = [*(f"carto_auth.utils.{name}" for name in UTILS), *(f"carto_auth.pkce.{name}" for name in PKCE)]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_from_inside_is_refused_with_what_takes_its_place(name):
    module, _, attribute = name.rpartition(".")
    with pytest.raises(ImportError, match=f"{attribute}.*takes its place is `"):
        exec(f"from {module} import {attribute}")


def test_the_documented_import_paths_go_on_working():
    package = importlib.import_module("carto_auth")
    assert importlib.import_module("carto_auth.auth").CartoAuth is package.CartoAuth
    assert importlib.import_module("carto_auth.errors").CredentialsError is package.CredentialsError
