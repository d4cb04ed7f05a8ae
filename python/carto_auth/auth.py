"""A sign-in to CARTO: a person's or a job's, with tokens that renew themselves."""

import os

from carto_auth._native import Handle, Redacted, after_fork_in_child, after_fork_in_parent, before_fork
from carto_auth._replaced import Gone
from carto_auth.errors import ConfigError, CredentialsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from carto_auth import _http, _pickle, _shown, _thread, _types, _warehouse
else:

    class _Part:
        """A module of the package, loaded with its first use and kept: at its very end Python imports nothing."""

        def __init__(self, name):
            self._name = name
            self._module = None

        def __getattr__(self, name):
            if name.startswith("__"):
                # Whoever looks through this module (`inspect.unwrap`) loads nothing.
                raise AttributeError(name)
            if self._module is None:
                self._module = __import__(f"carto_auth.{self._name}", fromlist=(name,))
            return getattr(self._module, name)

    _http, _pickle, _shown, _thread, _types, _warehouse = map(
        _Part, ("_http", "_pickle", "_shown", "_thread", "_types", "_warehouse")
    )


def _leave_to_parent() -> None:
    """Closes what a child got of its parent's: a lock, or a port, must not live on here."""
    for number in after_fork_in_child():
        # Where it is closed already, that is no fault.
        os.closerange(number, number + 1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=before_fork, after_in_parent=after_fork_in_parent, after_in_child=_leave_to_parent)


class CartoAuth(Handle):
    """A sign-in to CARTO.

    It can be shared by threads, and used after a `fork`. A pickled one carries where its credentials come from, and
    never a token or a secret.

    Args:
        mode: `oauth` for a person, `m2m` for a job.
        api_base_url: The base URL of the account's API. Where it is left out, CARTO is asked for it.
        access_token: A token that was won elsewhere. It is used to its end and then renewed.
        expiration: When that token ends, in seconds since 1970 (UTC). Where it is left out, or past the year 9999, no
            end is known.
        client_id: The id of a machine-to-machine client.
        client_secret: The secret of a machine-to-machine client.
        cache_filepath: The file that the token is kept in. By default one in `~/.carto-auth`.
        use_cache: Whether tokens are kept between runs.
        open_browser: Whether a browser may be opened. Without one, a link is shown, and a code is asked for.
        org: The organization to sign in to (SSO), as CARTO's support gives it.

    Raises:
        ConfigError: The mode, or a value, cannot be used.
    """

    _origin: "_types.Opening | None"

    if not TYPE_CHECKING:
        # What 0.2.0 kept on its instances, for those who read it.
        _access_token = Gone("`get_access_token()`")
        _expiration = Gone("`status().expires_at`")
        _api_base_url = Gone("`get_api_base_url()`")
        _client_id = Gone("the credentials that you gave")
        _client_secret = Gone("the credentials that you gave")
        _cache_filepath = Gone("`status().location`")
        _mode = Gone("`status().kind`")
        _org = Gone("`status().organization`")
        _use_cache = Gone("the argument that you gave")
        _open_browser = Gone("the argument that you gave")

    def __init__(
        self,
        mode: str,
        api_base_url: str | None = None,
        access_token: str | None = None,
        expiration: float | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        cache_filepath: "_types.Path | None" = None,
        use_cache: bool = True,
        open_browser: bool = True,
        org: str | None = None,
    ) -> None:
        if self._is_open():
            # A class method has opened it, and a subclass may add to it here.
            return
        opening = {
            "kind": mode,
            "api_base_url": api_base_url,
            "access_token": Redacted(access_token),
            "expiration": expiration,
            "client_id": client_id,
            "client_secret": Redacted(client_secret),
            "cache_filepath": cache_filepath,
            "use_cache": use_cache,
            "open_browser": open_browser,
            "org": org,
        }
        # What may raise from here on shows this frame to whoever looks at all variables.
        del access_token, client_secret
        if not isinstance(mode, str):
            raise TypeError(f"`mode` has to be text (`str`), not `{type(mode).__name__}`")
        if mode not in ("oauth", "m2m"):
            raise ConfigError(f"there is no mode `{mode}`")._with_hint(
                "the modes are `oauth`, which signs a person in, and `m2m`, which signs a job in"
            )
        self._start(opening)

    @classmethod
    def from_oauth(
        cls,
        cache_filepath: "_types.Path | None" = None,
        use_cache: bool = True,
        open_browser: bool = True,
        api_base_url: str | None = None,
        org: str | None = None,
        *,
        timeout: float | None = None,
        profile: str | None = None,
        environment: "_types.Environment | None" = None,
        interactive: bool | None = None,
        scopes: "_types.Sequence[str] | None" = None,
        offline_access: bool | None = None,
        way: "_types.Way | None" = None,
        store: str | None = None,
        keyring: "_types.Keyring | None" = None,
    ) -> "_types.Self":
        """Signs a person in, unless they are signed in already.

        Where the browser is on this machine, it is opened and comes back by itself. Elsewhere (Colab, Databricks,
        JupyterHub, a remote shell …) a link is shown, and the access code behind it is asked for.

        Args:
            cache_filepath: The file that the token is kept in. By default one in `~/.carto-auth`.
            use_cache: Whether tokens are kept between runs.
            open_browser: `False` shows a link and asks for the access code, as for a browser on another machine.
            api_base_url: The base URL of the account's API. By default it is looked up.
            org: The organization to sign in to (SSO), as CARTO's support gives it, as in `org_XXXXXX`.
            timeout: How many seconds the person has, from 1 to 3600. By default 300.
            profile: The profile of `config.toml`.
            environment: Where CARTO is, for a self-hosted one: `auth_url`, `audience`, `client_id`, `redirect_uri`,
                `paste_redirect_uri`, `accounts_url`, `api_hosts`. What is left out is as in CARTO's cloud.
            interactive: `False` never asks anybody.
            scopes: The scopes to ask for (RFC 6749, section 3.3).
            offline_access: Whether to ask for a token that renews without the person. By default yes.
            way: `browser` waits for a browser that comes back to this machine, `paste` asks for the access code, `both`
                takes what comes first. By default the one that suits the place.
            store: `file` or `memory`, where the token rests. By default `CARTO_AUTH_STORE`, or files.
            keyring: `off` keeps what renews the token out of the keyring of the system, in the file. By default
                `CARTO_AUTH_KEYRING`, or `auto`.

        Raises:
            InteractionRequired: Nobody can be asked here; at once.
            LoginError: Nobody finished the sign-in in its time.
            RefusedError: The person or CARTO said no.
            NetworkError: CARTO cannot be reached.
            ConfigError: A setting cannot be used.

        Source: https://docs.carto.com/carto-python/reference/#cartoauthfrom_oauth
        """
        opening = {
            "kind": "oauth",
            "cache_filepath": cache_filepath,
            "use_cache": use_cache,
            "open_browser": open_browser,
            "api_base_url": api_base_url,
            "org": org,
            "timeout": timeout,
            "profile": profile,
            "environment": environment,
            "interactive": interactive,
            "scopes": scopes,
            "offline_access": offline_access,
            "way": way,
            "keyring": keyring,
            "store": Redacted(store),
        }
        del store
        return cls._signed_in(opening)

    @classmethod
    def from_m2m(
        cls,
        filepath: "_types.Path",
        cache_filepath: "_types.Path | None" = None,
        use_cache: bool = True,
        *,
        api_base_url: str | None = None,
        profile: str | None = None,
        environment: "_types.Environment | None" = None,
        store: str | None = None,
    ) -> "_types.Self":
        """Signs a job in with a credentials file of CARTO's machine-to-machine clients.

        The file is a JSON object with `api_base_url`, `client_id` and `client_secret`.

        Args:
            filepath: The credentials file.
            cache_filepath: The file that the token is kept in. By default one in `~/.carto-auth`.
            use_cache: Whether tokens are kept between runs.
            api_base_url: The base URL of the account's API, in place of the one in the file.
            profile: The profile of `config.toml`.
            environment: Where CARTO is; see `from_oauth`.
            store: `file`, `memory`, or the address of a Redis that a fleet shares, as in `redis://host:6379/0`. By
                default `CARTO_AUTH_STORE`, or files.

        Raises:
            AttributeError: The file lacks one of the three keys. It is a `CredentialsError`, too.
            ValueError: One of them has no value, or one that cannot be used, or the file is no JSON. It is a
                `CredentialsError`, too.
            FileNotFoundError: There is no such file. It is a `CredentialsError`, too.
            RefusedError: CARTO does not accept the client.
            NetworkError: CARTO cannot be reached.

        Source: https://docs.carto.com/carto-python/reference/#cartoauthfrom_m2m
        """
        opening = {
            "kind": "m2m_file",
            "filepath": filepath,
            "cache_filepath": cache_filepath,
            "use_cache": use_cache,
            "api_base_url": api_base_url,
            "profile": profile,
            "environment": environment,
            "store": Redacted(store),
        }
        del store
        return cls._signed_in(opening)

    @classmethod
    def from_m2m_token(
        cls,
        api_base_url: str,
        client_id: str,
        client_secret: str,
        cache_filepath: "_types.Path | None" = None,
        use_cache: bool = True,
        *,
        environment: "_types.Environment | None" = None,
        store: str | None = None,
    ) -> "_types.Self":
        """Signs a job in with a client whose secret comes from elsewhere than a file, as from a vault.

        Args:
            api_base_url: The base URL of the account's API.
            client_id: The id of a machine-to-machine client.
            client_secret: Its secret.
            cache_filepath: The file that the token is kept in. By default one in `~/.carto-auth`.
            use_cache: Whether tokens are kept between runs.
            environment: Where CARTO is; see `from_oauth`.
            store: Where the token rests; see `from_m2m`.

        Raises:
            TypeError: A value is `None`, or not text.
            ValueError: A value is empty or cannot be used. It is a `CredentialsError`, too.
            RefusedError: CARTO does not accept the client.
            NetworkError: CARTO cannot be reached.
        """
        opening = {
            "kind": "m2m_token",
            "api_base_url": api_base_url,
            "client_id": client_id,
            "client_secret": Redacted(client_secret),
            "cache_filepath": cache_filepath,
            "use_cache": use_cache,
            "environment": environment,
            "store": Redacted(store),
        }
        del client_secret, store
        return cls._signed_in(opening)

    @classmethod
    def from_token(
        cls, api_base_url: str, access_token: str, *, environment: "_types.Environment | None" = None
    ) -> "_types.Self":
        """Takes an API Access Token, which is used as it is and never renews.

        Args:
            api_base_url: The base URL of the account's API.
            access_token: The token, as CARTO's Workspace shows it.
            environment: Where CARTO is; see `from_oauth`.

        Raises:
            ConfigError: The URL or the token cannot be used.
        """
        opening = {
            "kind": "token",
            "api_base_url": api_base_url,
            "access_token": Redacted(access_token),
            "environment": environment,
        }
        del access_token
        return cls._made(opening)

    @classmethod
    def from_env(
        cls,
        *,
        cache_filepath: "_types.Path | None" = None,
        use_cache: bool = True,
        profile: str | None = None,
        environment: "_types.Environment | None" = None,
        store: str | None = None,
    ) -> "_types.Self":
        """Takes what is set: `CARTO_API_TOKEN`; or `CARTO_API_BASE_URL`, `CARTO_M2M_CLIENT_ID` and
        `CARTO_M2M_CLIENT_SECRET`; or `CARTO_CREDENTIALS_FILE`; or the sign-in of the profile. Nobody is asked, and
        nothing is sent before a token is wanted.

        Args:
            cache_filepath: The file that the token is kept in. By default one in `~/.carto-auth`.
            use_cache: Whether tokens are kept between runs.
            profile: The profile of `config.toml`. By default `CARTO_PROFILE`.
            environment: Where CARTO is; see `from_oauth`.
            store: Where the token rests; see `from_m2m`.

        Raises:
            ConfigError: The variable or file that cannot be used, by its name.
        """
        opening = {
            "kind": "env",
            "cache_filepath": cache_filepath,
            "use_cache": use_cache,
            "profile": profile,
            "environment": environment,
            "store": Redacted(store),
        }
        del store
        return cls._made(opening)

    def get_carto_dw_client(self) -> "_types.BigQueryClient":
        """Gives Google's own client for the account's CARTO Data Warehouse.

        Its credentials renew themselves. It needs the extra: `pip install 'carto-auth[carto-dw]'`.

        Raises:
            ImportError: The extra is not installed.
            WarehouseError: The account has no warehouse, or may not use it.
            CredentialsError: As `get_access_token`.
        """
        return _warehouse.client(self)

    async def aget_access_token(self) -> str:
        """As `get_access_token`, for async code. A person is never asked; sign in before."""
        return (await self._begun(self.get_access_token)).expose()

    async def aget_api_base_url(self) -> str:
        """As `get_api_base_url`, for async code."""
        return (await self._begun(self.get_api_base_url)).expose()

    async def aget_carto_dw_credentials(self) -> tuple[str, str]:
        """As `get_carto_dw_credentials`, for async code."""
        return (await self._begun(self.get_carto_dw_credentials)).expose()

    async def aget_carto_dw_client(self) -> "_types.BigQueryClient":
        """As `get_carto_dw_client`, for async code."""
        return (await self._begun(self.get_carto_dw_client)).expose()

    def requests_auth(self) -> "_types.RequestsAuth":
        """Gives what `requests.Session.auth` takes: the token for each request to CARTO, renewed once after a 401.

        Raises:
            CredentialsError: Where the account's API is cannot be found out; see `get_api_base_url`.
        """
        return _http.requests_auth(self)

    def httpx_auth(self) -> "_types.HttpxAuth":
        """Gives what `httpx.Client(auth=…)` takes: the token for each request to CARTO, renewed once after a 401.

        Raises:
            ImportError: `httpx` is not installed.
        """
        return _http.httpx_auth(self)

    def __repr__(self) -> str:
        name = type(self).__name__
        if not self._is_open():
            # A constructor that has failed is shown by whoever shows the variables of its frame.
            return f"{name}(not open)"
        try:
            return _shown.text(self.status(), name)
        except (CredentialsError, ImportError, RuntimeError) as error:
            # The last two are of a Python that shuts down.
            return f"{name}({error})"

    def _repr_html_(self) -> str | None:
        try:
            return _shown.html(self.status())
        except (CredentialsError, ImportError, RuntimeError):
            # The line of `repr` says why.
            return None

    def __reduce__(self) -> "tuple[_types.Any, ...]":
        return _pickle.reduce(self)

    def __copy__(self) -> "_types.Self":
        return self

    def __deepcopy__(self, _memo: object) -> "_types.Self":
        # One sign-in, however many hold it, as with a connection or a lock.
        return self

    @classmethod
    def _signed_in(cls, opening: "_types.Opening") -> "_types.Self":
        auth = cls.__new__(cls)
        auth._start(opening)
        # A subclass is not ready yet, so its own is not called.
        Handle.get_access_token(auth)
        return auth._initialized(opening, is_signed_in=True)

    @classmethod
    def _made(cls, opening: "_types.Opening") -> "_types.Self":
        auth = cls.__new__(cls)
        auth._start(opening)
        return auth._initialized(opening)

    def _initialized(self, opening: "_types.Opening", *, is_signed_in: bool = False) -> "_types.Self":
        # As in 0.2.0, where a subclass adds to it what it likes.
        if type(self).__init__ is not CartoAuth.__init__:
            self.__init__(**_of_the_constructor(self, opening, is_signed_in=is_signed_in))  # type: ignore[misc]
        return self

    def _start(self, opening: "_types.Opening") -> None:
        # 0.2.0 took whatever is true or false.
        switches: _types.Opening = {
            name: bool(opening[name]) for name in ("use_cache", "open_browser") if name in opening
        }
        self._open({**opening, **switches})
        has_secret = opening.get("access_token") or opening.get("client_secret")
        self._origin = None if has_secret else {**{n: _kept(value) for n, value in opening.items()}, **_places(opening)}

    @staticmethod
    def _begun(call: "_types.Callable[[], _types.T]") -> "_types.Awaitable[Redacted[_types.T]]":
        return _thread.begin(call)


def _places(opening: "_types.Opening") -> "_types.Opening":
    """The paths as they lead to the same files from any folder."""
    return {name: _place(opening[name]) for name in ("filepath", "cache_filepath") if opening.get(name) is not None}


def _place(path: "_types.Path") -> str:
    text = os.fsdecode(path)
    # What the native part takes for a home folder: `~bob` is none.
    text = os.path.expanduser(text) if text == "~" or text.startswith("~/") else text
    try:
        return os.path.abspath(text)
    except OSError:
        # The folder that this process is in has been deleted.
        return text


def _kept(value: object) -> object:
    """The argument as it is now, whatever its owner does with it later."""
    if hasattr(value, "keys"):
        return dict(value)  # type: ignore[call-overload]
    return list(value) if isinstance(value, list) else value


def _of_the_constructor(auth: CartoAuth, opening: "_types.Opening", *, is_signed_in: bool) -> "_types.Opening":
    """What the class methods of 0.2.0 handed on, as far as it was given or is known."""
    is_person = opening["kind"] == "oauth"
    names = _OF_BOTH + (_OF_A_PERSON if is_person else _OF_A_JOB)
    status = Handle.status(auth)
    known: _types.Opening = {
        "mode": "oauth" if is_person else "m2m",
        "api_base_url": status.api_base_url,
        "access_token": Redacted(Handle.get_access_token(auth)) if is_signed_in else None,
        "expiration": status.expires_at,
        "client_id": None if is_person else auth._identity()[0],
    }
    given = {name: opening[name] for name in names if opening.get(name) is not None}
    handed_on = {**dict.fromkeys(names), **known, **given}
    return {name: _plain(handed_on[name]) for name in ("mode", *names)}


def _plain(value: "_types.Any") -> "_types.Any":
    return value.expose() if isinstance(value, Redacted) else value


_OF_BOTH = ("api_base_url", "access_token", "expiration", "cache_filepath", "use_cache")
_OF_A_PERSON = ("open_browser", "org")
_OF_A_JOB = ("client_id", "client_secret")
