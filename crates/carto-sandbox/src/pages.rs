//! What a person sees.

mod code;
mod index;
mod layout;
mod login;

use subtle::ConstantTimeEq as _;

use crate::world::World;
use crate::{Answer, Recorded};
use layout::{Layout, escape};

pub(crate) use code::code;
pub(crate) use index::index;
pub(crate) use login::login;

/// Why a sign-in cannot even start; nobody is sent anywhere.
pub(crate) fn refusal(why: &str) -> Answer {
    let body = format!("<p>The sign-in was refused: {}.</p>", escape(why));
    Layout::new("This sign-in cannot start", body).answer(400)
}

/// `GET /auth/success`
pub(crate) fn success() -> Answer {
    Layout::new("You are signed in", "<p>You may close this page.</p>".to_owned()).answer(200)
}

/// `POST /sandbox/stop`
pub(crate) fn stop(world: &World, request: &Recorded) -> Answer {
    if may_stop(world, request) {
        Answer::new(200, "text/plain; charset=utf-8", "The sandbox stops.\n").header("connection", "close")
    } else {
        Answer::new(403, "text/plain; charset=utf-8", "Only who started the sandbox may stop it.\n")
    }
}

pub(crate) fn may_stop(world: &World, request: &Recorded) -> bool {
    let token = request.header("sandbox-stop").unwrap_or_default();
    token.as_bytes().ct_eq(world.stop_token.as_bytes()).into()
}
