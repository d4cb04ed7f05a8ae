//! Authorization codes: good once, for a minute, for the one who asked.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::request::AuthorizationRequest;
use crate::people::Person;
use crate::{key, random};

#[derive(Default)]
pub(crate) struct Codes {
    unused: HashMap<String, Code>,
}

/// What a code stands for.
pub(crate) struct Code {
    pub(crate) person: Person,
    pub(crate) scope: Option<String>,
    pub(crate) organization: Option<String>,
    redirect_uri: String,
    code_challenge: String,
    expires: Instant,
}

impl Code {
    pub(crate) fn new(asked: AuthorizationRequest, person: Person, life: Duration) -> Self {
        Self {
            person,
            scope: asked.scope,
            organization: asked.organization,
            redirect_uri: asked.redirect.uri,
            code_challenge: asked.code_challenge,
            expires: Instant::now() + life,
        }
    }
}

impl Codes {
    pub(crate) fn issue(&mut self, code: Code) -> String {
        let text = random::secret("code");
        self.unused.insert(text.clone(), code);
        text
    }

    /// Uses a code up, whether it is then good or not.
    ///
    /// # Errors
    ///
    /// What to tell the client.
    pub(crate) fn redeem(
        &mut self,
        text: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<Code, &'static str> {
        let code = self.unused.remove(text).ok_or("Invalid authorization code")?;
        if code.expires <= Instant::now() {
            return Err("Invalid authorization code");
        }
        if code.redirect_uri != redirect_uri {
            return Err("The redirect URI is wrong. You sent a different one to /authorize.");
        }
        if !is_verifier(verifier) || key::s256(verifier) != code.code_challenge {
            return Err("Failed to verify code verifier");
        }
        Ok(code)
    }
}

/// RFC 7636, section 4.1.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
