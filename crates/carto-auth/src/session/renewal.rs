//! Getting another token: by a look into the store, from another process, from the server, or from a person.

use std::sync::Arc;
use std::time::Duration;

use super::turn::Turn;
use super::{Effort, Identity, Origin, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::store::TokenKey;
use crate::token::TokenSet;

impl Session {
    /// Looks in the store, waits for the lock, looks again, and only then asks for a new token.
    pub(super) async fn obtain(self: &Arc<Self>, effort: Effort) -> Result<Arc<TokenSet>> {
        let Some(key) = self.identity.key()? else { return self.identity.given() };
        let look = effort != Effort::AnotherPerson;
        let before = self.stored(&key).await;
        if look && let Some(token) = before.clone().filter(|token| self.is_usable(token)) {
            return Ok(self.adopt(token));
        }
        let living = before.clone().filter(|token| self.is_living(token)).map(Arc::new);
        let mut living = living.or_else(|| self.living()).filter(|_| effort <= Effort::Use);
        let since_boot = self.platform.clock.since_boot();
        if living.is_none()
            && effort <= Effort::Use
            && let Some(error) = self.rest.error(key.id(), since_boot)
            // Somebody who can be asked in any way need not wait for the server.
            && (effort == Effort::Renewal || error.kind() != ErrorKind::PersonNeeded)
        {
            return Err(error);
        }
        let mut hindered = None;
        let (mut entry, before) = loop {
            match self.turn(&key, effort, living.is_some()).await? {
                // What another process has changed or forgotten meanwhile counts, and not what was there before.
                Turn::Ours(entry) => break (entry, None),
                // Without the lock nobody sends a refresh token that others may send.
                Turn::Alone(entry, why) => {
                    hindered = before.as_ref().is_some_and(TokenSet::renews).then_some(why);
                    break (entry, before.map(TokenSet::without_refresh_token));
                }
                Turn::Theirs(token) => return Ok(self.adopt(token)),
                // One that was rejected since it was looked at is no longer good enough.
                Turn::Busy => {
                    if let Some(token) = living.take().filter(|token| self.is_living(token)) {
                        return Ok(self.meanwhile(token));
                    }
                }
            }
        };
        // What is read under the lock may come from a keyring: first a look without.
        let seen = if look { self.stored(&key).await } else { None };
        if let Some(token) = seen.filter(|token| self.is_usable(token)) {
            entry.release().await;
            return Ok(self.adopt(token));
        }
        let now = entry.load().await.unwrap_or_else(|error| self.go_on_without(&error));
        hindered = hindered.or_else(|| entry.hindrance());
        let old = newest(newest(now, before), self.unkept.get());
        // A store that has lost it, or is older, takes nothing away from whoever has it in memory.
        let is_of_use = |old: &TokenSet| self.is_living(old) || (self.identity.is_person() && old.renews());
        let in_memory = || self.living().filter(|_| effort <= Effort::Use);
        let old = match old {
            Some(old) if is_of_use(&old) => Some(old),
            old => in_memory().map(|token| TokenSet::clone(&token).without_refresh_token()).or(old),
        };
        if let Some(token) = old.clone().filter(|token| look && self.is_usable(token)) {
            // What was won while the store was away is for the whole fleet.
            if self.identity.is_job() && self.unkept.get().as_ref() == Some(&token) {
                self.keep(entry.as_mut(), token.clone()).await;
            }
            entry.release().await;
            return Ok(self.adopt(token));
        }
        let won = match &self.identity {
            Identity::Person { .. } => self.ask_of_person(&key, entry, old.clone(), effort, hindered).await,
            Identity::Job(_) => self.ask_for_job(&key, entry, old.clone(), effort).await,
            Identity::Token { .. } => return self.identity.given(),
        };
        match won {
            Ok(token) => Ok(token),
            // Whoever wants to be another person is not served as the one before.
            Err(error) if effort == Effort::AnotherPerson => Err(error),
            Err(error) => self.go_on_after(&key, effort, old, error),
        }
    }

    /// Gives the old token while its renewal is under way, which is looked for after a while.
    pub(super) fn meanwhile(&self, old: Arc<TokenSet>) -> Arc<TokenSet> {
        self.rest.let_live(self.platform.clock.since_boot() + SOON);
        self.hold(old, Origin::Found)
    }

    /// Says whether this program is taken to go on until a request that it does not wait for has been answered.
    pub(super) fn goes_on(&self) -> bool {
        self.platform.clock.since_boot().saturating_sub(self.opened) >= A_WHILE
    }

    /// While the old token lives, a renewal that failed is no fault yet; it is tried again after a while.
    fn go_on_after(
        &self,
        key: &TokenKey,
        effort: Effort,
        old: Option<TokenSet>,
        error: Error,
    ) -> Result<Arc<TokenSet>> {
        // What was sent in vain would be sent again, whatever a person would have to do.
        let is_of_use = |old: &TokenSet| old.renews() || self.is_living(old);
        if error.kind() != ErrorKind::PersonNeeded || old.as_ref().is_some_and(is_of_use) {
            self.rest.note(key.id(), &error, self.platform.clock.since_boot());
        }
        // Who asked for a sign-in is told that it was refused, though the old token may live a little.
        if effort == Effort::SignIn && error.kind() != ErrorKind::Network {
            return Err(error);
        }
        let in_memory = || self.living().filter(|_| effort <= Effort::Use);
        let old = old.filter(|token| self.is_living(token)).map(Arc::new);
        let Some(token) = old.or_else(in_memory) else { return Err(error) };
        tracing::warn!(%error, "a renewal failed; the token that still lives is used");
        Ok(self.adopt(Arc::unwrap_or_clone(token)))
    }
}

/// The one that was won later; of two that were won at once, the first.
fn newest(one: Option<TokenSet>, other: Option<TokenSet>) -> Option<TokenSet> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.issued_at > one.issued_at { other } else { one }),
        (one, other) => one.or(other),
    }
}

pub(super) fn interrupted() -> Error {
    Error::new(ErrorKind::Network, "the renewal was interrupted").hint("try again")
}

/// How long a token that lives is given before it is looked again whether it has been renewed.
const SOON: Duration = Duration::from_secs(1);

/// How long a caller who has a token that lives waits for a new one.
pub(super) const HURRY: Duration = Duration::from_secs(5);

/// How long a program has run that is taken to go on for as long as a request may take.
const A_WHILE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn the_one_that_was_won_later_counts_and_of_two_at_once_the_first() {
        let token = |text, issued_at| Some(TokenSet::new(Secret::new(text), issued_at, None));
        for (one, other, expected) in [(1, 2, "other"), (2, 1, "one"), (1, 1, "one")] {
            let newest = newest(token("one", one), token("other", other)).expect("either");
            assert_eq!(newest.access_token, Secret::new(expected));
        }
    }
}
