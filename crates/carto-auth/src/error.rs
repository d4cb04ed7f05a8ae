//! What can go wrong, in three parts: what happened, why, and what to do.
//!
//! `Display` says what happened and never repeats its source, `source()` says why, and [`Error::hint`]
//! says what to type. [`ErrorKind`] says who can mend it; the command's exit code and the Python class
//! follow from it alone.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What an operation of this crate gives when it fails.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure that tells a person what happened, why, and what to do about it.
///
/// Cloning is cheap: everyone who waited for the same sign-in gets the same error.
///
/// ```
/// use carto_auth::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Refused, "the CARTO login has ended")
///     .because("the server answered `invalid_grant`")
///     .hint("sign in again with `carto-auth login`");
/// assert_eq!(error.to_string(), "the CARTO login has ended");
/// assert_eq!(error.hint_text(), Some("sign in again with `carto-auth login`"));
/// ```
#[derive(Clone)]
pub struct Error(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    code: Option<String>,
    status: Option<u16>,
    retry_after: Option<Duration>,
}

/// Who can mend a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting, an option or a credentials file is wrong: whoever wrote it can mend it.
    Config,
    /// A person has to sign in, and nobody can be asked here.
    PersonNeeded,
    /// The server, or the person at the browser, said no.
    Refused,
    /// The network or the server is out of order; it mends by itself.
    Network,
    /// The server answered something that is not what the protocol says.
    UnexpectedAnswer,
    /// Tokens cannot be stored or read back on this machine.
    Storage,
    /// The sign-in was not finished in its time.
    TimedOut,
    /// The person interrupted.
    Interrupted,
    /// This account has no CARTO Data Warehouse, or may not use it.
    Warehouse,
}

impl ErrorKind {
    /// The exit code of the command `carto-auth` for this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Config => 2,
            Self::PersonNeeded => 3,
            Self::Refused | Self::Warehouse => 4,
            Self::Network => 5,
            Self::Interrupted => 130,
            Self::UnexpectedAnswer | Self::Storage | Self::TimedOut => 1,
        }
    }

    /// The kind's name in `--json` and in stored outcomes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::PersonNeeded => "person_needed",
            Self::Refused => "refused",
            Self::Network => "network",
            Self::UnexpectedAnswer => "unexpected_answer",
            Self::Storage => "storage",
            Self::TimedOut => "timed_out",
            Self::Interrupted => "interrupted",
            Self::Warehouse => "warehouse",
        }
    }

    /// The kind of a name that [`ErrorKind::name`] gave.
    pub fn of_name(name: &str) -> Option<Self> {
        ALL_KINDS.into_iter().find(|kind| kind.name() == name)
    }
}

impl Error {
    /// An error that says what happened, in lower case and without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Parts {
            kind,
            message: message.into(),
            hint: None,
            source: None,
            code: None,
            status: None,
            retry_after: None,
        }))
    }

    /// Adds what the person can do, as a line they can act on.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.with(|parts| parts.hint = Some(hint.into()))
    }

    /// Adds why it happened.
    #[must_use]
    pub fn because(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.with(|parts| parts.source = Some(Arc::from(source.into())))
    }

    /// Adds the server's own `error` code (RFC 6749, section 5.2).
    #[must_use]
    pub fn code(self, code: impl Into<String>) -> Self {
        self.with(|parts| parts.code = Some(code.into()))
    }

    /// Adds the HTTP status the server answered with.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.with(|parts| parts.status = Some(status))
    }

    /// Adds how long the server asked to wait.
    #[must_use]
    pub fn retry_after(self, wait: Option<Duration>) -> Self {
        self.with(|parts| parts.retry_after = wait)
    }

    /// Who can mend it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What the person can do, where something can be done.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The server's own `error` code, where it gave one.
    pub fn oauth_code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The HTTP status the server answered with, where it answered.
    pub fn http_status(&self) -> Option<u16> {
        self.0.status
    }

    /// How long the server asked to wait, where it did.
    pub fn wait(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The causes, nearest first, as they are printed after `caused by:`.
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = self.source();
        while let Some(source) = next {
            let text = source.to_string();
            if causes.last() != Some(&text) {
                causes.push(text);
            }
            next = source.source();
        }
        causes
    }

    fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("causes", &self.causes())
            .field("hint", &self.0.hint)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// Text from outside, without control characters and of a length that fits a screen.
pub(crate) fn clean(text: &str) -> String {
    visible(text).take(400).collect::<String>().trim().to_owned()
}

/// The characters of a text that can be seen and play with no terminal.
pub(crate) fn visible(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| {
        !c.is_control()
            && !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

const ALL_KINDS: [ErrorKind; 9] = [
    ErrorKind::Config,
    ErrorKind::PersonNeeded,
    ErrorKind::Refused,
    ErrorKind::Network,
    ErrorKind::UnexpectedAnswer,
    ErrorKind::Storage,
    ErrorKind::TimedOut,
    ErrorKind::Interrupted,
    ErrorKind::Warehouse,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_cleaned() {
        assert_eq!(clean("\u{1b}[31mred\u{7} \u{202e}text\n"), "[31mred text");
        assert_eq!(clean(&"x".repeat(1000)).len(), 400);
    }

    #[test]
    fn the_message_never_repeats_its_source() {
        let error = Error::new(ErrorKind::Network, "CARTO cannot be reached").because("connection refused");
        assert_eq!(error.to_string(), "CARTO cannot be reached");
        assert_eq!(error.causes(), ["connection refused"]);
    }

    #[test]
    fn every_kind_is_found_again_by_its_name() {
        for kind in ALL_KINDS {
            assert_eq!(ErrorKind::of_name(kind.name()), Some(kind));
        }
    }
}
