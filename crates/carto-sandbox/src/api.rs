//! CARTO's account service and API.

mod accounts;
mod bearer;
mod connections;
mod query;
mod tokens;

pub(crate) use accounts::{accounts, config, me};
pub(crate) use connections::{connections, warehouse_token};
pub(crate) use query::query;
pub(crate) use tokens::{ApiTokens, token, tokens};
