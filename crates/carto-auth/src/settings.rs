//! Every setting, where it came from, and which one wins.
//!
//! A setting comes from the caller, then from a variable, then from the profile, then from its default.
//! That order is the same for all of them and written once, in [`Settings::resolve`]; what it decided is
//! kept in [`Settings::choices`] for `status` to tell. Deciding needs no network and no runtime: it reads
//! `config.toml`, and the credentials file where one is used.

mod base_url;
mod credential;
mod document;
mod keyring;
mod options;
mod place;
mod profile;
mod profiles;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod scopes;
mod source;
mod store;
#[cfg(test)]
mod tests;
mod timeout;

use std::path::PathBuf;
use std::time::Duration;

pub use self::credential::{Credential, Wanted};
pub use self::keyring::KeyringUse;
pub use self::options::Options;
pub use self::profile::Profile;
pub use self::profiles::Profiles;
pub use self::source::{Choice, Source};
pub use self::store::StorePlace;

use self::source::Choices;
use crate::credentials::{M2mCredentials, is_placeholder};
use crate::environment::Environment;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Way;
use crate::platform::{Owner, Platform, Variables, names};

/// Everything that a sign-in depends on, decided.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Where CARTO is. Every part of it was checked.
    pub environment: Environment,
    /// The name of the profile.
    pub profile: String,
    /// The organization to sign in to.
    pub organization: Option<String>,
    /// The API base URL, where it is known before CARTO is asked. A credentials file that changes can
    /// change it: [`Settings::api_base_url_with`].
    pub api_base_url: Option<String>,
    /// The scopes to ask for, without `offline_access`.
    pub scopes: Vec<String>,
    /// Whether to ask for `offline_access` too.
    pub offline_access: bool,
    /// The way a person signs in, where a certain one is wanted.
    pub way: Option<Way>,
    /// How long a person has to sign in.
    pub timeout: Duration,
    /// Whether a person may be asked.
    pub interactive: bool,
    /// Whether a browser may open by itself in the middle of somebody's work.
    pub unasked_browser: bool,
    /// Whether tokens are kept between runs.
    pub use_cache: bool,
    /// The folder that tokens are kept in, where there is one.
    pub cache_folder: Option<PathBuf>,
    /// The one file that the token is kept in, where the caller named one.
    pub cache_file: Option<PathBuf>,
    /// The kind of store that tokens are kept in.
    pub store: StorePlace,
    /// Whether refresh tokens may rest in the keyring of the system.
    pub keyring: KeyringUse,
    /// What is signed in with.
    pub credential: Credential,
    /// How it was decided, in the order of the fields.
    pub choices: Vec<Choice>,
}

impl Settings {
    /// Decides every setting.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] names the option, variable, profile or file that cannot be used.
    pub fn resolve(platform: &Platform, options: &Options, wanted: Wanted) -> Result<Self> {
        let variables = &platform.variables;
        let profiles = Profiles::read(platform)?;
        let mut choices = Choices::default();
        let name = profile_name(&mut choices, options, variables, &profiles);
        let profile = profile_of(&profiles, &name)?;
        let name = name.1;
        let of_profile = || Source::Profile(name.clone());
        let environment = place::environment(&mut choices, options, variables, (&name, &profile))?;

        let organization = [
            (Source::Option, options.organization.as_deref().and_then(filled)),
            (Source::Variable(names::ORGANIZATION), variables.get(names::ORGANIZATION).and_then(filled)),
            (of_profile(), profile.organization.as_deref().and_then(filled)),
        ];
        let organization = choices
            .first("organization", organization, |value| (*value).to_owned())
            .map(|(source, value)| organization_of(&source, value))
            .transpose()?;

        let scopes = [
            (Source::Option, options.scopes.clone()),
            (Source::Variable(names::SCOPES), variables.get(names::SCOPES).map(scopes::split)),
            (of_profile(), profile.scopes.clone()),
        ];
        let offline = scopes::offline(options, &profile, &scopes, &name);
        let scopes = choices
            .first("scopes", scopes, |scopes| scopes.join(" "))
            .map(|(source, scopes)| scopes::checked(&source, scopes))
            .transpose()?
            .unwrap_or_default();
        let offline_access =
            choices.first("offline_access", offline, ToString::to_string).is_none_or(|(_, value)| value);
        let way = choices.first("way", [(Source::Option, options.way)], ToString::to_string);
        let timeout = timeout::decide(&mut choices, options, variables, (&name, &profile))?;
        let interactive = interactive(&mut choices, options, variables);

        let use_cache = [(Source::Option, options.use_cache), (Source::Default, Some(true))];
        let use_cache =
            choices.first("use_cache", use_cache, ToString::to_string).is_none_or(|(_, value)| value);
        let cache_folder = platform.folders.cache.clone();
        let set_by = variables.get(names::CACHE_DIR).map(|_| Source::Variable(names::CACHE_DIR));
        choices.first(
            "cache_folder",
            [(set_by.unwrap_or(Source::Default), cache_folder.as_ref())],
            |folder| folder.display().to_string(),
        );
        let cache_file = options.cache_file.as_ref().map(|file| platform.folders.absolute(file));
        choices
            .first("cache_file", [(Source::Option, cache_file.as_ref())], |file| file.display().to_string());
        let store = store::decide(&mut choices, options, variables)?;

        let keyring = keyring::decide(&mut choices, options, variables)?;

        let explicit = base_url::explicit(options, &wanted)?;
        let by_profile = profile.api_base_url.as_deref();
        let completing = explicit.as_deref().or_else(|| {
            let variable = variables.get(names::API_BASE_URL);
            if variable.is_some() { None } else { by_profile }
        });
        let (credential, source) =
            credential::credential(&mut choices, platform, wanted, (&name, &profile), completing)?;
        credential::keep_apart(&credential, &environment)?;
        store::keep_persons_out(&store, &credential, use_cache)?;
        let api_base_url =
            base_url::decide(&mut choices, variables, explicit, (&credential, &source), (&name, by_profile))?;

        Ok(Self {
            environment,
            profile: name,
            organization,
            api_base_url,
            scopes,
            offline_access,
            way: way.map(|(_, way)| way),
            timeout,
            interactive,
            unasked_browser: options.unasked_browser.unwrap_or(true),
            use_cache,
            cache_folder,
            cache_file,
            store: store.1,
            keyring,
            credential,
            choices: choices.0,
        })
    }

    /// The API base URL once these credentials were read from the file: theirs, unless something that
    /// wins over the file set another.
    pub fn api_base_url_with(&self, now: &M2mCredentials) -> Option<String> {
        match (self.choice("api_base_url"), &self.api_base_url) {
            (Some(Choice { source: Source::CredentialsFile(_), .. }), _) | (_, None) => {
                now.api_base_url.clone()
            }
            (_, Some(set)) => Some(set.clone()),
        }
    }

    /// Says whether tokens are kept between runs. Whatever is kept for a person who is not known would be found by
    /// the next.
    pub fn may_keep(&self, owner: &Owner) -> bool {
        self.use_cache && !(*owner == Owner::Unknown && matches!(self.credential, Credential::Person))
    }

    /// How a setting was decided; `None` for one that nothing set.
    pub fn choice(&self, setting: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.setting == setting)
    }
}

fn profile_name(
    choices: &mut Choices,
    options: &Options,
    variables: &Variables,
    profiles: &Profiles,
) -> (Source, String) {
    let candidates = [
        (Source::Option, options.profile.as_deref()),
        (Source::Variable(names::PROFILE), variables.get(names::PROFILE).map(str::trim)),
        (Source::ConfigFile, profiles.current.as_deref()),
        (Source::Default, Some(Profiles::DEFAULT)),
    ];
    let (source, name) = choices
        .first("profile", candidates, |name| (*name).to_owned())
        .unwrap_or((Source::Default, Profiles::DEFAULT));
    (source, name.to_owned())
}

fn profile_of(profiles: &Profiles, (source, name): &(Source, String)) -> Result<Profile> {
    profiles.get(name).map_err(|error| {
        let hint = error.hint_text().unwrap_or_default().to_owned();
        match source {
            // CARTO's own command reads the same variable, with the names of its own profiles.
            Source::Variable(variable) => {
                error.hint(format!("{hint}; `{variable}` names it, which CARTO's command `carto` reads too"))
            }
            Source::ConfigFile => error.hint(format!("{hint}; `config.toml` names it as `current_profile`")),
            _ => error,
        }
    })
}

fn organization_of(source: &Source, value: &str) -> Result<String> {
    let wrong = |why: &str| {
        Err(Error::new(ErrorKind::Config, format!("the organization from {source} {why}"))
            .hint("write it as CARTO's support gave it, as in `org_acme`, or leave it out"))
    };
    if value.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return wrong("has a space or a control character in it");
    }
    if is_placeholder(value) || is_placeholder(value.trim_start_matches("org_")) {
        return wrong("is the placeholder of an example");
    }
    Ok(value.to_owned())
}

fn interactive(choices: &mut Choices, options: &Options, variables: &Variables) -> bool {
    let variable = variables.get(names::NON_INTERACTIVE).map(|_| !variables.is_on(names::NON_INTERACTIVE));
    let candidates = [
        (Source::Option, options.interactive),
        (Source::Variable(names::NON_INTERACTIVE), variable),
        (Source::Default, Some(true)),
    ];
    choices.first("interactive", candidates, ToString::to_string).is_none_or(|(_, value)| value)
}

/// A text that is more than spaces.
fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}
