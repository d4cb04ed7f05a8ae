//! Why there is no token, where Python knows more of it than the library: a thread, a front end, a token that was given.

use std::time::Duration;

use carto_auth::platform::Owner;
use carto_auth::{Error, ErrorKind};

/// The error of a thread whose own time ends before that of the sign-in it waits for.
pub(crate) fn too_long(limit: Duration) -> Error {
    let text = format!("nobody finished the sign-in in the main thread within {} s", limit.as_secs_f64());
    Error::new(ErrorKind::TimedOut, text)
        .hint("finish it there and try again; `timeout=SECONDS` gives this thread more time")
}

/// The error of a thread or a front end that cannot ask.
pub(crate) fn not_here(what: &str, owner: &Owner) -> Error {
    // Where it is not known who somebody is, the command keeps nothing for them.
    let or_a_command =
        if *owner == Owner::Unknown { "" } else { ", or with `carto-auth login` in a terminal" };
    Error::new(ErrorKind::PersonNeeded, what).hint(format!(
        "sign in first with `CartoAuth.from_oauth()` in the main thread of a notebook or script that can \
         ask{or_a_command}; a job uses `CartoAuth.from_m2m(file)`, or `CartoAuth.from_env()` with \
         `CARTO_API_BASE_URL`, `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET`"
    ))
}

/// The error of a token that was brought along, has ended, and cannot be renewed.
pub(crate) fn used_up() -> Error {
    Error::new(ErrorKind::Config, "the token that was given has ended, and nothing was given to renew it with").hint(
        "give `client_id` and `client_secret` as well, as `CartoAuth.from_m2m(file)` does, or another `access_token` \
         with its `expiration`",
    )
}

/// What is missing where nobody has stopped anything.
pub(crate) const NOBODY: &str = "a person has to sign in, and nobody can be asked here";

/// What a thread is told that waited for a sign-in which nobody goes on with.
pub(crate) const STOPPED: &str = "the sign-in in the main thread was stopped, and nobody can be asked here";
