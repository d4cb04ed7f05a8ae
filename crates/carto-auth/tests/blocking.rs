//! The handle for code without async.

mod world;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use carto_auth::blocking::CartoAuth;
use carto_auth::{ErrorKind, Options, Secret, Wanted};
use carto_sandbox::{Fault, Route};
use world::{DAY, World};

fn job(world: &World) -> CartoAuth {
    let file = Wanted::CredentialsFile(world.credentials_file("carto-credentials.json"));
    CartoAuth::open(world.platform(), &Options::default(), file).expect("settings")
}

#[test]
fn many_threads_cause_one_request() {
    let world = World::new();
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(100)));
    let auth = job(&world);
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let auth = auth.clone();
            std::thread::spawn(move || auth.access_token().expect("a token").expose().to_owned())
        })
        .collect();
    let tokens: HashSet<_> = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
    assert_eq!((tokens.len(), world.sandbox.requests(Route::Token)), (1, 1));
    assert_eq!(auth.api_base_url().expect("a base URL"), world.sandbox.url());
    assert!(auth.carto_dw_credentials().expect("a warehouse").project_id.starts_with("sandbox-"));
    assert!(auth.status().expect("a status").signed_in);
    assert!(auth.log_out().expect("forgotten").removed);
}

#[tokio::test]
async fn waiting_in_async_code_is_an_error_and_no_panic() {
    let world = World::new();
    let auth = job(&world);
    let error = auth.access_token().expect_err("it would block the runtime");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint_text().expect("a hint").contains("`std::thread::spawn`"));
}

#[test]
fn a_token_that_was_given_is_given_back() {
    let auth = CartoAuth::from_token("https://gcp-us-east1.api.carto.com/", Secret::new("an.api.token"));
    let auth = auth.expect("settings");
    assert_eq!(auth.access_token().expect("a token").expose(), "an.api.token");
    assert_eq!(auth.api_base_url().expect("set"), "https://gcp-us-east1.api.carto.com");
}

#[test]
fn a_renewal_that_outlives_its_call_goes_on_between_calls() {
    let world = World::new();
    let auth = job(&world);
    let first = auth.access_token().expect("a token");
    world.clock.pass(DAY - 200);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(5_500)));
    assert_eq!(auth.access_token().expect("the old one lives"), first);
    let ends = Instant::now() + Duration::from_secs(20);
    while world.entry()["access_token"] == first.expose() {
        assert!(Instant::now() < ends, "nobody drives it");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_ne!(auth.access_token().expect("the new one"), first);
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}
