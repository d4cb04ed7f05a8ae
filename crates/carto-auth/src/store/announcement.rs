//! What the holder of a lock says to those who wait for it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::platform::Platform;
use crate::token::Quota;

/// A sign-in that is under way, or how it failed.
///
/// Those who wait remember the `attempt` they wait for. When the lock is free and the announcement of
/// that very attempt has an outcome, they give the same error; in any other case it is their turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// A random name for this attempt.
    pub attempt: String,
    /// The program that signs in, as in "`carto-auth` (process 4711)".
    pub who: String,
    /// When it began, in seconds since 1970 (UTC).
    pub started_at: i64,
    /// The link it shows, so that those who wait can show it too.
    #[serde(default)]
    pub link: Option<String>,
    /// How it failed, if it did.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// How many attempts in a row, with this one, have asked a person who had not asked for it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unasked: u32,
}

impl Announcement {
    /// The announcement of a new attempt of this program.
    pub fn new(platform: &Platform, link: Option<String>) -> Self {
        Self {
            attempt: random_name(),
            who: format!("`{}` (process {})", platform.program, std::process::id()),
            started_at: platform.now(),
            link,
            outcome: None,
            unasked: 0,
        }
    }

    /// Says whether a person is being asked just now.
    pub fn is_open(&self) -> bool {
        self.link.is_some() && self.outcome.is_none()
    }

    /// The same attempt, with how it failed.
    #[must_use]
    pub fn failed(self, error: &Error) -> Self {
        Self { outcome: Some(Outcome::from(error)), ..self }
    }

    /// What stays of it once whoever was at it has gone without a word: that a person was asked who had not asked for it.
    pub(super) fn abandoned(self) -> Option<Self> {
        let is_of_use = self.is_open() && self.unasked > 0;
        let gone = Error::new(ErrorKind::TimedOut, format!("{} did not wait for the sign-in", self.who));
        is_of_use
            .then(|| Self { outcome: Some(Outcome { kind: NOBODY.into(), ..Outcome::from(&gone) }), ..self })
    }

    /// The same failure, with what the server said then of how often it may be asked: where no token was won there is
    /// none to keep it with.
    #[must_use]
    pub fn with_quota(mut self, quota: Option<Arc<Quota>>) -> Self {
        if let Some(outcome) = &mut self.outcome {
            outcome.quota = quota.map(Arc::unwrap_or_clone);
        }
        self
    }

    /// The announcement as it may be shown, whoever wrote it.
    pub(super) fn cleaned(mut self) -> Self {
        let clean = |text: &mut String| text.retain(|c| !c.is_control());
        clean(&mut self.who);
        self.link = self.link.filter(|link| {
            let web = link.starts_with("https://") || link.starts_with("http://");
            web && !link.chars().any(|c| c.is_control() || c.is_whitespace())
        });
        if let Some(outcome) = &mut self.outcome {
            clean(&mut outcome.message);
            outcome.causes.iter_mut().for_each(clean);
            outcome.hint.iter_mut().for_each(clean);
            outcome.quota = outcome.quota.take().filter(Quota::is_sound);
        }
        self
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is called by serde")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How a sign-in failed, in a form that another process can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The name of its [`ErrorKind`].
    pub kind: String,
    /// What happened.
    pub message: String,
    /// Why, nearest first.
    #[serde(default)]
    pub causes: Vec<String>,
    /// What to do about it.
    #[serde(default)]
    pub hint: Option<String>,
    /// The server's own `error` code.
    #[serde(default)]
    pub code: Option<String>,
    /// The HTTP status of the server's answer.
    #[serde(default)]
    pub status: Option<u16>,
    /// How many seconds the server asked to wait.
    #[serde(default)]
    pub retry_after: Option<u64>,
    /// What the server said of how often it may be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
}

impl Outcome {
    /// Says whether nobody saw how it ended.
    pub(crate) fn is_of_nobody(&self) -> bool {
        self.kind == NOBODY
    }
}

/// The kind of the outcome of an attempt that was given up.
const NOBODY: &str = "abandoned";

impl From<&Error> for Outcome {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind().name().to_owned(),
            message: error.to_string(),
            causes: error.causes(),
            hint: error.hint_text().map(str::to_owned),
            code: error.oauth_code().map(str::to_owned),
            status: error.http_status(),
            retry_after: error.wait().map(|wait| wait.as_secs()),
            quota: None,
        }
    }
}

impl From<Outcome> for Error {
    /// A kind that this version does not know counts as a refusal: somebody has to look at it.
    fn from(outcome: Outcome) -> Self {
        let kind = ErrorKind::of_name(&outcome.kind).unwrap_or(ErrorKind::Refused);
        let mut error = Self::new(kind, outcome.message);
        let chain =
            outcome.causes.into_iter().rev().fold(None, |next, text| Some(Box::new(Cause { text, next })));
        if let Some(cause) = chain {
            error = error.because(*cause);
        }
        if let Some(hint) = outcome.hint {
            error = error.hint(hint);
        }
        if let Some(code) = outcome.code {
            error = error.code(code);
        }
        if let Some(status) = outcome.status {
            error = error.status(status);
        }
        error.retry_after(outcome.retry_after.map(Duration::from_secs))
    }
}

/// One cause of a failure in another process, with the causes behind it.
#[derive(Debug)]
struct Cause {
    text: String,
    next: Option<Box<Self>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.next.as_deref().map(|next| next as _)
    }
}

fn random_name() -> String {
    // Names need to differ, not to be unguessable: only processes of the same person read them.
    let random = getrandom::u64().unwrap_or_default();
    format!("{random:016x}{:08x}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Variables;

    #[test]
    fn an_error_that_went_through_a_file_is_the_same_error() {
        let error = Error::new(ErrorKind::Refused, "CARTO refused the sign-in")
            .because(Cause {
                text: "outer".into(),
                next: Some(Box::new(Cause { text: "inner".into(), next: None })),
            })
            .hint("ask your administrator")
            .code("access_denied")
            .status(403)
            .retry_after(Some(Duration::from_secs(7)));
        let announcement = Announcement::new(&Platform::headless(Variables::default()), None).failed(&error);
        let text = serde_json::to_string(&announcement).expect("written");
        let back: Announcement = serde_json::from_str(&text).expect("read");
        assert_eq!(back, announcement);
        let back = Error::from(back.outcome.expect("an outcome"));
        assert_eq!(format!("{back:?}"), format!("{error:?}"));
        assert_eq!((back.oauth_code(), back.http_status()), (Some("access_denied"), Some(403)));
        assert_eq!(back.wait(), error.wait());
    }

    #[test]
    fn what_another_process_wrote_is_cleaned_before_it_is_shown() {
        let mut announcement = Announcement::new(&Platform::headless(Variables::default()), None);
        announcement.who = "evil\u{1b}[2J".into();
        announcement.link = Some("javascript:alert(1)".into());
        let cleaned = announcement.cleaned();
        assert_eq!((cleaned.who.as_str(), cleaned.link), ("evil[2J", None));
    }

    #[test]
    fn two_attempts_have_two_names() {
        let platform = Platform::headless(Variables::default());
        let [one, other] = [0, 1].map(|_| Announcement::new(&platform, None).attempt);
        assert_ne!(one, other);
    }
}
