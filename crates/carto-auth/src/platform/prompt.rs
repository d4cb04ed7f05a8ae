//! What the person is told and asked.

use std::fmt;
use std::io;

use async_trait::async_trait;

/// How a person can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// They type at a terminal, and can be asked again.
    Terminal,
    /// They type into a box of a notebook, and can be asked again.
    Notebook,
    /// Something else writes; nothing is asked twice.
    Pipe,
    /// Nobody can.
    Nobody,
}

/// Tells the person something, and reads what they type.
///
/// [`Notice`] has a `Display` for those who only want to print it.
#[async_trait]
pub trait Prompt: fmt::Debug + Send + Sync {
    /// How the person can answer.
    fn input(&self) -> Input;

    /// Tells the person something.
    fn tell(&self, notice: &Notice<'_>);

    /// Asks for one piece of text, which may come in several lines; `None` at the end of the input. An
    /// empty question shows nothing.
    ///
    /// Dropping the future ends the reading, and takes nothing from the input that comes later.
    async fn read(&self, question: &str) -> io::Result<Option<String>>;
}

/// Something that the person is told while they sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// The link to open in a browser on this machine.
    Link(&'a str),
    /// The link that ends on a page with a code to copy.
    PasteLink(&'a str),
    /// The browser was asked to open the link.
    BrowserOpened,
    /// The browser could not be opened; the link can still be opened by hand.
    BrowserFailed(&'a str),
    /// Why the sign-in goes another way than the usual one.
    Fallback(&'a str),
    /// What was pasted is not what is wanted.
    WrongPaste(&'a str),
    /// Another process of the same person is signing in; this one waits for its result.
    Waiting {
        /// The other process, as in "`carto-auth` (process 4711)".
        who: &'a str,
        /// The link that it shows.
        link: Option<&'a str>,
    },
    /// Signing out waits for another process, as in "`carto-auth` (process 4711)", which is at work on the sign-in.
    Busy(&'a str),
    /// Something is not as it should be, and the work goes on.
    Warning(&'a str),
    /// The sign-in is over: links that were shown are of no more use.
    Over,
}

impl fmt::Display for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(url) => write!(f, "Open this link to sign in to CARTO:\n\n  {url}\n"),
            Self::PasteLink(url) => write!(
                f,
                "Open this link in any browser, sign in to CARTO, and copy the access code it shows:\n\n  {url}\n"
            ),
            Self::BrowserOpened => f.write_str("Waiting for the sign-in in your browser."),
            Self::BrowserFailed(reason) => {
                write!(f, "The browser could not be opened ({reason}); open the link by hand.")
            }
            Self::Fallback(reason) => write!(f, "{reason}"),
            Self::WrongPaste(reason) => write!(f, "{reason}"),
            Self::Waiting { who, link: Some(link) } => {
                write!(f, "Waiting for the sign-in that {who} has begun. Its link:\n\n  {link}\n")
            }
            Self::Waiting { who, link: None } => write!(f, "Waiting for the sign-in that {who} has begun."),
            Self::Busy(who) => write!(f, "Waiting for {who}, which is at work on this sign-in."),
            Self::Warning(text) => write!(f, "warning: {text}"),
            Self::Over => Ok(()),
        }
    }
}

/// Tells nobody and asks nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

#[async_trait]
impl Prompt for Silent {
    fn input(&self) -> Input {
        Input::Nobody
    }

    fn tell(&self, notice: &Notice<'_>) {
        if let Notice::Warning(text) = notice {
            tracing::warn!("{text}");
        }
    }

    async fn read(&self, _question: &str) -> io::Result<Option<String>> {
        Ok(None)
    }
}

/// Keeps what a person would be told, for the tests of this crate.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct Heard(pub(crate) std::sync::Mutex<Vec<String>>);

#[cfg(test)]
#[async_trait]
impl Prompt for Heard {
    fn input(&self) -> Input {
        Input::Nobody
    }

    fn tell(&self, notice: &Notice<'_>) {
        self.0.lock().expect("whole").push(notice.to_string());
    }

    async fn read(&self, _question: &str) -> io::Result<Option<String>> {
        Ok(None)
    }
}
