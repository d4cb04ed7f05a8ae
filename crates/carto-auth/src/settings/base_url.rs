//! Which of the account's API base URLs is used, where one is known before CARTO is asked.

use super::source::{Choices, Source};
use super::{Credential, Options, Wanted};
use crate::credentials::checked_base_url;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Variables, names};

/// The API base URL that the caller gave.
pub(super) fn explicit(options: &Options, wanted: &Wanted) -> Result<Option<String>> {
    let with_token = match wanted {
        Wanted::Token { api_base_url, .. } => api_base_url.as_deref(),
        _ => None,
    };
    options
        .api_base_url
        .as_deref()
        .filter(|base| !base.trim().is_empty())
        .or(with_token)
        .map(checked_base_url)
        .transpose()
}

/// Decides the API base URL. Credentials that the caller named bring their own, which no variable
/// changes: a token must not be sent to another account's API because of a variable that was forgotten.
pub(super) fn decide(
    choices: &mut Choices,
    variables: &Variables,
    explicit: Option<String>,
    (credential, source): (&Credential, &Source),
    (name, by_profile): (&str, Option<&str>),
) -> Result<Option<String>> {
    let own = || {
        let (source, base) = match credential {
            Credential::M2mFile(file) => {
                (Source::CredentialsFile(file.path().to_owned()), file.last_read().api_base_url)
            }
            Credential::M2m(credentials) => (source.clone(), credentials.api_base_url.clone()),
            Credential::Token { .. } | Credential::Person => return (Source::Default, None),
        };
        (source, base)
    };
    let by = |wanted: fn(&Source) -> bool| if wanted(source) { own() } else { (Source::Default, None) };
    // A text that cannot be read differs from every other; it is an error only where it wins.
    let read = |text: &str| checked_base_url(text).unwrap_or_else(|_| text.to_owned());
    let from_file = matches!(credential, Credential::M2mFile(_));
    let variable = variables.get(names::API_BASE_URL).map(read);
    let by_profile = by_profile.map(read);
    let candidates = [
        (Source::Option, explicit),
        by(|source| *source == Source::Option),
        (Source::Variable(names::API_BASE_URL), variable),
        if from_file { by(|source| matches!(source, Source::Variable(_))) } else { (Source::Default, None) },
        (Source::Profile(name.to_owned()), by_profile),
        by(|source| matches!(source, Source::Profile(_))),
    ];
    let mut decided = Choices::default();
    let Some((source, base)) = decided.first("api_base_url", candidates, Clone::clone) else {
        return Ok(None);
    };
    let base = checked_base_url(&base).map_err(|error| {
        let hint = error.hint_text().unwrap_or_default().to_owned();
        Error::new(ErrorKind::Config, format!("the API base URL from {source} cannot be used"))
            .because(error)
            .hint(hint)
    })?;
    choices.0.append(&mut decided.0);
    Ok(Some(base))
}
