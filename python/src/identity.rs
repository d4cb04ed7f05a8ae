//! Whose tokens a handle gives, and whose they have to be after its way to another process.

use carto_auth::{CartoAuth, Claims, Credential, Error, ErrorKind, Result, Status};

/// The client, the account and the person of a handle, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) client_id: Option<String>,
    pub(crate) account_id: Option<String>,
    /// The `sub` of the token, else its address: an account may have many people.
    pub(crate) person: Option<String>,
}

impl Identity {
    /// What is known without asking anybody; the owner is that of the last token given, else of one at hand.
    pub(crate) fn of(auth: &CartoAuth, last: Option<&str>) -> Self {
        let owner = last.map_or_else(
            || auth.cached_token().ok().flatten().map(|token| Self::of_token(token.access_token.expose())),
            |token| Some(Self::of_token(token)),
        );
        Self { client_id: client_of(auth), ..owner.unwrap_or_default() }
    }

    /// As the token says it, unverified: it keeps honest people apart.
    fn of_token(token: &str) -> Self {
        let claims = Claims::read(token).unwrap_or_default();
        let person = claims.text("sub").or_else(|| claims.email());
        Self {
            client_id: None,
            account_id: claims.account_id().map(str::to_owned),
            person: person.map(str::to_owned),
        }
    }

    pub(crate) fn names_somebody(&self) -> bool {
        self.account_id.is_some() || self.person.is_some()
    }

    /// Compares the client with the one that is found here, and the owner of a token that was given.
    pub(crate) fn check_client(&self, auth: &CartoAuth) -> Result<()> {
        let found = client_of(auth);
        if found != self.client_id {
            return Err(somebody_else("client", &self.client_id, &found));
        }
        match &auth.settings().credential {
            Credential::Token { token } => self.check_token(token.expose()),
            _ => Ok(()),
        }
    }

    /// Compares the account and the person with those of a token.
    pub(crate) fn check_token(&self, token: &str) -> Result<()> {
        self.check_owner(&Self::of_token(token))
    }

    /// Compares the account and the person with those that are signed in here, though their token may have ended.
    pub(crate) fn check_status(&self, status: &Status) -> Result<()> {
        let person = status.subject.clone().or_else(|| status.email.clone());
        self.check_owner(&Self { client_id: None, account_id: status.account_id.clone(), person })
    }

    /// Compares what both know.
    fn check_owner(&self, found: &Self) -> Result<()> {
        let owners =
            [("account", &self.account_id, &found.account_id), ("person", &self.person, &found.person)];
        for (what, expected, found) in owners {
            if expected.is_some() && found.is_some() && expected != found {
                return Err(somebody_else(what, expected, found));
            }
        }
        Ok(())
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

fn somebody_else(what: &str, expected: &Option<String>, found: &Option<String>) -> Error {
    let shown = |name: &Option<String>| name.as_deref().map_or("none".to_owned(), |name| format!("`{name}`"));
    let (found, expected) = (shown(found), shown(expected));
    let text = format!("the credentials found here are of another {what}: {found} instead of {expected}");
    Error::new(ErrorKind::Config, text)
        .hint("give this process the same credentials as the one that the object comes from")
}
