//! Whose tokens a handle gives, and whose they have to be after its way to another process.

use carto_auth::{CartoAuth, Claims, Credential, Error, ErrorKind, Result, TokenSet};

/// The client and the account of a handle, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) client_id: Option<String>,
    pub(crate) account_id: Option<String>,
}

impl Identity {
    /// What is known without asking anybody; the account is that of the last token given, else of one at hand.
    pub(crate) fn of(auth: &CartoAuth, last: Option<&TokenSet>) -> Self {
        let at_hand = || auth.cached_token().ok().flatten().and_then(|token| account_of(&token));
        Self { client_id: client_of(auth), account_id: last.and_then(account_of).or_else(at_hand) }
    }

    /// Compares the client with the one that is found here.
    pub(crate) fn check_client(&self, auth: &CartoAuth) -> Result<()> {
        let found = client_of(auth);
        if found == self.client_id { Ok(()) } else { Err(somebody_else("client", &self.client_id, &found)) }
    }

    /// Compares the account with that of a token.
    pub(crate) fn check_token(&self, token: &TokenSet) -> Result<()> {
        self.check_account(account_of(token))
    }

    /// Compares the account with the one that is found here, where both are known.
    pub(crate) fn check_account(&self, found: Option<String>) -> Result<()> {
        let differs = found.is_some() && self.account_id.is_some() && found != self.account_id;
        if differs { Err(somebody_else("account", &self.account_id, &found)) } else { Ok(()) }
    }
}

fn client_of(auth: &CartoAuth) -> Option<String> {
    match &auth.settings().credential {
        Credential::M2mFile(file) => Some(file.last_read().client_id),
        Credential::M2m(client) => Some(client.client_id.clone()),
        Credential::Person => Some(auth.settings().environment.client_id.clone()),
        _ => None,
    }
}

/// As the token says it, unverified: it keeps honest people apart.
fn account_of(token: &TokenSet) -> Option<String> {
    Claims::read(token.access_token.expose())?.account_id().map(str::to_owned)
}

fn somebody_else(what: &str, expected: &Option<String>, found: &Option<String>) -> Error {
    let shown = |name: &Option<String>| name.as_deref().map_or("none".to_owned(), |name| format!("`{name}`"));
    let (found, expected) = (shown(found), shown(expected));
    let text = format!("the credentials found here are of another {what}: {found} instead of {expected}");
    Error::new(ErrorKind::Config, text)
        .hint("give this process the same credentials as the one that the object comes from")
}
