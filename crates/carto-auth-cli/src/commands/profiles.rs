//! `carto-auth profiles` and `carto-auth use`: several accounts on one machine.

use carto_auth::platform::names;
use carto_auth::{Options, Profiles, Status};
use serde::Serialize;

use super::Context;
use crate::arguments::Use;
use crate::failure::Failure;
use crate::interrupt;
use crate::screen::{FAINT, STRONG};
use crate::words;

/// Makes a profile the one that is used when none is named.
pub(crate) fn choose(context: &Context, arguments: &Use) -> Result<u8, Failure> {
    let name = &arguments.name;
    Profiles::set_current(&context.platform, name)?;
    let screen = &context.screen;
    screen.say(&format!("The profile `{name}` is used from now on."));
    if context.platform.variables.get(names::PROFILE).is_some_and(|other| other.trim() != name) {
        screen.warn(&format!("`{0}` is set and wins; to use the choice, `unset {0}`", names::PROFILE));
    }
    Ok(0)
}

/// Lists the profiles. Nothing is sent.
pub(crate) fn list(context: &Context) -> Result<u8, Failure> {
    let profiles = Profiles::read(&context.platform)?;
    let current = context
        .global
        .profile
        .as_deref()
        .or_else(|| context.platform.variables.get(names::PROFILE).map(str::trim))
        .or(profiles.current.as_deref())
        .unwrap_or(Profiles::DEFAULT);
    let rows: Vec<Row> = profiles.names().iter().map(|name| row(context, name, *name == current)).collect();
    if context.global.json {
        context.screen.give_json(&rows)?;
        return Ok(0);
    }
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for row in &rows {
        let mark = if row.current { "*" } else { " " };
        let name = format!("{:width$}", row.name);
        let name = if row.current { context.screen.painted(&name, STRONG) } else { name };
        text.push_str(&format!("{mark} {name}  {}\n", row.describe(context)));
    }
    context.screen.give(&text)?;
    if !rows.iter().any(|row| row.current) {
        context.screen.warn(&format!("the profile that is used, `{current}`, is not among them"));
        context.screen.hint(&format!("make it with `carto-auth login {current}`"));
    }
    Ok(0)
}

/// A profile as `--json` shows it.
#[derive(Serialize)]
struct Row {
    name: String,
    current: bool,
    signed_in: bool,
    kind: Option<&'static str>,
    email: Option<String>,
    organization: Option<String>,
    api_base_url: Option<String>,
    expires_at: Option<String>,
    /// Why the profile cannot be used.
    error: Option<String>,
    #[serde(skip)]
    time_left: Option<i64>,
    #[serde(skip)]
    renews: bool,
}

impl Row {
    fn describe(&self, context: &Context) -> String {
        let faint = |text: &str| context.screen.painted(text, FAINT);
        let who = match (&self.email, self.kind) {
            _ if self.error.is_some() => {
                return format!("error: {}", self.error.as_deref().unwrap_or_default());
            }
            _ if !self.signed_in => return faint("not signed in"),
            (Some(email), _) => email.clone(),
            (None, Some("m2m")) => "a job's credentials file".to_owned(),
            (None, _) => "signed in".to_owned(),
        };
        let left = match self.time_left {
            Some(left) if left > 0 && !self.renews => format!("  {} left", words::duration(left)),
            _ => String::new(),
        };
        let place = self.api_base_url.as_deref().map(|url| format!("  {url}")).unwrap_or_default();
        format!("{who}{}", faint(&format!("{place}{left}")))
    }
}

fn row(context: &Context, name: &str, current: bool) -> Row {
    let options = Options { profile: Some(name.to_owned()), ..context.options() };
    let status: Result<Status, Failure> =
        context.open_sign_in(&options).and_then(|auth| interrupt::status(&context.screen, &auth));
    let (status, error) = match status {
        Ok(status) => (Some(status), None),
        Err(Failure::Library(error)) => (None, Some(error.to_string())),
        Err(_) => (None, Some("it cannot be read".to_owned())),
    };
    let of = |get: fn(&Status) -> Option<String>| status.as_ref().and_then(get);
    Row {
        name: name.to_owned(),
        current,
        signed_in: status.as_ref().is_some_and(|status| status.signed_in),
        kind: status.as_ref().map(|status| status.kind),
        email: of(|status| status.email.clone()),
        organization: of(|status| status.organization.clone()),
        api_base_url: of(|status| status.api_base_url.clone()),
        expires_at: of(|status| status.expires_at.map(words::time)),
        error,
        time_left: status.as_ref().and_then(|status| status.time_left),
        renews: status.as_ref().is_some_and(|status| status.renews),
    }
}
