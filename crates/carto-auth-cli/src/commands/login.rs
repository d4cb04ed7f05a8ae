//! `carto-auth login`: a person signs in, or the credentials of a job are tried.

use std::sync::Arc;
use std::time::Duration;

use carto_auth::platform::{Owner, Silent};
use carto_auth::{
    CartoAuth, Error, ErrorKind, Options, Platform, Profile, Profiles, Status, StorePlace, Wanted, Way,
};
use carto_sandbox::command::Shell;

use super::{Context, of_profile, status, word};
use crate::arguments::Login;
use crate::failure::Failure;
use crate::interrupt;
use crate::screen::{FAINT, GOOD};

pub(crate) fn run(context: &mut Context, arguments: Login) -> Result<u8, Failure> {
    if context.global.no_cache {
        return Err(Failure::usage(
            "a sign-in that is not kept is of no use to the next command",
            "leave out `--no-cache`, or keep it in a file of its own with `--cache FILE`",
        ));
    }
    if context.global.m2m.is_none() && context.platform.owner == Owner::Unknown {
        let text = "several people share this machine, so what a command signs in to is not kept";
        return Err(Error::new(ErrorKind::PersonNeeded, text)
            .hint(
                "a person signs in with `CartoAuth.from_oauth()` in a cell of their notebook; a job with \
                 `CARTO_API_BASE_URL`, `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET`",
            )
            .into());
    }
    let answer = match arguments.callback.as_deref() {
        Some("-") => Some(context.read_input("the code or the address")?),
        Some(text) => Some(carto_auth::Secret::new(text)),
        None => None,
    };
    let profile = context.profile(arguments.name.as_deref())?;
    if let Some(name) = &profile {
        make_profile(context, name)?;
    }
    let options = options(context, &arguments, profile);
    let auth = context.open_sign_in(&options)?;
    if auth.settings().store == StorePlace::Memory {
        return Err(Failure::usage(
            "a sign-in that is not kept is of no use to the next command",
            "unset `CARTO_AUTH_STORE`, or set it to `file`",
        ));
    }
    // A job's credentials are tried, whatever is kept.
    let tries = arguments.force || context.global.m2m.is_some();
    let goes = if answer.is_some() || tries { None } else { auth.cached_access_token()? };
    if goes.is_some() {
        return already(context, &auth);
    }
    let (found, status) = interrupt::wait_for_person(&context.screen, async {
        match &answer {
            Some(answer) => auth.complete_sign_in(answer.expose()).await?,
            None if tries => auth.sign_in_as_another().await?,
            None => auth.sign_in().await?,
        }
        // A token that was won is kept even where this fails.
        Ok((auth.api_base_url().await, auth.status().await?))
    })?;
    if context.prompt.asked() || answer.is_some() || context.global.m2m.is_some() {
        tell(context, &status)?;
    } else {
        // There was a refresh token that still worked.
        return already(context, &auth);
    }
    if let Err(error) = found {
        warn_of_base_url(context, &error);
    }
    remember(context, &arguments, &status.profile);
    match &context.global.m2m {
        Some(file) => {
            let file = word(&file.display().to_string(), Shell::Posix);
            context.screen.hint(&format!(
                "`export CARTO_CREDENTIALS_FILE={file}` makes every command use these credentials"
            ));
        }
        None => warn_of_what_wins(context, &options, &auth),
    }
    Ok(0)
}

fn options(context: &Context, arguments: &Login, profile: Option<String>) -> Options {
    let words =
        |text: &str| text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    Options {
        profile,
        organization: arguments.org.clone(),
        scopes: arguments.scopes.as_deref().map(words),
        way: match (arguments.no_browser, arguments.browser) {
            (true, _) => Some(Way::Paste),
            (_, true) => Some(Way::Browser),
            _ => None,
        },
        timeout: arguments.timeout.map(Duration::from_secs),
        interactive: None,
        ..context.options()
    }
}

/// A profile that is named here and not there yet is made.
fn make_profile(context: &Context, name: &str) -> Result<(), Failure> {
    let there = Profiles::read(&Platform { prompt: Arc::new(Silent), ..context.platform.clone() })?;
    if name != Profiles::DEFAULT && !there.profiles.contains_key(name) {
        Profiles::add(&context.platform, name)?;
        context
            .screen
            .say(&format!("The profile `{name}` is new; `carto-auth use {name}` makes it the usual one."));
    }
    Ok(())
}

fn already(context: &Context, auth: &CartoAuth) -> Result<u8, Failure> {
    let status = interrupt::status(&context.screen, auth)?;
    if context.global.json {
        context.screen.give_json(&status::Document::of(&status))?;
        return Ok(0);
    }
    let screen = &context.screen;
    screen.say(&format!("Already signed in to CARTO{}{}.", who(&status), of_profile(&status.profile)));
    rows(context, &status);
    if status.kind == "person" {
        let name =
            if status.profile == Profiles::DEFAULT { String::new() } else { format!(" {}", status.profile) };
        screen.hint(&format!("to sign in as somebody else, `carto-auth login{name} --force`"));
    }
    Ok(0)
}

fn tell(context: &Context, status: &Status) -> Result<(), Failure> {
    if context.global.json {
        return context.screen.give_json(&status::Document::of(status));
    }
    let screen = &context.screen;
    let done = screen.styled("Signed in", GOOD);
    screen.say(&format!("{done} to CARTO{}{}.", who(status), of_profile(&status.profile)));
    rows(context, status);
    Ok(())
}

fn who(status: &Status) -> String {
    match (status.kind, &status.email) {
        ("m2m", _) => " as a job: the credentials work".to_owned(),
        (_, Some(email)) => format!(" as {email}"),
        (_, None) => String::new(),
    }
}

fn rows(context: &Context, status: &Status) {
    let screen = &context.screen;
    let rows = [
        ("Organization", status.organization.clone()),
        ("API base URL", status.api_base_url.clone()),
        ("Token", Some(status::life(status))),
        ("Kept in", status.location.clone()),
        ("Renews with", status::renewal(status)),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            screen.say(&format!("  {}  {value}", screen.styled(&format!("{name:12}"), FAINT)));
        }
    }
}

fn warn_of_base_url(context: &Context, error: &Error) {
    let causes = error.causes().iter().map(|cause| format!(": {cause}")).collect::<String>();
    context.screen.warn(&format!("the API base URL of the account was not found ({error}{causes})"));
    if let Some(hint) = error.hint_text() {
        context.screen.hint(hint);
    }
}

/// Writes what the sign-in was told into the profile: a token is kept under all of it, and the next command
/// finds it only if it asks for the same.
fn remember(context: &Context, arguments: &Login, name: &str) {
    let mut told = Profile::default();
    told.organization.clone_from(&arguments.org);
    told.api_base_url.clone_from(&context.global.base_url);
    told.scopes = options(context, arguments, None).scopes;
    if told == Profile::default() || context.global.m2m.is_some() {
        return;
    }
    match Profiles::set(&context.platform, name, &told) {
        Ok(()) => context.screen.say(&format!("The profile `{name}` remembers what you asked for.")),
        Err(error) => {
            let causes = error.causes().iter().map(|cause| format!(": {cause}")).collect::<String>();
            context.screen.warn(&format!("the profile `{name}` cannot remember that ({error}{causes})"));
            context.screen.hint("give the other commands the same by variables, as in `CARTO_AUTH_ORG`");
        }
    }
}

/// Looks at the sign-in as the next command will, and says what it will use instead.
fn warn_of_what_wins(context: &Context, options: &Options, auth: &CartoAuth) {
    let screen = &context.screen;
    let of_a_job = context.variables_of_a_job();
    if !of_a_job.is_empty() {
        let names: Vec<String> = of_a_job.iter().map(|name| format!("`{name}`")).collect();
        let (verb, wins) = if names.len() == 1 { ("is", "wins") } else { ("are", "win") };
        screen.warn(&format!("{} {verb} set and {wins} over this sign-in", names.join(" and ")));
        screen.hint(&format!("to use the sign-in, `unset {}`", of_a_job.join(" ")));
        return;
    }
    let next = Options { profile: options.profile.clone(), ..context.options() };
    let quiet = Platform { prompt: Arc::new(Silent), ..context.platform.clone() };
    let ours = auth.cached_access_token().ok().flatten();
    let Ok(next) = CartoAuth::open(quiet, &next, Wanted::Any) else { return };
    if next.cached_access_token().ok().flatten() == ours {
        return;
    }
    for setting in ["organization", "scopes", "api_base_url"] {
        let now = auth.settings().choice(setting).map(|choice| &choice.value);
        let Some(then) = next.settings().choice(setting).filter(|choice| Some(&choice.value) != now) else {
            continue;
        };
        screen.warn(&format!(
            "other commands will not find this sign-in: they take `{setting}` from {}, which says `{}`",
            then.source, then.value
        ));
    }
}
