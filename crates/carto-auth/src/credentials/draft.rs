//! Three values on their way to become credentials.

use super::M2mCredentials;
use super::address::checked_base_url;
use super::fault::{CredentialsFault, Fault, Origin, Problem};
use super::placeholder::is_placeholder;
use crate::error::Result;
use crate::secret::Secret;

/// The three attributes, in the order in which CARTO's page shows them.
pub(super) const ATTRIBUTES: [&str; 3] = ["api_base_url", "client_id", "client_secret"];

/// What was given for one attribute. All three are kept as secrets until they are known to be in their
/// places.
#[derive(Debug)]
pub(super) enum Given {
    /// Nothing.
    Missing,
    /// A text.
    Text(Secret),
    /// It is not given, and will be found out.
    Sought,
    /// Something that is known to be wrong already.
    Wrong(Problem),
}

/// Three values that were not looked at yet.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) api_base_url: Given,
    pub(super) client_id: Given,
    pub(super) client_secret: Given,
}

impl Given {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(Secret::new(text))
    }

    fn problem(&self, attribute: &str) -> Option<Problem> {
        let text = match self {
            Self::Missing => return Some(Problem::Missing),
            Self::Sought => return None,
            Self::Wrong(problem) => return Some(problem.clone()),
            Self::Text(text) => text.expose(),
        };
        if text.trim().is_empty() {
            return Some(Problem::Empty);
        }
        if is_placeholder(text) || text.trim() == attribute {
            return Some(Problem::Placeholder);
        }
        match attribute {
            "api_base_url" => match checked_base_url(text) {
                // `https:{host}` is an address, and shows only when it is written in full what it is.
                Ok(address) => is_placeholder(&address).then_some(Problem::Placeholder),
                Err(error) => Some(Problem::Address {
                    why: error.to_string(),
                    hint: error.hint_text().unwrap_or_default().to_owned(),
                }),
            },
            // RFC 6749, appendix A.1, allows a space, which no CARTO id has; a pasted one is a mistake.
            "client_id" => text
                .trim()
                .chars()
                .any(|c| c.is_whitespace() || c.is_control())
                .then_some(Problem::Characters),
            // RFC 6749, appendix A.2, is narrower than the secrets that servers give; it is sent as it is.
            _ => None,
        }
    }

    fn expose(&self) -> &str {
        match self {
            Self::Text(text) => text.expose(),
            Self::Missing | Self::Sought | Self::Wrong(_) => "",
        }
    }
}

impl Draft {
    /// The credentials, or every fault at once.
    pub(super) fn check(self, origin: &Origin) -> Result<M2mCredentials> {
        let values = [&self.api_base_url, &self.client_id, &self.client_secret];
        let faults: Vec<_> = ATTRIBUTES
            .into_iter()
            .zip(values)
            .filter_map(|(attribute, given)| {
                given.problem(attribute).map(|problem| Fault { attribute, problem })
            })
            .collect();
        let is_sought = matches!(self.api_base_url, Given::Sought);
        match self.client_secret {
            Given::Text(client_secret) if faults.is_empty() => Ok(M2mCredentials {
                api_base_url: (!is_sought)
                    .then(|| checked_base_url(self.api_base_url.expose()))
                    .transpose()?,
                client_id: self.client_id.expose().trim().to_owned(),
                client_secret,
            }),
            _ => Err(CredentialsFault::Attributes(faults).into_error(origin)),
        }
    }
}
