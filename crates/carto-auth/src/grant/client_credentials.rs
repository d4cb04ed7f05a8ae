//! The client credentials grant (RFC 6749, section 4.4).

use std::time::Duration;

use super::{Authority, token_answer};
use crate::error::Result;
use crate::http::{Call, Repeat};
use crate::secret::Secret;
use crate::token::TokenSet;

impl Authority {
    /// Asks for a token of a job's own, for so long at most. Asking twice is harmless, though each token is counted.
    pub(crate) async fn client_credentials(
        &self,
        client_id: &str,
        client_secret: &Secret,
        limit: Duration,
    ) -> Result<TokenSet> {
        let text = |text: &str| Secret::new(text);
        // The secret goes in the body alone: two ways at once are forbidden (RFC 6749, section 2.3).
        let form = vec![
            ("grant_type", text("client_credentials")),
            ("client_id", text(client_id)),
            ("client_secret", client_secret.clone()),
            ("audience", text(&self.environment.audience)),
        ];
        let call = Call::post_form(self.token_endpoint().await?, form, Repeat::Safe).guard(client_secret);
        let sent = self.clock.since_boot();
        let answer = self.ask_for_token(call.within(limit)).await?;
        token_answer::read(&answer, self.won(&answer, sent))
    }
}
