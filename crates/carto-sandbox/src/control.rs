//! `/sandbox/…`: what a test in another language does with a sandbox that runs by itself.
//!
//! Every request carries the instance's token in the header `sandbox-control`; nobody else is let in.

mod wanted;

use std::sync::Arc;

use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use crate::world::World;
use crate::{Answer, Fault, Recorded, Route};

/// The header that carries the instance's token.
pub(crate) const HEADER: &str = "sandbox-control";

/// Whoever knows the instance's token may do everything with it.
pub(crate) fn is_allowed(world: &World, request: &Recorded) -> bool {
    let token = request.header(HEADER).unwrap_or_default();
    token.as_bytes().ct_eq(world.control_token.as_bytes()).into()
}

/// `POST /sandbox/stop` is such a request; the server sees to the end once it is answered.
pub(crate) fn is_stop(world: &World, request: &Recorded) -> bool {
    request.route == Route::Control && request.path == "/sandbox/stop" && is_allowed(world, request)
}

pub(crate) fn control(world: &World, request: &Recorded) -> Answer {
    if !is_allowed(world, request) {
        return Answer::api_error(403, "only who started the sandbox may do this");
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/sandbox/stop") => done().header("connection", "close"),
        ("GET", "/sandbox/instance") => done(),
        ("POST", "/sandbox/plan") => match plan(world, request) {
            Ok(()) => done(),
            Err(why) => Answer::api_error(400, &why),
        },
        ("POST", "/sandbox/expire-tokens") => {
            world.state().access.expire_all();
            done()
        }
        ("POST", "/sandbox/revoke-everything") => {
            world.state().revoke_everything();
            done()
        }
        ("GET", "/sandbox/requests") => Answer::json(200, &requests(world)),
        _ => Answer::api_error(
            404,
            "the sandbox can: plan, requests, expire-tokens, revoke-everything, instance, stop",
        ),
    }
}

/// Also how an instance is recognised: no other one lets its token in.
fn done() -> Answer {
    Answer::json(200, &json!({"done": true}))
}

/// `{"route": …, "fault": …}` for one request, with `"always": true` for every one.
fn plan(world: &World, request: &Recorded) -> Result<(), String> {
    let body = request.json().ok_or("the body must be JSON, and its content type say so")?;
    let name = body["route"].as_str().ok_or("`route` must be the name of a route")?;
    // A fault of the control would take the way to end the sandbox away.
    let route = Route::named(name).filter(|route| *route != Route::Control);
    let route = route.ok_or_else(|| format!("no route is named `{name}`"))?;
    let fault = wanted::fault(&body["fault"])?;
    match (&body["always"], fault) {
        (Value::Bool(true), Fault::None) => world.plan().clear(route),
        (Value::Bool(true), fault) => world.plan().always(route, Arc::new(move |_| fault.clone())),
        (Value::Null | Value::Bool(false), fault) => world.plan().next(route, Box::new(|_| fault)),
        _ => return Err("`always` must be true or false".to_owned()),
    }
    Ok(())
}

fn requests(world: &World) -> Value {
    let ledger = world.ledger();
    let counts = Route::all().map(|(route, name)| (name.to_owned(), ledger.count(route).into()));
    let recorded = ledger.recorded();
    let of_clients = recorded.iter().filter(|request| request.route != Route::Control);
    json!({
        "counts": Value::Object(counts.collect()),
        "unplanned": ledger.unplanned,
        "recorded": of_clients.map(told).collect::<Vec<_>>(),
    })
}

fn told(request: &Recorded) -> Value {
    json!({
        "route": request.route.name(),
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
        "body": request.text(),
    })
}
