//! What is signed in with, and what else was set.

use std::path::{Path, PathBuf};

use url::Url;

use super::Profile;
use super::source::{Choice, Choices, Source};
use crate::credentials::{CredentialsFile, M2mCredentials, is_placeholder};
use crate::environment::{Environment, is_loopback};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Notice, Platform, names};
use crate::secret::Secret;

/// What the caller wants to be signed in with.
#[derive(Clone, Debug, Default)]
pub enum Wanted {
    /// Whatever is set: `CARTO_API_TOKEN`, the machine-to-machine variables, `CARTO_CREDENTIALS_FILE`,
    /// the profile's credentials file, or a person.
    #[default]
    Any,
    /// A person, whatever else is set.
    Person,
    /// The client in this credentials file.
    CredentialsFile(PathBuf),
    /// This client.
    Credentials(M2mCredentials),
    /// This token, as it is.
    Token {
        /// The API base URL of the account it belongs to, where that is known.
        api_base_url: Option<String>,
        /// The token.
        token: Secret,
    },
}

/// What is signed in with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// A token that is used as it is and never renews.
    Token {
        /// The token.
        token: Secret,
    },
    /// A machine-to-machine client whose file is read again when it changes.
    M2mFile(CredentialsFile),
    /// A machine-to-machine client.
    M2m(M2mCredentials),
    /// A person.
    Person,
}

impl Credential {
    /// The kind, as `status` shows it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Token { .. } => "token",
            Self::M2mFile(_) | Self::M2m(_) => "m2m",
            Self::Person => "person",
        }
    }

    pub(super) fn client(&self) -> Option<M2mCredentials> {
        match self {
            Self::M2mFile(file) => Some(file.last_read()),
            Self::M2m(credentials) => Some(credentials.clone()),
            Self::Token { .. } | Self::Person => None,
        }
    }
}

/// Decides what is signed in with. `api_base_url` completes variables that lack one.
pub(super) fn credential(
    choices: &mut Choices,
    platform: &Platform,
    wanted: Wanted,
    (name, profile): (&str, &Profile),
    api_base_url: Option<&str>,
) -> Result<(Credential, Source)> {
    let variables = &platform.variables;
    let m2m = [names::M2M_CLIENT_ID, names::M2M_CLIENT_SECRET];
    let set = [
        variables.get(names::API_TOKEN).map(|_| Source::Variable(names::API_TOKEN)),
        variables.first(&m2m).map(|(variable, _)| Source::Variable(variable)),
        variables.get(names::CREDENTIALS_FILE).map(|_| Source::Variable(names::CREDENTIALS_FILE)),
        profile.credentials_file.is_some().then(|| Source::Profile(name.to_owned())),
    ];
    let explicit = !matches!(wanted, Wanted::Any);
    let mut others = set.into_iter().flatten();
    let file = |path: &Path| CredentialsFile::open(path, platform).map(Credential::M2mFile);
    let (credential, source) = match wanted {
        Wanted::Person => (Credential::Person, Source::Option),
        Wanted::CredentialsFile(path) => (file(&path)?, Source::Option),
        Wanted::Credentials(credentials) => (Credential::M2m(credentials), Source::Option),
        Wanted::Token { token, .. } => {
            (Credential::Token { token: usable(&token, "the token")? }, Source::Option)
        }
        Wanted::Any => {
            let source = others.next().unwrap_or_else(|| Source::Profile(name.to_owned()));
            let credential = match &source {
                Source::Variable(names::API_TOKEN) => {
                    let token = variables.get(names::API_TOKEN).unwrap_or_default();
                    Credential::Token { token: usable(&Secret::new(token), "`CARTO_API_TOKEN`")? }
                }
                Source::Variable(names::CREDENTIALS_FILE) => {
                    let path = variables.get(names::CREDENTIALS_FILE).unwrap_or_default().trim();
                    named_by(&source, file(Path::new(path)))?
                }
                Source::Variable(_) => M2mCredentials::from_variables_at(variables, api_base_url)?
                    .map_or(Credential::Person, Credential::M2m),
                _ => match &profile.credentials_file {
                    Some(path) => named_by(&source, file(path))?,
                    None => Credential::Person,
                },
            };
            (credential, source)
        }
    };
    let overrides: Vec<Source> = others.collect();
    warn_of_rivals(platform, &credential, &source, &overrides, explicit);
    choices.0.push(Choice {
        setting: "credential",
        value: credential.name().to_owned(),
        source: source.clone(),
        overrides,
    });
    Ok((credential, source))
}

/// Keeps a sandbox's secret on this machine, and every other off plain http.
pub(super) fn keep_apart(credential: &Credential, environment: &Environment) -> Result<()> {
    let Some(client) = credential.client() else { return Ok(()) };
    let base = environment.auth_base()?;
    let here = Url::parse(&base).is_ok_and(|url| is_loopback(&url));
    if client.is_sandbox() && !here {
        return Err(Error::new(ErrorKind::Config, format!("a sandbox's secret must not be sent to `{base}`"))
            .because("the secret begins with `sandbox-`, and the authorization server is not on this machine")
            .hint("start a sandbox with `eval \"$(carto-auth sandbox --env --background)\"`, or use the account's own credentials"));
    }
    if !client.is_sandbox() && base.starts_with("http:") {
        return Err(Error::new(ErrorKind::Config, format!("the client secret must not be sent to `{base}`"))
            .because("only a sandbox's secret, which begins with `sandbox-`, is sent over plain http")
            .hint(format!("set `{}` to an https address, or unset it", names::AUTH_URL)));
    }
    Ok(())
}

/// Adds who named the file, since the person may not know that anything does.
fn named_by<T>(source: &Source, result: Result<T>) -> Result<T> {
    result.map_err(|error| {
        let hint = error.hint_text().unwrap_or_default();
        let hint = format!("{hint}; the file is named by {source}");
        error.hint(hint)
    })
}

/// A token as it can be sent in a header.
fn usable(token: &Secret, what: &str) -> Result<Secret> {
    let wrong = |why: &str| {
        Err(Error::new(ErrorKind::Config, format!("{what} {why}"))
            .hint("copy the token alone, without quotes, spaces or `Bearer`"))
    };
    let text = token.expose().trim();
    // As it stands in a header, it is taken without the scheme.
    let text = match text.split_once(char::is_whitespace).unwrap_or((text, "")) {
        (scheme, rest) if scheme.eq_ignore_ascii_case("bearer") => match rest.trim_start() {
            "" => return wrong("is the word `Bearer` without a token"),
            rest => rest,
        },
        _ => text,
    };
    if text.is_empty() {
        return wrong("is empty");
    }
    if is_placeholder(text) {
        return wrong("still holds the placeholder of an example");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && !QUOTES.contains(&byte)) {
        return wrong("has a space or a character in it that no token has");
    }
    // The usual case keeps the one copy of the text there is.
    Ok(if text.len() == token.expose().len() { token.clone() } else { Secret::new(text) })
}

/// Warns where two credentials are set and differ, for then one of them was probably forgotten.
fn warn_of_rivals(
    platform: &Platform,
    credential: &Credential,
    source: &Source,
    overrides: &[Source],
    explicit: bool,
) {
    let rival = overrides.iter().find(|other| match (credential, other) {
        (Credential::Person, _) | (_, Source::Profile(_)) => false,
        (Credential::Token { .. }, _) => !explicit,
        (_, Source::Variable(names::API_TOKEN)) => false,
        (_, Source::Variable(names::CREDENTIALS_FILE)) => !explicit && file_differs(platform, credential),
        (_, Source::Variable(_)) => variables_differ(platform, credential),
        _ => false,
    });
    let Some(rival) = rival else { return };
    let used = match (source, credential) {
        (Source::Option, Credential::M2mFile(file)) => {
            format!("the credentials file `{}`", file.path().display())
        }
        (Source::Option, _) => "what was given in code".to_owned(),
        (source, _) => source.to_string(),
    };
    platform.prompt.tell(&Notice::Warning(&format!(
        "{used} is used; {rival} is set too, says something else, and is left aside"
    )));
}

fn file_differs(platform: &Platform, credential: &Credential) -> bool {
    let quiet = Platform { prompt: std::sync::Arc::new(crate::platform::Silent), ..platform.clone() };
    let path = platform.variables.get(names::CREDENTIALS_FILE).unwrap_or_default().trim();
    M2mCredentials::read(Path::new(path), &quiet)
        .ok()
        .zip(credential.client())
        .is_some_and(|(theirs, ours)| !same_client(&theirs, &ours))
}

fn variables_differ(platform: &Platform, credential: &Credential) -> bool {
    let Some(ours) = credential.client() else { return false };
    let differs = |name: &str, value: &str| platform.variables.get(name).is_some_and(|other| other != value);
    differs(names::M2M_CLIENT_ID, &ours.client_id)
        || differs(names::M2M_CLIENT_SECRET, ours.client_secret.expose())
}

fn same_client(one: &M2mCredentials, other: &M2mCredentials) -> bool {
    one.client_id == other.client_id && one.client_secret == other.client_secret
}

/// What a shell or a JSON file puts around a token.
const QUOTES: [u8; 3] = *b"\"'`";
