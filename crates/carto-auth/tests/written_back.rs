//! What is under way, or in memory alone, when everything is signed out: it ends too, and nothing comes back.

mod world;

use std::path::PathBuf;
use std::time::Duration;

use carto_auth::{CartoAuth, ErrorKind, LoggedOutAll, Options, Revoked, Wanted};
use carto_sandbox::{Fault, Route};
use world::{DAY, World};

#[cfg(feature = "redis")]
#[tokio::test]
async fn the_first_token_of_a_fleet_that_is_under_way_is_gone_from_redis() {
    let Some(redis) = world::Redis::start() else { return };
    let world = World::new().with_variable("CARTO_AUTH_STORE", redis.url());
    let asking = ask(&world, &world.job()).await;
    let done = world.job().log_out_all().await;
    assert_eq!(places(&done).len(), 1, "{done:?}");
    asking.await.expect("no panic");
    let before = world.sandbox.requests(Route::Token);
    world.job().access_token().await.expect("a token");
    assert_eq!(world.sandbox.requests(Route::Token) - before, 1, "nothing was written back");
}

#[tokio::test]
async fn the_first_token_that_is_under_way_is_gone_from_memory() {
    let world = World::new().with_variable("CARTO_AUTH_STORE", "memory");
    let job = world.job();
    let asking = ask(&world, &job).await;
    assert_eq!(places(&job.log_out_all().await), ["this process only"]);
    asking.await.expect("no panic");
    assert!(job.cached_access_token().expect("read").is_none());
}

#[tokio::test]
async fn a_sign_in_that_another_took_the_place_of_does_not_come_back() {
    let (world, auth, entry) = unkept().await;
    world.clock.pass(3_000);
    world.person().sign_in_as_another().await.expect("signed in");
    world.clock.pass(DAY - 3_200);
    let taken_over = auth.access_token().await.expect("a token");
    assert_eq!(taken_over, world.person().access_token().await.expect("a token"));
    assert_eq!(places(&world.person().log_out_all().await).len(), 1);
    let before = world.refreshes();
    world.clock.pass(DAY);
    let error = auth.access_token().await.expect_err("the sign-in is gone");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded, "{error:?}");
    assert_eq!(world.refreshes() - before, 0);
    assert!(!entry.exists());
}

#[tokio::test]
async fn a_sign_in_that_could_not_be_kept_is_ended_at_the_server_and_named() {
    for everything in [false, true] {
        let (world, auth, _) = unkept().await;
        let status = auth.status().await.expect("a status");
        let rests = (status.location.as_deref(), status.refresh_location.as_deref());
        assert_eq!(rests, (Some("this process only"), Some("in this process only")));
        assert!(status.renews && status.warnings[0].contains("could not be kept"), "{status:?}");
        let before = world.sandbox.requests(Route::Revoke);
        if everything {
            let done = auth.log_out_all().await;
            assert_eq!(places(&done), ["this process only"]);
            assert!(matches!(done.signed_out[0].revoked, Revoked::Yes), "{done:?}");
        } else {
            let done = auth.log_out().await.expect("signed out");
            assert!(done.removed && matches!(done.revoked, Revoked::Yes), "{done:?}");
        }
        assert_eq!(world.sandbox.requests(Route::Revoke) - before, 1);
        assert!(auth.cached_access_token().expect("read").is_none());
    }
}

#[tokio::test]
async fn what_could_not_be_kept_is_not_renewed_while_another_servers_answer_is_waited_for() {
    let (world, auth, entry) = unkept().await;
    world.write_config("[profiles.other]\n");
    let other = world.open(&Options { profile: Some("other".into()), ..Options::default() });
    other.sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    let before = (world.refreshes(), world.sandbox.requests(Route::Revoke));
    world.sandbox.plan(Route::Revoke, Fault::None);
    world.sandbox.plan(Route::Revoke, Fault::delay(Duration::from_millis(1_500)));
    let leaving = tokio::spawn({
        let auth = auth.clone();
        async move { auth.log_out_all().await }
    });
    let asked = async {
        while world.sandbox.requests(Route::Revoke) < before.1 + 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asked).await.expect("both are told");
    let error = auth.access_token().await.expect_err("the sign-in is gone");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded, "{error:?}");
    assert_eq!(leaving.await.expect("no panic").signed_out.len(), 2);
    assert_eq!(world.refreshes(), before.0);
    assert!(!entry.exists());
}

#[tokio::test]
async fn a_renewal_that_is_waited_for_and_cannot_be_kept_is_ended_too() {
    for everything in [false, true] {
        let world = World::new();
        let auth = world.person();
        auth.sign_in().await.expect("signed in");
        let entry = entry(&world);
        world.clock.pass(DAY);
        let asking = ask(&world, &auth).await;
        std::fs::remove_file(&entry).expect("removed");
        std::fs::create_dir(&entry).expect("in the way");
        if everything {
            auth.log_out_all().await;
        } else {
            auth.log_out().await.expect_err("the store does not work");
        }
        asking.await.expect("no panic");
        assert_eq!(world.sandbox.requests(Route::Revoke), 1);
    }
}

#[tokio::test]
async fn what_rests_in_memory_alone_was_there_when_it_is_signed_out() {
    let world = World::new();
    let auth = world.open(&Options { use_cache: Some(false), ..Options::default() });
    auth.sign_in().await.expect("signed in");
    let done = auth.log_out().await.expect("signed out");
    assert!(done.removed && matches!(done.revoked, Revoked::Yes), "{done:?}");
    assert!(!auth.log_out().await.expect("signed out").removed);
}

/// Asks for a token that takes a while, until the server has heard of it.
async fn ask(world: &World, auth: &CartoAuth) -> tokio::task::JoinHandle<()> {
    let before = world.sandbox.requests(Route::Token);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(1_000)));
    let auth = auth.clone();
    let asking = tokio::spawn(async move { drop(auth.access_token().await.expect("a token")) });
    let heard = async {
        while world.sandbox.requests(Route::Token) == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), heard).await.expect("in time");
    asking
}

/// Somebody whose sign-in could not be kept when it was made, and could be since.
async fn unkept() -> (World, CartoAuth, PathBuf) {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    let entry = entry(&world);
    world.person().log_out().await.expect("signed out");
    std::fs::create_dir(&entry).expect("in the way");
    let options = Options { unasked_browser: Some(false), ..Options::default() };
    let auth = CartoAuth::open(world.platform(), &options, Wanted::Person).expect("settings");
    auth.sign_in().await.expect("signed in");
    std::fs::remove_dir(&entry).expect("out of the way");
    (world, auth, entry)
}

fn entry(world: &World) -> PathBuf {
    let is_entry = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    world.kept().into_iter().find(is_entry).expect("an entry")
}

/// Where they rested that are signed out.
fn places(done: &LoggedOutAll) -> Vec<&str> {
    done.signed_out.iter().map(|one| one.location.as_str()).collect()
}
