//! The requests that the sandbox knows.

/// One kind of request: what faults are planned for and requests are counted by.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Route {
    /// `GET /`: what this is.
    Index,
    /// `GET /favicon.ico`, which every browser asks for.
    Favicon,
    /// `GET /.well-known/openid-configuration`
    Discovery,
    /// `GET /.well-known/jwks.json`
    Keys,
    /// `GET /authorize`: the login page.
    Authorize,
    /// `POST /authorize/decision`: the login page's form.
    Decision,
    /// `POST /oauth/token`
    Token,
    /// `POST /oauth/revoke`
    Revoke,
    /// `GET /auth/token`: the page that shows the access code.
    CodePage,
    /// `GET /auth/success`
    SuccessPage,
    /// `GET /accounts`
    Accounts,
    /// `GET /users/me`
    Me,
    /// `GET /config.yaml`
    Config,
    /// `GET /v3/connections`
    Connections,
    /// `GET /v3/connections/carto-dw/token`
    WarehouseToken,
    /// `GET` and `POST /v3/sql/{connection}/query`
    Query,
    /// `GET` and `POST /v3/tokens`
    ApiTokens,
    /// `GET` and `DELETE /v3/tokens/{token}`
    ApiToken,
    /// `/sandbox/…`: ends the sandbox or plans its faults, for whoever knows its control token.
    Control,
    /// Everything else.
    Unknown,
}

impl Route {
    /// The name, as a sandbox that is controlled over HTTP knows it: `token`, `warehouse_token`.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(route, _)| *route == self).map_or("unknown", |(_, name)| name)
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::all().find(|(_, own)| *own == name).map(|(route, _)| route)
    }

    pub(crate) fn all() -> impl Iterator<Item = (Self, &'static str)> {
        NAMES.into_iter()
    }

    pub(crate) fn of(method: &str, path: &str, api_path: &str) -> Self {
        match (method, path) {
            ("GET", "/") => Self::Index,
            ("GET", "/favicon.ico") => Self::Favicon,
            ("GET", "/.well-known/openid-configuration") => Self::Discovery,
            ("GET", "/.well-known/jwks.json") => Self::Keys,
            ("GET", "/authorize") => Self::Authorize,
            ("POST", "/authorize/decision") => Self::Decision,
            ("POST", "/oauth/token") => Self::Token,
            ("POST", "/oauth/revoke") => Self::Revoke,
            ("GET", "/auth/token") => Self::CodePage,
            ("GET", "/auth/success") => Self::SuccessPage,
            ("GET", "/accounts") => Self::Accounts,
            ("GET", "/users/me") => Self::Me,
            ("GET", "/config.yaml") => Self::Config,
            (_, path) if path.starts_with("/sandbox/") => Self::Control,
            _ => path.strip_prefix(api_path).map_or(Self::Unknown, |path| Self::of_api(method, path)),
        }
    }

    fn of_api(method: &str, path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (method, parts.as_slice()) {
            ("GET", ["v3", "connections"]) => Self::Connections,
            ("GET", ["v3", "connections", "carto-dw", "token"]) => Self::WarehouseToken,
            ("GET" | "POST", ["v3", "sql", _, "query"]) => Self::Query,
            ("GET" | "POST", ["v3", "tokens"]) => Self::ApiTokens,
            ("GET" | "DELETE", ["v3", "tokens", _]) => Self::ApiToken,
            _ => Self::Unknown,
        }
    }
}

const NAMES: [(Route, &str); 20] = [
    (Route::Index, "index"),
    (Route::Favicon, "favicon"),
    (Route::Discovery, "discovery"),
    (Route::Keys, "keys"),
    (Route::Authorize, "authorize"),
    (Route::Decision, "decision"),
    (Route::Token, "token"),
    (Route::Revoke, "revoke"),
    (Route::CodePage, "code_page"),
    (Route::SuccessPage, "success_page"),
    (Route::Accounts, "accounts"),
    (Route::Me, "me"),
    (Route::Config, "config"),
    (Route::Connections, "connections"),
    (Route::WarehouseToken, "warehouse_token"),
    (Route::Query, "query"),
    (Route::ApiTokens, "api_tokens"),
    (Route::ApiToken, "api_token"),
    (Route::Control, "control"),
    (Route::Unknown, "unknown"),
];
