//! How a person takes part in a sign-in.

use std::fmt;

/// The way a person signs in, where the caller wants a certain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// A browser on this machine comes back to us by itself.
    Browser,
    /// The person copies a code from a page.
    Paste,
    /// Whichever answers first.
    Both,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Browser => "browser",
            Self::Paste => "paste",
            Self::Both => "both",
        })
    }
}
