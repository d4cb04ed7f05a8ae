"""What `carto_auth.utils` of 0.2.0 had, by the name of what replaces it."""

from carto_auth._replaced import refuse

_REPLACED = {
    "api_headers": "`CartoAuth.requests_auth()` and `CartoAuth.httpx_auth()`",
    "get_oauth_token_info": "`CartoAuth.from_oauth()`",
    "get_m2m_token_info": "`CartoAuth.from_m2m(…)` or `CartoAuth.from_m2m_token(…)`",
    "get_api_base_url": "`CartoAuth.get_api_base_url()`",
    "get_cache_filepath": "`CartoAuth.status().location`, and `cache_filepath` to choose another file",
    "get_home_dir": "`CARTO_AUTH_CACHE_DIR` to choose another folder",
    "load_cache_file": "`CartoAuth.from_env().get_access_token()`, or `carto-auth token` in a shell",
    "save_cache_file": "`use_cache=True`, which keeps the token",
    "is_token_expired": "`CartoAuth.get_access_token()`, which gives one that lives",
}


# So that `from … import *` is told, too.
__all__ = list(_REPLACED)


def __getattr__(name: str) -> object:
    raise refuse(__name__, name, _REPLACED)
