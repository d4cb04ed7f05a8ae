//! Why a keyring does not serve, in words that read well after "since".

use std::fmt;
use std::time::Duration;

/// Why a keyring could not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyringFault {
    /// There is none, and why.
    Absent(String),
    /// It is locked, or somebody has to allow it first. Nobody is asked.
    Locked,
    /// It has not answered within this time.
    Silent(Duration),
    /// What was put in did not come out again.
    Forgetful,
    /// It answered that it cannot, and why.
    Failed(String),
}

impl KeyringFault {
    /// Says whether it may be over in a while: one may be unlocked, or answer again.
    pub(super) fn may_mend(&self) -> bool {
        !matches!(self, Self::Absent(_))
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Absent(_) => None,
            Self::Locked => {
                Some("unlock it, or sign in again with `CARTO_AUTH_KEYRING=off`, which does without it")
            }
            _ => Some("sign in again with `CARTO_AUTH_KEYRING=off`, which does without it"),
        }
    }
}

impl fmt::Display for KeyringFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(why) => f.write_str(why),
            Self::Locked => f.write_str("the system's keyring is locked"),
            Self::Silent(time) => {
                write!(f, "the system's keyring has not answered within {} s", time.as_secs_f64())
            }
            Self::Forgetful => f.write_str("the system's keyring does not give back what it was given"),
            Self::Failed(why) => {
                write!(f, "the system's keyring does not work ({})", crate::error::clean(why))
            }
        }
    }
}

impl std::error::Error for KeyringFault {}
