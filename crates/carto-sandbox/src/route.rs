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
    /// `POST /sandbox/stop`: ends the sandbox, for whoever knows its stop token.
    Stop,
    /// Everything else.
    Unknown,
}

impl Route {
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
            ("POST", "/sandbox/stop") => Self::Stop,
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
