//! The first page: what this is and what it answers.

use super::layout::{Layout, escape};
use crate::Answer;
use crate::world::World;

/// `GET /`
pub(crate) fn index(world: &World) -> Answer {
    let api = escape(&world.settings.api_path);
    let routes = [
        ("/.well-known/openid-configuration", "where the authorization server's endpoints are"),
        ("/.well-known/jwks.json", "the key that signs its tokens"),
        ("/authorize", "the login page"),
        ("/oauth/token", "codes, secrets and refresh tokens for access tokens"),
        ("/oauth/revoke", "the end of a token"),
        ("/auth/token", "shows an access code to copy"),
        ("/accounts", "the account of a token"),
        ("/users/me", "the person of a token"),
        ("/config.yaml", "where the API is"),
    ];
    let api_routes = [
        ("/v3/connections", "what the account is connected to"),
        ("/v3/connections/carto-dw/token", "a project and a token for the warehouse"),
        ("/v3/sql/carto_dw/query", "three demo rows, whatever the query"),
        ("/v3/tokens", "API Access Tokens"),
    ];
    let item =
        |prefix: &str, (path, what): (&str, &str)| format!("<li><code>{prefix}{path}</code> {what}</li>\n");
    let list: String = routes
        .into_iter()
        .map(|route| item("", route))
        .chain(api_routes.into_iter().map(|route| item(&api, route)))
        .collect();
    let body = format!(
        "<p>A small stand-in for CARTO at <code>{}</code>, to try a sign-in on without an account. \
         It knows two people, forgets everything when it stops, and can be reached from this computer only.</p>\n\
         <h2>What it answers</h2>\n<ul>\n{list}</ul>",
        escape(&world.url)
    );
    Layout::new("carto-auth sandbox", body).answer(200)
}
