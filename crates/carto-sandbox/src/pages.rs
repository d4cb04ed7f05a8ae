//! What a person sees.

mod code;
mod index;
mod layout;
mod login;

use crate::Answer;
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
