//! What is wrong with credentials, one fault at a time.

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;

use crate::error::{Error, ErrorKind};
use crate::platform::names;

/// Why credentials cannot be used. It is the source of the [`Error`], for a caller who tells the cases
/// apart.
///
/// No value is ever in it, only names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialsFault {
    /// There is no such file.
    NotFound {
        /// The path, as the caller has written it.
        path: PathBuf,
        /// Where it was looked for, as in "there is no such file in `/home/ada`".
        what: String,
    },
    /// The file is there and cannot be read, as in "it is a folder".
    Unreadable(String),
    /// Others than its owner can open the file, as in "others on this machine can open …", and that is to be refused.
    Exposed(String),
    /// The file is not a JSON object.
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// The file belongs to something else, as in "a service account key of Google".
    Foreign(&'static str),
    /// Some of the three attributes cannot be used.
    Attributes(Vec<Fault>),
}

/// One attribute that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `api_base_url`, `client_id` or `client_secret`.
    pub attribute: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// It is not there.
    Missing,
    /// It is not there, but this one is, which means the same and is written differently.
    Misnamed(String),
    /// It is `null`, or text without a character in it.
    Empty,
    /// It is, for example, "a number" instead of text.
    WrongType(&'static str),
    /// It is there more than once.
    Twice,
    /// It still holds an example's placeholder.
    Placeholder,
    /// It is no address that a token may be sent to.
    Address {
        /// What is wrong with the address.
        why: String,
        /// What would do.
        hint: String,
    },
    /// It has a space or a control character in it.
    Characters,
}

/// Where credentials came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A file, by the path that the caller wrote.
    File(PathBuf),
    /// The variables.
    Variables,
    /// Values in code.
    Code,
}

impl CredentialsFault {
    /// The fault that an error of this crate was made for, where there is one.
    pub fn of(error: &Error) -> Option<&Self> {
        let mut next = error.source();
        while let Some(source) = next {
            if let Some(fault) = source.downcast_ref() {
                return Some(fault);
            }
            next = source.source();
        }
        None
    }

    /// The attributes that cannot be used; empty where it is the file as a whole.
    pub fn faults(&self) -> &[Fault] {
        match self {
            Self::Attributes(faults) => faults,
            _ => &[],
        }
    }

    /// The error that tells this fault to a person.
    pub(super) fn into_error(self, origin: &Origin) -> Error {
        let path = match origin {
            Origin::File(path) => path.display().to_string(),
            Origin::Variables | Origin::Code => String::new(),
        };
        let message = match &self {
            Self::NotFound { .. } => format!("there is no credentials file `{path}`"),
            Self::Unreadable(_) => format!("the credentials file `{path}` cannot be read"),
            Self::Exposed(_) => format!("the credentials file `{path}` is not used, for others can open it"),
            Self::Syntax { .. } => format!("the credentials file `{path}` cannot be understood"),
            Self::Foreign(_) => format!("`{path}` is not a CARTO credentials file"),
            Self::Attributes(faults) => match origin {
                Origin::File(_) => in_a_file(faults, &path),
                Origin::Variables | Origin::Code => joined(faults.iter().map(|fault| fault.describe(origin))),
            },
        };
        let hint = self.remedy(origin);
        Error::new(ErrorKind::Config, message).because(self).hint(hint)
    }

    fn remedy(&self, origin: &Origin) -> String {
        let address = self.faults().iter().find_map(|fault| match &fault.problem {
            Problem::Address { hint, .. } if !hint.is_empty() => Some(hint.clone()),
            _ => None,
        });
        match (self, origin) {
            (Self::Attributes(faults), _) if faults.len() == 1 && address.is_some() => {
                address.unwrap_or_default()
            }
            (Self::Attributes(_), Origin::Variables) => format!(
                "set `{}`, `{}` and `{}`, or unset the last two",
                names::API_BASE_URL,
                names::M2M_CLIENT_ID,
                names::M2M_CLIENT_SECRET
            ),
            (Self::Attributes(_), _) => {
                "take the values from CARTO's Workspace: Developers > Credentials > M2M OAuth Client".into()
            }
            _ => format!("a credentials file looks like this: `{EXAMPLE}`"),
        }
    }
}

impl Fault {
    /// Says whether the attribute is not there at all, under its name.
    pub fn is_absent(&self) -> bool {
        matches!(self.problem, Problem::Missing | Problem::Misnamed(_))
    }

    fn describe(&self, origin: &Origin) -> String {
        let name = match (origin, self.attribute) {
            (Origin::Variables, "api_base_url") => names::API_BASE_URL,
            (Origin::Variables, "client_id") => names::M2M_CLIENT_ID,
            (Origin::Variables, _) => names::M2M_CLIENT_SECRET,
            (_, attribute) => attribute,
        };
        match &self.problem {
            Problem::Missing if *origin == Origin::Variables => format!("`{name}` is not set"),
            Problem::Missing => format!("`{name}` is missing"),
            Problem::Misnamed(other) => format!("`{name}` is missing ({})", renamed(other, name)),
            Problem::Empty => format!("`{name}` is empty"),
            Problem::WrongType(kind) => format!("`{name}` is {kind} instead of text"),
            Problem::Twice => format!("`{name}` is there twice"),
            Problem::Placeholder => format!("`{name}` still holds the placeholder of an example"),
            Problem::Address { why, .. } => format!("`{name}` cannot be used: {why}"),
            Problem::Characters => format!("`{name}` has a space or a control character in it"),
        }
    }

    /// The words of carto-auth 0.2.0, which programs look for in the message.
    fn in_old_words(&self, path: &str) -> Option<String> {
        let attribute = self.attribute;
        match &self.problem {
            Problem::Missing => Some(format!("Missing attribute {attribute} from {path}")),
            Problem::Misnamed(other) => {
                Some(format!("Missing attribute {attribute} from {path} ({})", renamed(other, attribute)))
            }
            Problem::Empty => Some(format!("Missing value for {attribute} in {path}")),
            _ => None,
        }
    }
}

impl fmt::Display for CredentialsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { what, .. } | Self::Unreadable(what) | Self::Exposed(what) => f.write_str(what),
            Self::Syntax { line, column, what } => write!(f, "line {line}, column {column}: {what}"),
            Self::Foreign(what) => write!(f, "it is {what}"),
            Self::Attributes(_) => {
                f.write_str("`api_base_url`, `client_id` and `client_secret` are needed, each as text")
            }
        }
    }
}

impl StdError for CredentialsFault {}

/// What a credentials file looks like.
pub(super) const EXAMPLE: &str = r#"{"api_base_url": "https://…", "client_id": "…", "client_secret": "…"}"#;

/// The faults of a file, the first that 0.2.0 had words for in those words.
fn in_a_file(faults: &[Fault], path: &str) -> String {
    let origin = Origin::File(PathBuf::new());
    let old = faults.iter().enumerate().find_map(|(at, fault)| Some((at, fault.in_old_words(path)?)));
    let others = faults
        .iter()
        .enumerate()
        .filter(|(at, _)| old.as_ref().is_none_or(|(first, _)| first != at))
        .map(|(_, fault)| fault.describe(&origin));
    match &old {
        Some((_, words)) => joined(std::iter::once(words.clone()).chain(others)),
        None => format!("the credentials file `{path}` cannot be used: {}", joined(others)),
    }
}

fn renamed(other: &str, name: &str) -> String {
    format!("`{other}` is there: write `{name}`")
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("; ")
}
