//! The authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636).

use url::Url;

use super::{Authority, pkce, token_answer};
use crate::error::Result;
use crate::http::{Call, Repeat};
use crate::secret::Secret;
use crate::token::TokenSet;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) organization: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// Ask for a refresh token, too.
    pub(crate) offline_access: bool,
    /// Show the login page even to somebody who is signed in, so that another person can sign in.
    pub(crate) another_person: bool,
}

/// One request to sign in: its link, and what only this sign-in knows.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) link: String,
    pub(crate) state: Secret,
    pub(crate) verifier: Secret,
    /// Sent to both endpoints, letter for letter (RFC 6749, section 4.1.3).
    pub(crate) redirect_uri: String,
}

impl Authority {
    /// A fresh request, with a `state` and a verifier of its own.
    pub(crate) async fn authorization_request(
        &self,
        ask: &Ask,
        redirect_uri: String,
    ) -> Result<AuthorizationRequest> {
        let state = pkce::random()?;
        let verifier = pkce::random()?;
        let mut url = self.authorization_endpoint().await?;
        self.write_query(&mut url, ask, &redirect_uri, &state, &pkce::challenge(&verifier));
        Ok(AuthorizationRequest { link: url.into(), state, verifier, redirect_uri })
    }

    fn write_query(&self, url: &mut Url, ask: &Ask, redirect_uri: &str, state: &Secret, challenge: &str) {
        let mut scopes = ask.scopes.clone();
        if ask.offline_access && !scopes.iter().any(|scope| scope == OFFLINE_ACCESS) {
            scopes.push(OFFLINE_ACCESS.into());
        }
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.environment.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("audience", &self.environment.audience)
            .append_pair("state", state.expose())
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
        if !scopes.is_empty() {
            query.append_pair("scope", &scopes.join(" "));
        }
        if let Some(organization) = &ask.organization {
            query.append_pair("organization", organization);
        }
        if ask.another_person {
            query.append_pair("prompt", "login");
        }
    }

    /// Trades a code for tokens. A code is sent once, whatever happens (RFC 6749, section 4.1.2).
    pub(crate) async fn exchange(&self, request: &AuthorizationRequest, code: &Secret) -> Result<TokenSet> {
        let text = |text: &str| Secret::new(text);
        let form = vec![
            ("grant_type", text("authorization_code")),
            ("client_id", text(&self.environment.client_id)),
            ("audience", text(&self.environment.audience)),
            ("code", code.clone()),
            ("redirect_uri", text(&request.redirect_uri)),
            ("code_verifier", request.verifier.clone()),
        ];
        let call = Call::post_form(self.token_endpoint().await?, form, Repeat::Unsent);
        let sent = self.clock.since_boot();
        let answer = self.ask_for_token(call).await?;
        token_answer::read(&answer, self.won(&answer, sent))
    }
}

/// The scope that asks for a refresh token (OpenID Connect Core, section 11).
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::environment::Environment;
    use crate::http::Sender;
    use crate::platform::{Platform, Variables};

    #[test]
    fn a_link_asks_for_each_scope_once() {
        for (scopes, offline_access, asked) in [
            (&[][..], false, None),
            (&[], true, Some("offline_access")),
            (&["a"], false, Some("a")),
            (&["a", "b"], true, Some("a b offline_access")),
            (&["offline_access", "a"], true, Some("offline_access a")),
            (&["offline_access"], false, Some("offline_access")),
        ] {
            let scopes = scopes.iter().copied().map(String::from).collect();
            let query = query(&Ask { scopes, offline_access, ..Ask::default() });
            let found = query.iter().find(|(name, _)| name == "scope").map(|(_, value)| value.as_str());
            assert_eq!(found, asked);
        }
    }

    #[test]
    fn a_link_says_nothing_that_was_not_asked_for() {
        let names = |ask: &Ask| query(ask).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let always = [
            "response_type",
            "client_id",
            "redirect_uri",
            "audience",
            "state",
            "code_challenge",
            "code_challenge_method",
        ];
        assert_eq!(names(&Ask::default()), always);
        let ask = Ask { organization: Some("org_a".into()), another_person: true, ..Ask::default() };
        assert_eq!(names(&ask)[always.len()..], ["organization", "prompt"]);
    }

    /// The query of the link that asks for this.
    fn query(ask: &Ask) -> Vec<(String, String)> {
        let platform = Platform::headless(Variables::default());
        let sender = Arc::new(Sender::new(&platform));
        let authority = Authority::new(Environment::default(), sender, Arc::clone(&platform.clock));
        let mut url = Url::parse("https://auth.carto.com/authorize").expect("a URL");
        authority.write_query(&mut url, ask, "http://localhost:1/", &Secret::new("s"), "c");
        url.query_pairs().into_owned().collect()
    }
}
