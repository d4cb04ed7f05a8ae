//! Text that never prints.
//!
//! Tokens, client secrets, authorization codes and code verifiers are [`Secret`]s from the moment they
//! arrive until the moment they are sent. A `Secret` has no `Display`, its `Debug` is `[redacted]`, its
//! memory is zeroed when the last clone is dropped, and [`Secret::expose`] is the one way to the text, so
//! that a search for `expose(` is the security review.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A piece of text that must not be shown.
///
/// Cloning is cheap and shares the text. Comparison takes the same time wherever two secrets differ.
///
/// ```
/// use carto_auth::Secret;
///
/// let secret = Secret::new("a token");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "a token");
/// ```
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    /// Gives the text, to be sent or stored and never to be shown.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Says whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("canary");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "[redacted] Some(\n    [redacted],\n)");
    }

    #[test]
    fn secrets_compare_by_their_text() {
        assert_eq!(Secret::new("same"), Secret::new("same"));
        assert_ne!(Secret::new("same"), Secret::new("sam"));
        assert_ne!(Secret::new("same"), Secret::new("samE"));
    }
}
