//! What can go wrong with a request.

use std::time::Duration;

use crate::Answer;

/// What happens to one request instead of, or on top of, being served.
///
/// The sandbox sees and counts the request in every case. Only the variants that say so serve it:
/// after the others a code is still unused and a refresh token still current.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing: it is served. For a queue in which the second request is the one that fails.
    None,
    /// This answer and no service.
    Answer(Answer),
    /// It waits, then `then` happens.
    After {
        /// How long it waits, in real time.
        delay: Duration,
        /// What happens next.
        then: Box<Fault>,
    },
    /// It is never answered; the connection stays open.
    Hang,
    /// The connection is reset before a byte of the answer.
    Reset,
    /// It is served, and then the connection is reset: the answer is lost on the way.
    LoseAnswer,
    /// It is served, but the connection closes in the middle of the body.
    Truncate,
    /// It is served, a byte at a time.
    SlowBody {
        /// How long it waits before each byte, in real time.
        pause: Duration,
    },
    /// These bytes and nothing else are written, whether they are HTTP or not.
    Raw(Vec<u8>),
}

impl Fault {
    /// It is served, but later.
    #[must_use]
    pub fn delay(delay: Duration) -> Self {
        Self::After { delay, then: Box::new(Self::None) }
    }

    /// An answer without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer(Answer::empty(status))
    }

    /// An answer with a body of any kind.
    #[must_use]
    pub fn body(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer(Answer::new(status, content_type, body))
    }

    /// The authorization server's refusal: `{"error", "error_description"}`.
    #[must_use]
    pub fn oauth_error(status: u16, error: &str, description: &str) -> Self {
        Self::Answer(Answer::oauth_error(status, error, description))
    }
}

impl From<Answer> for Fault {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}
