//! `carto-auth status`: who is signed in, for how long, and why these settings. Nothing is sent.

mod quota;

use carto_auth::{Choice, ErrorKind, Source, Status as Signed};
use serde::Serialize;
use serde_json::Value;

use super::Context;
use crate::arguments::Status;
use crate::failure::Failure;
use crate::interrupt;
use crate::screen::{FAINT, GOOD, Screen};
use crate::words;

pub(crate) fn run(context: &Context, arguments: &Status) -> Result<u8, Failure> {
    let auth = context.open()?;
    let status = interrupt::status(&context.screen, &auth)?;
    let screen = &context.screen;
    if let Some(name) = &arguments.field {
        return field(screen, &status, name);
    }
    if context.global.json {
        screen.give_json(&Document::of(&status))?;
    } else {
        screen.give(&text(screen, &status))?;
    }
    for warning in &status.warnings {
        screen.warn(warning);
    }
    if status.signed_in {
        return Ok(0);
    }
    if let Some(hint) = sign_in_hint(&status) {
        screen.hint(&hint);
    }
    Ok(ErrorKind::PersonNeeded.exit_code())
}

/// What `--json` gives.
#[derive(Serialize)]
pub(crate) struct Document {
    signed_in: bool,
    kind: &'static str,
    profile: String,
    email: Option<String>,
    account_id: Option<String>,
    organization: Option<String>,
    api_base_url: Option<String>,
    expires_at: Option<String>,
    expires_in: Option<i64>,
    renews: bool,
    scope: Option<String>,
    location: Option<String>,
    refresh_location: Option<String>,
    quota: Option<quota::Told>,
    warnings: Vec<String>,
    settings: Vec<Setting>,
}

impl Document {
    pub(crate) fn of(status: &Signed) -> Self {
        Self {
            signed_in: status.signed_in,
            kind: status.kind,
            profile: status.profile.clone(),
            email: status.email.clone(),
            account_id: status.account_id.clone(),
            organization: status.organization.clone(),
            api_base_url: status.api_base_url.clone(),
            expires_at: status.expires_at.map(words::time),
            expires_in: status.time_left,
            renews: status.renews,
            scope: status.scope.clone(),
            location: status.location.clone(),
            refresh_location: status.refresh_location.clone(),
            quota: status.quota.as_ref().map(quota::Told::of),
            warnings: status.warnings.clone(),
            settings: status.choices.iter().filter(|choice| !is_own(choice)).map(setting).collect(),
        }
    }
}

#[derive(Serialize)]
struct Setting {
    setting: &'static str,
    value: String,
    source: Origin,
    overrides: Vec<Origin>,
}

#[derive(Serialize)]
struct Origin {
    kind: &'static str,
    name: Option<String>,
}

fn setting(choice: &Choice) -> Setting {
    Setting {
        setting: choice.setting,
        value: choice.value.clone(),
        source: origin(&choice.source),
        overrides: choice.overrides.iter().map(origin).collect(),
    }
}

fn origin(source: &Source) -> Origin {
    let name = match source {
        Source::Variable(name) => Some((*name).to_owned()),
        Source::Profile(name) => Some(name.clone()),
        Source::CredentialsFile(path) => Some(path.display().to_string()),
        _ => None,
    };
    Origin { kind: source.name(), name }
}

/// One value alone, for scripts. A value that there is not is a failure, lest it be used as an empty one.
fn field(screen: &Screen, status: &Signed, name: &str) -> Result<u8, Failure> {
    let document =
        serde_json::to_value(Document::of(status)).map_err(|error| Failure::of_output(error.into()))?;
    let fields = document
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_array() && !value.is_object());
    let Some((_, value)) = fields.clone().find(|(key, _)| *key == name) else {
        let names: Vec<String> = fields.map(|(key, _)| format!("`{key}`")).collect();
        return Err(Failure::usage(
            format!("`{}` is no field of the status", name.escape_debug()),
            match document.get(name) {
                Some(_) => "it is no single value; `carto-auth status --json` gives it".to_owned(),
                None => format!("the fields are {}", names.join(", ")),
            },
        ));
    };
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => {
            if let Some(error) = status.error() {
                return Err(Failure::Library(error));
            }
            return Err(Failure::failed(format!("`{name}` is not known"), hint_of_missing(name)));
        }
        other => other.to_string(),
    };
    screen.give(&format!("{text}\n"))?;
    Ok(0)
}

fn hint_of_missing(name: &str) -> &'static str {
    match name {
        "api_base_url" => {
            "`carto-auth login` looks it up; a token needs `--base-url` or `CARTO_API_BASE_URL`"
        }
        "expires_at" | "expires_in" => {
            "the token has no end, or there is none yet: `carto-auth token` gets one"
        }
        _ => "`carto-auth status` shows what is known",
    }
}

fn text(screen: &Screen, status: &Signed) -> String {
    let mut text = String::new();
    text.push_str(&match (status.signed_in, status.kind) {
        (false, _) => format!("Nobody is signed in with the profile `{}`.\n", status.profile),
        (true, kind) => {
            let who = match (kind, &status.email) {
                ("m2m", _) => "as a job".to_owned(),
                ("token", _) => "with an API Access Token".to_owned(),
                (_, Some(email)) => format!("as {email}"),
                (_, None) => "as a person".to_owned(),
            };
            format!("{} to CARTO {who}\n", screen.painted("Signed in", GOOD))
        }
    });
    let rows = [
        ("Profile", Some(status.profile.clone())),
        ("Organization", status.organization.clone()),
        ("Account", status.account_id.clone()),
        ("API base URL", status.api_base_url.clone()),
        ("Token", status.signed_in.then(|| life(status))),
        ("Scopes", status.scope.clone()),
        ("Kept in", status.location.clone().filter(|_| status.signed_in)),
        ("Renews with", renewal(status)),
    ];
    let quota = status.quota.iter().flat_map(quota::lines).map(|line| ("Quota", Some(line)));
    text.push('\n');
    for (name, value) in rows.into_iter().chain(quota) {
        if let Some(value) = value {
            text.push_str(&format!("  {}  {value}\n", screen.painted(&format!("{name:12}"), FAINT)));
        }
    }
    text.push_str(&settings(screen, status));
    text
}

/// What renews it, and where that rests.
pub(crate) fn renewal(status: &Signed) -> Option<String> {
    status.refresh_location.as_ref().map(|place| format!("a refresh token {place}"))
}

/// How long the token lasts, in words.
pub(crate) fn life(status: &Signed) -> String {
    let renews = if status.renews { ", renews by itself" } else { "" };
    match (status.expires_at, status.time_left) {
        (Some(end), Some(left)) if left > 0 => {
            format!("{} left (until {}){renews}", words::duration(left), words::time(end))
        }
        (Some(end), Some(left)) => {
            format!("ended {} ago ({}){renews}", words::duration(left.saturating_neg()), words::time(end))
        }
        _ if status.kind == "token" => "has no end that is known".to_owned(),
        _ if status.renews => "none yet, the first use gets one".to_owned(),
        _ => "has no end".to_owned(),
    }
}

/// The settings that are not CARTO's own, with who set them.
fn settings(screen: &Screen, status: &Signed) -> String {
    let chosen: Vec<&Choice> = status
        .choices
        .iter()
        .filter(|choice| choice.source != Source::Default && !is_own(choice))
        .filter(|choice| {
            choice.setting != "credential" || choice.value != "person" || !choice.overrides.is_empty()
        })
        .collect();
    if chosen.is_empty() {
        return String::new();
    }
    let width = |get: fn(&Choice) -> usize| chosen.iter().map(|choice| get(choice)).max().unwrap_or_default();
    let name = width(|choice| choice.setting.len());
    let value = width(|choice| choice.value.chars().count()).min(WIDEST);
    let mut text = "\nSettings that are not the default:\n\n".to_owned();
    for choice in chosen {
        let over = match choice.overrides.as_slice() {
            [] => String::new(),
            others => {
                let others: Vec<String> = others.iter().map(ToString::to_string).collect();
                format!(", over {}", others.join(" and "))
            }
        };
        let why = screen.painted(&format!("from {}{over}", choice.source), FAINT);
        let setting = screen.painted(&format!("{:name$}", choice.setting), FAINT);
        text.push_str(&format!("  {setting}  {:value$}  {why}\n", choice.value));
    }
    text
}

fn sign_in_hint(status: &Signed) -> Option<String> {
    let error = status.error()?;
    let profile = if status.profile == carto_auth::Profiles::DEFAULT {
        String::new()
    } else {
        format!(" {}", status.profile)
    };
    Some(match error.hint_text() {
        Some(hint) => hint.replace("`carto-auth login`", &format!("`carto-auth login{profile}`")),
        None => format!("sign in with `carto-auth login{profile}`"),
    })
}

/// Says whether the command has chosen this for itself: it asks nobody for a status.
fn is_own(choice: &Choice) -> bool {
    choice.setting == "interactive" && choice.source == Source::Option
}

/// The widest value that others are lined up with.
const WIDEST: usize = 44;
