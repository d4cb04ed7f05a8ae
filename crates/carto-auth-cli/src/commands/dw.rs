//! `carto-auth dw token`: the key to the account's warehouse.

use serde::Serialize;

use super::Context;
use crate::arguments::{Dw, DwCommand};
use crate::failure::Failure;
use crate::interrupt;

pub(crate) fn run(context: &Context, arguments: &Dw) -> Result<u8, Failure> {
    match arguments.command {
        DwCommand::Token => token(context),
    }
}

fn token(context: &Context) -> Result<u8, Failure> {
    let auth = context.open()?;
    let key = interrupt::wait(&context.screen, auth.carto_dw_credentials())?;
    if context.global.json {
        context.screen.give_json(&Document {
            project_id: &key.project_id,
            access_token: key.token.expose(),
            token_type: "Bearer",
        })?;
    } else {
        context.screen.give(&format!("project  {}\ntoken    {}\n", key.project_id, key.token.expose()))?;
    }
    Ok(0)
}

/// What `--json` gives. CARTO does not say how long the token lasts.
#[derive(Serialize)]
struct Document<'a> {
    project_id: &'a str,
    access_token: &'a str,
    token_type: &'static str,
}
