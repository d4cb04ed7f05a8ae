"""What `carto_auth.pkce` of 0.2.0 had, by the name of what replaces it."""

_PART = "a part of `environment=` of `CartoAuth.from_oauth()`, or of a profile"

_REPLACED = {
    "CartoPKCE": "`CartoAuth.from_oauth()`",
    "RequestHandler": "`CartoAuth.from_oauth()`, whose listener takes one answer and closes",
    "OAUTH_AUTHORIZE_URL": f"`auth_url`, {_PART}",
    "OAUTH_TOKEN_URL": f"`auth_url`, {_PART}",
    "AUDIENCE": f"`audience`, {_PART}",
    "CLIENT_ID": f"`client_id`, {_PART}",
    "REDIRECT_URI": f"`redirect_uri`, {_PART}",
    "REDIRECT_URI_CLI": f"`paste_redirect_uri`, {_PART}",
}


def __getattr__(name: str) -> object:
    if name in _REPLACED:
        raise ImportError(f"`carto_auth.pkce.{name}` is not there any more; what takes its place is {_REPLACED[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
