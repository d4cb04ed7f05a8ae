//! `carto-auth logout`: the server is told, and the token is deleted here whatever it says.

mod everything;

use carto_auth::{Error, Options, Revoked, StorePlace};
use serde_json::json;

use super::{Context, of_profile};
use crate::arguments::Logout;
use crate::failure::Failure;
use crate::interrupt;
use crate::screen::GOOD;

pub(crate) fn run(context: &Context, arguments: &Logout) -> Result<u8, Failure> {
    if arguments.all {
        return everything::run(context);
    }
    let profile = context.profile(arguments.name.as_deref())?;
    let options = Options { profile, ..context.options() };
    // A person's sign-in rests in files, wherever `CARTO_AUTH_STORE` says that the tokens of jobs do.
    let in_files = Options { store: Some(StorePlace::File), ..options.clone() };
    let opened = context.open_sign_in(&options);
    let auth = match opened {
        Err(_) if context.global.m2m.is_none() => context.open_sign_in(&in_files)?,
        opened => opened?,
    };
    let done = interrupt::wait(&context.screen, auth.log_out())?;
    let screen = &context.screen;
    let name = of_profile(&auth.settings().profile);
    if context.global.json {
        let (revoked, error) = named(&done.revoked);
        screen.give_json(&json!({ "removed": done.removed, "revoked": revoked, "error": error }))?;
    } else if done.removed {
        let place = match &auth.settings().store {
            StorePlace::File | StorePlace::Memory => "this machine".to_owned(),
            elsewhere => format!("`{elsewhere}`"),
        };
        screen.say(&format!(
            "{} of CARTO{name}: the token is deleted from {place}.",
            screen.styled("Signed out", GOOD)
        ));
        match &done.revoked {
            Revoked::Yes => screen.say("The server has forgotten the sign-in too."),
            Revoked::NotOffered => {
                screen
                    .say("The server does not offer to forget it: a copy of the token works until it ends.");
            }
            Revoked::Failed(error) => {
                let why = with_causes(error);
                screen.warn(&format!(
                    "the server was not told ({why}): a copy of the sign-in works until it ends there"
                ));
            }
            _ => screen.say("A copy of the token works until it ends; the server had nothing to forget."),
        }
    } else {
        screen.say(&format!("Nobody was signed in{name}; there was nothing to delete."));
    }
    if context.global.m2m.is_none() {
        warn_of_a_job(context);
    }
    Ok(0)
}

/// What still signs in once everything is deleted.
fn warn_of_a_job(context: &Context) {
    let left = context.variables_of_a_job();
    if !left.is_empty() {
        let left = left.join(" ");
        context.screen.warn(&format!("the environment still signs a job in; to end that, `unset {left}`"));
    }
}

/// What became of it at the server, as `--json` names it, and why.
fn named(revoked: &Revoked) -> (&'static str, Option<String>) {
    match revoked {
        Revoked::Yes => ("yes", None),
        Revoked::NotOffered => ("not_offered", None),
        Revoked::Failed(error) => ("failed", Some(error.to_string())),
        _ => ("nothing_to_revoke", None),
    }
}

fn with_causes(error: &Error) -> String {
    let causes = error.causes().iter().map(|cause| format!(": {cause}")).collect::<String>();
    format!("{error}{causes}")
}
