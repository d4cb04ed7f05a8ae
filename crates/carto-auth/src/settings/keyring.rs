//! Whether refresh tokens may rest in the keyring of the system.

use std::fmt;
use std::str::FromStr;

use super::Options;
use super::source::{Choices, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Variables, names};

/// Whether the keyring of the system is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyringUse {
    /// Where there is one that works.
    #[default]
    Auto,
    /// Never: refresh tokens rest in the file.
    Off,
}

impl FromStr for KeyringUse {
    type Err = Error;

    /// Reads `auto` or `off`, or what else means no.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] says what would be valid.
    fn from_str(text: &str) -> Result<Self> {
        read(text).ok_or_else(|| neither("the use of the keyring"))
    }
}

impl fmt::Display for KeyringUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Off => "off",
        })
    }
}

pub(super) fn decide(choices: &mut Choices, options: &Options, variables: &Variables) -> Result<KeyringUse> {
    // A text that is neither is `Some(None)`: an error only where the variable is the one that wins.
    let by_variable = variables.get(names::KEYRING).map(read);
    let candidates = [
        (Source::Option, options.keyring.map(Some)),
        (Source::Variable(names::KEYRING), by_variable),
        (Source::Default, Some(Some(KeyringUse::Auto))),
    ];
    let show = |value: &Option<KeyringUse>| value.map_or_else(String::new, |value| value.to_string());
    let chosen = choices.first("keyring", candidates, show).and_then(|(_, value)| value);
    chosen.ok_or_else(|| neither(&format!("`{}`", names::KEYRING)))
}

fn neither(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{what} is neither `auto` nor `off`"))
        .hint("`off` keeps refresh tokens in the file, `auto` in the system's keyring where that works")
}

fn read(text: &str) -> Option<KeyringUse> {
    match &*text.trim().to_ascii_lowercase() {
        "auto" => Some(KeyringUse::Auto),
        // As for the variables that are on or off.
        "off" | "0" | "false" | "no" => Some(KeyringUse::Off),
        _ => None,
    }
}
