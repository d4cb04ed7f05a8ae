//! Signing out of everything, and what is under way meanwhile.

mod world;

use std::sync::Arc;
use std::time::Duration;

use carto_auth::platform::{Keyring, MemoryVault, Owner};
use carto_auth::{CartoAuth, ErrorKind, LoggedOutAll, Options, Platform, Revoked, Wanted};
use carto_sandbox::{ADA, Fault, Route};
use world::{DAY, Does, World};

#[tokio::test]
async fn every_profile_and_every_job_is_gone() {
    let world = World::new();
    world.write_config("[profiles.work]\n[profiles.broken]\ncredentials_file = \"nowhere.json\"\n");
    for profile in ["default", "work"] {
        named(&world, profile).sign_in().await.expect("signed in");
    }
    world.job().access_token().await.expect("a token");
    let done = world.person().log_out_all().await;
    assert_eq!(names(&done), ["person default", "person work", "m2m"]);
    assert!(done.left.is_empty(), "{done:?}");
    let revoked = done.signed_out.iter().map(|one| matches!(one.revoked, Revoked::Yes));
    assert_eq!(revoked.collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(entries(&world), [""; 0]);
    assert_eq!(names(&world.person().log_out_all().await), [""; 0]);
}

#[tokio::test]
async fn nothing_is_left_of_a_renewal_that_failed() {
    let world = World::new();
    let job = world.job();
    job.access_token().await.expect("a token");
    job.invalidate();
    world.sandbox.plan(Route::Token, Fault::oauth_error(401, "access_denied", "Unauthorized"));
    job.access_token().await.expect_err("refused");
    let told = || world.kept().into_iter().filter(|path| path.extension().is_some_and(|end| end == "login"));
    assert_eq!(told().count(), 1);
    job.log_out_all().await;
    assert_eq!(told().count(), 0);
}

#[tokio::test]
async fn what_is_in_memory_alone_is_gone_too() {
    let world = World::new();
    let auth = world.open(&Options { use_cache: Some(false), ..Options::default() });
    auth.sign_in().await.expect("signed in");
    assert_eq!(names(&auth.log_out_all().await), ["person default"]);
    assert!(auth.cached_access_token().expect("read").is_none());
    assert_eq!(world.sandbox.requests(Route::Revoke), 1);
}

#[tokio::test]
async fn a_refresh_token_in_the_keyring_is_revoked_also_by_a_job_that_signs_out() {
    let world = World::new();
    let vault = MemoryVault::new();
    let open = |wanted| {
        let keyring = Keyring::new(Arc::new(vault.clone()));
        CartoAuth::open(Platform { keyring, ..world.platform() }, &Options::default(), wanted)
            .expect("settings")
    };
    let person = open(Wanted::Person);
    person.sign_in().await.expect("signed in");
    let place = person.status().await.expect("a status").refresh_location.expect("a place");
    assert_eq!(place, "in the system's keyring");
    let job = open(Wanted::CredentialsFile(world.credentials_file("job.json")));
    let done = job.log_out_all().await;
    assert_eq!(names(&done), ["person default"]);
    assert!(matches!(done.signed_out[0].revoked, Revoked::Yes), "{done:?}");
    assert_eq!(world.sandbox.requests(Route::Revoke), 1);
}

#[tokio::test]
async fn the_files_are_gone_also_where_tokens_rest_elsewhere_now() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    let platform = world.platform_with(&[("CARTO_AUTH_STORE", "memory")]);
    let auth = CartoAuth::open(platform, &Options::default(), Wanted::Person).expect("settings");
    assert_eq!(names(&auth.log_out_all().await), ["person default"]);
    assert_eq!(entries(&world), [""; 0]);
}

#[tokio::test]
async fn a_token_of_0_2_0_is_taken_over_by_nobody_any_more() {
    let world = World::new();
    let token = world.sandbox.issue(ADA).access_token;
    let legacy = world.cache().join("token_oauth.json");
    std::fs::create_dir(world.cache()).expect("a folder");
    world::write(
        &legacy,
        &format!(r#"{{"api_base_url": null, "access_token": "{token}", "expiration": 1.5}}"#),
    );
    assert_eq!(world.person().cached_access_token().expect("read").expect("taken over").expose(), token);
    assert_eq!(names(&world.person().log_out_all().await), ["person default"]);
    assert!(world.person().cached_access_token().expect("read").is_none());
    assert!(World::read(&legacy).contains(&token), "the file of another program stays as it is");
}

#[tokio::test]
async fn those_who_share_a_user_stay_signed_in() {
    let world = World::new();
    let notebook_of = |person: &str| {
        let platform = Platform { owner: Owner::Person(person.into()), ..world.platform() };
        CartoAuth::open(platform, &Options::default(), Wanted::Person).expect("settings")
    };
    for person in ["ada", "bob"] {
        notebook_of(person).sign_in().await.expect("signed in");
    }
    world.job().access_token().await.expect("a token");
    let done = notebook_of("ada").log_out_all().await;
    assert_eq!(names(&done), ["person default of ada"]);
    assert!(notebook_of("ada").cached_access_token().expect("read").is_none());
    assert!(notebook_of("bob").cached_access_token().expect("read").is_some());
    assert!(world.job().cached_access_token().expect("read").is_some());
}

#[tokio::test]
async fn the_servers_are_told_all_at_once() {
    let world = World::new();
    let profiles = ["one", "two", "three", "four"];
    world.write_config(&profiles.map(|name| format!("[profiles.{name}]\n")).concat());
    for profile in profiles {
        named(&world, profile).sign_in().await.expect("signed in");
    }
    world.sandbox.plan_always(Route::Revoke, Fault::Hang);
    let auth = world.person();
    let leaving = tokio::spawn(async move { auth.log_out_all().await });
    // None is answered, and still each is asked.
    until(|| world.sandbox.requests(Route::Revoke) == profiles.len()).await;
    let done = leaving.await.expect("no panic");
    assert_eq!(done.signed_out.len(), profiles.len());
    assert!(done.signed_out.iter().all(|one| matches!(one.revoked, Revoked::Failed(_))), "{done:?}");
    assert_eq!(entries(&world), [""; 0]);
}

#[tokio::test]
async fn a_persons_renewal_under_way_ends_before_and_nothing_comes_back() {
    for everything in [false, true] {
        let world = World::new();
        world.person().sign_in().await.expect("signed in");
        world.clock.pass(DAY);
        let world = world.where_browser(Does::NotOpen);
        world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(1_500)));
        let renewing = world.person();
        let renewal = tokio::spawn({
            let auth = renewing.clone();
            async move { auth.access_token().await }
        });
        until(|| world.refreshes() == 1).await;
        leave(&world, everything).await;
        assert!(
            world.person.told().contains("Waiting for another process, which is at work on this sign-in.")
        );
        renewal.await.expect("no panic").expect("who asked before is served");
        assert_eq!(entries(&world), [""; 0]);
        renewing.api_base_url().await.expect("it is found with the token in memory");
        world.clock.pass(DAY);
        let error = renewing.access_token().await.expect_err("the sign-in is gone");
        assert_eq!(error.kind(), ErrorKind::PersonNeeded, "{error:?}");
        assert_eq!(entries(&world), [""; 0]);
        assert_eq!(world.refreshes(), 1, "nothing is left to renew with");
    }
}

#[tokio::test]
async fn a_jobs_renewal_under_way_ends_before_and_the_job_may_ask_again() {
    for everything in [false, true] {
        let world = World::new();
        world.person().sign_in().await.expect("signed in");
        world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(500)));
        let requests = world.sandbox.requests(Route::Token);
        let job = world.job();
        let asking = tokio::spawn({
            let job = job.clone();
            async move { job.access_token().await }
        });
        until(|| world.sandbox.requests(Route::Token) > requests).await;
        if everything {
            world.person().log_out_all().await;
        } else {
            world.person().log_out().await.expect("signed out");
            assert!(world.job().log_out().await.expect("signed out").removed);
        }
        let first = asking.await.expect("no panic").expect("a token");
        assert_eq!(entries(&world), [""; 0]);
        assert_eq!(job.access_token().await.expect("in memory"), first);
        assert_eq!(entries(&world), [""; 0]);
        world.clock.pass(DAY);
        assert_ne!(job.access_token().await.expect("a new one"), first);
        let kept = entries(&world);
        assert!(kept.len() == 1 && kept[0].starts_with("m2m-"), "{kept:?}");
    }
}

#[tokio::test]
async fn what_somebody_is_asked_for_just_now_is_named_and_the_rest_is_gone() {
    let world = World::new();
    world.write_config("[profiles.work]\n");
    named(&world, "work").sign_in().await.expect("signed in");
    world.person().sign_in().await.expect("signed in");
    let world = world.where_browser(Does::Nothing);
    let auth = world.person();
    let waiting = tokio::spawn(async move { auth.sign_in_as_another().await });
    world.person.link(2).await;
    let done = world.person().log_out_all().await;
    assert_eq!(names(&done), ["person work"]);
    let [left] = &done.left[..] else { panic!("{:?}", done.left) };
    assert!(left.to_string().ends_with("is still there"), "{left:?}");
    assert!(left.causes().concat().contains(&std::process::id().to_string()), "{left:?}");
    waiting.abort();
}

async fn leave(world: &World, everything: bool) {
    if everything {
        let done = world.person().log_out_all().await;
        assert!(done.left.is_empty() && done.signed_out.len() == 1, "{done:?}");
    } else {
        assert!(world.person().log_out().await.expect("signed out").removed);
    }
}

fn named(world: &World, profile: &str) -> CartoAuth {
    world.open(&Options { profile: Some(profile.into()), ..Options::default() })
}

/// Who was signed out.
fn names(done: &LoggedOutAll) -> Vec<String> {
    let name = |one: &carto_auth::SignedOut| {
        let profile = one.profile.as_ref().map(|profile| format!(" {profile}"));
        format!("{}{}", one.kind, profile.unwrap_or_default())
    };
    done.signed_out.iter().map(name).collect()
}

/// The files of the cache that may hold a token.
fn entries(world: &World) -> Vec<String> {
    let names =
        world.kept().into_iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned());
    names.filter(|name| name.contains(".json") || name.ends_with(".pending")).collect()
}

async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("in time");
}
