//! Which part of CARTO answers which request.

use hyper::header::HOST;
use url::{Host, Url};

use crate::world::World;
use crate::{Answer, Recorded, Route, api, authorization, control, key, pages};

/// What CARTO would answer.
pub(crate) async fn serve(world: &World, request: &Recorded) -> Answer {
    if !is_for_loopback(request) {
        world.ledger().object(format!("{} {}: `Host` is not loopback", request.method, request.path));
        return Answer::new(421, "text/plain; charset=utf-8", "The sandbox answers on loopback only.\n");
    }
    match request.route {
        Route::Index => pages::index(world),
        Route::Favicon => Answer::empty(204),
        Route::CodePage => pages::code(request),
        Route::SuccessPage => pages::success(),
        Route::Control => control::control(world, request),
        Route::Discovery => authorization::discovery(world),
        Route::Keys => {
            key_exists().await;
            authorization::keys()
        }
        Route::Authorize => authorization::authorize(world, request),
        Route::Decision => authorization::decision(world, request),
        Route::Token => {
            key_exists().await;
            authorization::token(world, request)
        }
        Route::Revoke => authorization::revoke(world, request),
        Route::Accounts => api::accounts(world, request),
        Route::Me => api::me(world, request),
        Route::Config => api::config(world),
        Route::Connections => api::connections(world, request),
        Route::WarehouseToken => api::warehouse_token(world, request),
        Route::Query => api::query(world, request),
        Route::ApiTokens => api::tokens(world, request),
        Route::ApiToken => api::token(world, request),
        Route::Unknown => Answer::api_error(404, "Not found"),
    }
}

/// The first token of a process waits for its key; other requests do not wait with it.
async fn key_exists() {
    // If the key cannot be made, whoever uses it next says so.
    let _ = tokio::task::spawn_blocking(key::prepare).await;
}

/// A name that resolves to loopback today may belong to a web page that wants in (DNS rebinding).
fn is_for_loopback(request: &Recorded) -> bool {
    let host = request.header(HOST.as_str()).unwrap_or_default();
    match Url::parse(&format!("http://{host}/")).ok().as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
