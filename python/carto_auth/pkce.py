"""What `carto_auth.pkce` of 0.2.0 had, by the name of what replaces it."""

from carto_auth._replaced import refuse

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


# So that `from … import *` is told, too.
__all__ = list(_REPLACED)


def __getattr__(name: str) -> object:
    raise refuse(__name__, name, _REPLACED)
