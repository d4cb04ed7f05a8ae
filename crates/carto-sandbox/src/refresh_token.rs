//! Refresh tokens, which change with every use.
//!
//! A token that was used before is a sign of theft: its whole family ends, as at Auth0.

use std::collections::HashMap;

use crate::access_token::Subject;
use crate::random;

#[derive(Default)]
pub(crate) struct RefreshTokens {
    families: Vec<Family>,
    /// Which family every token ever given out belongs to.
    members: HashMap<String, usize>,
}

struct Family {
    subject: Subject,
    /// The one token that may be used; `None` once the family has ended.
    current: Option<String>,
}

/// The token opens nothing, or not any more.
#[derive(Debug)]
pub(crate) struct Refused;

impl RefreshTokens {
    pub(crate) fn issue(&mut self, subject: Subject) -> String {
        self.families.push(Family { subject, current: None });
        self.advance(self.families.len() - 1)
    }

    /// Trades a token for its successor.
    pub(crate) fn rotate(&mut self, token: &str, client_id: &str) -> Result<(Subject, String), Refused> {
        let index = *self.members.get(token).ok_or(Refused)?;
        let family = &mut self.families[index];
        if family.subject.client_id != client_id {
            return Err(Refused);
        }
        if family.current.as_deref() != Some(token) {
            family.current = None;
            return Err(Refused);
        }
        let subject = family.subject.clone();
        Ok((subject, self.advance(index)))
    }

    /// Ends the family of a token, whichever member it is.
    pub(crate) fn revoke(&mut self, token: &str) {
        if let Some(index) = self.members.get(token) {
            self.families[*index].current = None;
        }
    }

    pub(crate) fn revoke_all(&mut self) {
        self.families.iter_mut().for_each(|family| family.current = None);
    }

    fn advance(&mut self, index: usize) -> String {
        let token = random::secret("refresh");
        self.members.insert(token.clone(), index);
        self.families[index].current = Some(token.clone());
        token
    }
}
