//! Where CARTO is, part by part: from code, variables, the profile, or CARTO's public cloud.

use super::source::{Choices, Source};
use super::{Options, Profile};
use crate::environment::{Environment, shown};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Variables, names};

/// Decides every part of the environment.
pub(super) fn environment(
    choices: &mut Choices,
    options: &Options,
    variables: &Variables,
    (name, profile): (&str, &Profile),
) -> Result<Environment> {
    let default = Environment::default();
    let mut environment = default.clone();
    for part in &PARTS {
        let candidates = [
            (Source::Option, options.environment.as_ref().map(|whole| (part.get)(whole).as_str())),
            (Source::Variable(part.variable), variables.get(part.variable).map(str::trim)),
            (Source::Profile(name.to_owned()), (part.profile)(profile).map(str::trim)),
            (Source::Default, Some((part.get)(&default).as_str())),
        ];
        if let Some((source, value)) = choices.first(part.setting, candidates, |value| shown(value)) {
            *(part.get_mut)(&mut environment) = value.to_owned();
            check(part, &source, value)?;
        }
    }
    let hosts = [
        (Source::Option, options.environment.as_ref().map(|whole| whole.api_hosts.clone())),
        (Source::Profile(name.to_owned()), profile.api_hosts.clone()),
    ];
    if let Some((_, hosts)) = choices.first("api_hosts", hosts, |hosts| hosts.join(" ")) {
        environment.api_hosts = hosts;
    }
    Ok(environment)
}

/// One part of the environment, and where it can be set.
struct Part {
    setting: &'static str,
    variable: &'static str,
    get: fn(&Environment) -> &String,
    get_mut: fn(&mut Environment) -> &mut String,
    profile: fn(&Profile) -> Option<&str>,
}

/// Checks one part beside CARTO's own values, so that the error can say who set it.
fn check(part: &Part, source: &Source, value: &str) -> Result<()> {
    if *source == Source::Default {
        return Ok(());
    }
    let cannot = |source: &Source| match source {
        Source::Option => format!("the setting `{}` cannot be used", part.setting),
        other => format!("`{}` from {other} cannot be used", part.setting),
    };
    if value.contains('@') {
        return Err(Error::new(ErrorKind::Config, cannot(source))
            .because("it has a user name in it")
            .hint("leave out what stands before the `@`"));
    }
    let mut probe = Environment::default();
    value.clone_into((part.get_mut)(&mut probe));
    probe.check().map_err(|error| {
        let hint = error.hint_text().unwrap_or("unset it to use CARTO's own").to_owned();
        Error::new(ErrorKind::Config, cannot(source)).because(error).hint(hint)
    })
}

const PARTS: [Part; 6] = [
    Part {
        setting: "auth_url",
        variable: names::AUTH_URL,
        get: |environment| &environment.auth_url,
        get_mut: |environment| &mut environment.auth_url,
        profile: |profile| profile.auth_url.as_deref(),
    },
    Part {
        setting: "audience",
        variable: names::AUDIENCE,
        get: |environment| &environment.audience,
        get_mut: |environment| &mut environment.audience,
        profile: |profile| profile.audience.as_deref(),
    },
    Part {
        setting: "client_id",
        variable: names::CLIENT_ID,
        get: |environment| &environment.client_id,
        get_mut: |environment| &mut environment.client_id,
        profile: |profile| profile.client_id.as_deref(),
    },
    Part {
        setting: "redirect_uri",
        variable: names::REDIRECT_URI,
        get: |environment| &environment.redirect_uri,
        get_mut: |environment| &mut environment.redirect_uri,
        profile: |profile| profile.redirect_uri.as_deref(),
    },
    Part {
        setting: "paste_redirect_uri",
        variable: names::PASTE_REDIRECT_URI,
        get: |environment| &environment.paste_redirect_uri,
        get_mut: |environment| &mut environment.paste_redirect_uri,
        profile: |profile| profile.paste_redirect_uri.as_deref(),
    },
    Part {
        setting: "accounts_url",
        variable: names::ACCOUNTS_URL,
        get: |environment| &environment.accounts_url,
        get_mut: |environment| &mut environment.accounts_url,
        profile: |profile| profile.accounts_url.as_deref(),
    },
];
