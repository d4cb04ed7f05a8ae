//! `carto-auth token`: the access token, for `$(…)`, prompts and pipes.
//!
//! A token that is kept and fresh is given out without a runtime, a thread or a connection.

use carto_auth::CartoAuth;
use serde::Serialize;

use super::Context;
use crate::arguments::Token;
use crate::failure::Failure;
use crate::interrupt;
use crate::words;

pub(crate) fn run(context: &Context, arguments: &Token) -> Result<u8, Failure> {
    let auth = context.open()?;
    let token = match auth.cached_access_token()? {
        Some(token) => token,
        None => interrupt::wait(&context.screen, auth.access_token())?,
    };
    if context.global.json {
        context.screen.give_json(&document(context, &auth, token.expose())?)?;
    } else if arguments.header {
        context.screen.give(&format!("Authorization: Bearer {}\n", token.expose()))?;
    } else {
        context.screen.give(&format!("{}\n", token.expose()))?;
    }
    Ok(0)
}

/// What `--json` gives: the words of RFC 6749, section 5.1, and where to use the token.
#[derive(Serialize)]
struct Document<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_at: Option<String>,
    expires_in: Option<i64>,
    api_base_url: Option<String>,
}

fn document<'a>(context: &Context, auth: &CartoAuth, access_token: &'a str) -> Result<Document<'a>, Failure> {
    let status = interrupt::status(&context.screen, auth)?;
    Ok(Document {
        access_token,
        token_type: "Bearer",
        expires_at: status.expires_at.map(words::time),
        expires_in: status.time_left,
        api_base_url: status.api_base_url,
    })
}
