//! A store that holds less than a process has in memory takes nothing away from it.
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use carto_auth::platform::{Clock as _, Place};
use carto_auth::{Secret, TokenSet};
use carto_sandbox::{Fault, Route};
use world::{DAY, World};

#[tokio::test]
async fn a_token_that_was_brought_along_is_used_to_its_end_whatever_the_file_holds() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.change_what_is_kept(|entry| {
        entry.insert("refresh_token".into(), serde_json::Value::Null);
    });
    let world = world.at(Place::Headless);
    world.clock.pass(DAY + 10);
    let auth = world.person();
    let theirs = Secret::new("theirs");
    auth.start_with(TokenSet::new(theirs.clone(), world.clock.now(), Some(100)));
    for seconds in [0, 95] {
        world.clock.pass(seconds);
        assert_eq!(auth.access_token().await.expect("it lives"), theirs);
    }
    world.clock.pass(10);
    auth.access_token().await.expect_err("it has ended, and so has the one in the file");
}

#[tokio::test]
async fn in_an_outage_the_token_in_memory_is_used_though_the_file_was_set_back() {
    let world = World::new();
    let auth = world.job();
    auth.access_token().await.expect("a token");
    let entry = world.kept().into_iter().find(|path| path.extension().is_some_and(|ending| ending == "json"));
    let entry = entry.expect("an entry");
    let older = std::fs::read(&entry).expect("read");
    world.clock.pass(DAY - 100);
    let new = auth.access_token().await.expect("renewed");
    std::fs::write(&entry, older).expect("set back");
    let child = auth.in_new_process(world.platform());
    world.sandbox.plan_always(Route::Token, Fault::status(503));
    world.clock.pass(DAY - 200);
    for process in [&auth, &child] {
        assert_eq!(process.access_token().await.expect("it lives"), new);
    }
}
