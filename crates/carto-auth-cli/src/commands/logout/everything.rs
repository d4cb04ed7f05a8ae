//! `carto-auth logout --all`: every sign-in on this machine, a line each, and what is left.

use carto_auth::{CartoAuth, ErrorKind, LoggedOutAll, Options, Revoked, SignedOut, StorePlace, Wanted};
use serde_json::{Value, json};

use super::{named, warn_of_a_job, with_causes};
use crate::commands::Context;
use crate::failure::Failure;
use crate::interrupt;
use crate::screen::GOOD;

pub(super) fn run(context: &Context) -> Result<u8, Failure> {
    if context.global.profile.is_some() || context.global.no_cache {
        return Err(Failure::usage(
            "`--all` is every profile and every job on this machine",
            "leave out `--profile` and `--no-cache`, or leave out `--all`",
        ));
    }
    // A job whose credentials cannot be read is no reason to stay signed in.
    let auth = match context.open() {
        Err(_) if context.global.m2m.is_none() => {
            // A person's sign-in rests in files, wherever the tokens of jobs do.
            let options = Options { store: Some(StorePlace::File), ..context.options() };
            CartoAuth::open(context.platform.clone(), &options, Wanted::Person)?
        }
        opened => opened?,
    };
    let done = interrupt::wait(&context.screen, async { Ok(auth.log_out_all().await) })?;
    if context.global.json {
        context.screen.give_json(&document(&done))?;
    } else {
        tell(context, &done);
    }
    warn_of_a_job(context);
    let is_left = |kind| done.left.iter().any(|error| error.kind() == kind);
    Ok(match done.left.first() {
        None => 0,
        Some(_) if is_left(ErrorKind::Storage) => ErrorKind::Storage.exit_code(),
        Some(error) => error.kind().exit_code(),
    })
}

fn tell(context: &Context, done: &LoggedOutAll) {
    let screen = &context.screen;
    for one in &done.signed_out {
        let server = match &one.revoked {
            Revoked::Yes => "the server has forgotten it too",
            Revoked::NotOffered => "the server does not offer to forget it, so a copy works until it ends",
            Revoked::Failed(_) => "the server was not told, so a copy works until it ends there",
            _ => "a copy of the token works until it ends",
        };
        screen.say(&format!("{}: {}; {server}.", screen.styled("Signed out", GOOD), who(one)));
        if let Revoked::Failed(error) = &one.revoked {
            screen.warn(&format!("the server was not told ({})", with_causes(error)));
        }
    }
    if done.signed_out.is_empty() && done.left.is_empty() {
        screen.say("Nobody was signed in on this machine; there was nothing to delete.");
    }
    for error in &done.left {
        screen.warn(&with_causes(error));
        if let Some(hint) = error.hint_text() {
            screen.hint(hint);
        }
    }
}

fn who(one: &SignedOut) -> String {
    let organization = one.organization.as_ref().map(|id| format!(" (organization `{id}`)"));
    match &one.profile {
        Some(profile) => format!("profile `{profile}`{}", organization.unwrap_or_default()),
        None => format!("job `{}`", one.client_id),
    }
}

fn document(done: &LoggedOutAll) -> Value {
    let one = |one: &SignedOut| {
        let (revoked, error) = named(&one.revoked);
        json!({
            "kind": one.kind,
            "profile": one.profile,
            "organization": one.organization,
            "client_id": one.client_id,
            "location": one.location,
            "revoked": revoked,
            "error": error,
        })
    };
    let left =
        done.left.iter().map(|error| json!({ "message": with_causes(error), "hint": error.hint_text() }));
    json!({
        "signed_out": done.signed_out.iter().map(one).collect::<Vec<_>>(),
        "left": left.collect::<Vec<_>>(),
    })
}
