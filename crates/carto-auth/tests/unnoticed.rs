//! Renewal that nobody notices: whoever has a token that lives is given it, whatever happens to the renewal.

#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use std::time::Duration;

use carto_auth::platform::{Clock as _, Input, Place};
use carto_auth::store::{FileStore, TokenStore as _};
use carto_auth::{CartoAuth, ErrorKind, Options, Revoked, Secret, Wanted};
use carto_sandbox::{Answer, Fault, Route, Settings};
use world::{DAY, Does, HOUR, World, fifty_callers, job};

#[tokio::test]
async fn while_one_renews_the_others_are_given_the_old_token() {
    let world = World::new();
    let (auth, old) = in_its_margin(&world).await;
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(400)));
    let renewing = tokio::spawn({
        let auth = auth.clone();
        async move { auth.access_token().await }
    });
    until(|| world.sandbox.requests(Route::Token) == 2).await;
    for token in fifty_callers(&auth).await {
        assert_eq!(token.expect("the old one"), old);
    }
    assert!(!renewing.is_finished(), "nobody waited for it");
    assert_ne!(renewing.await.expect("no panic").expect("a new one"), old);
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[tokio::test]
async fn while_another_process_renews_the_old_token_is_given_and_the_new_one_found_later() {
    let world = World::new();
    let (auth, old) = in_its_margin(&world).await;
    let files = FileStore::in_folder(world.cache(), &world.platform());
    let key = files.keys().expect("keys").pop().expect("one");
    let other = job(&world, &Options::default());
    let lock = files.try_lock(&key).await.expect("tried").expect("free");
    assert_eq!(auth.access_token().await.expect("the old one"), old);
    drop(lock);
    let new = other.access_token().await.expect("renewed");
    assert_ne!(new, old);
    assert_eq!(auth.access_token().await.expect("it has just looked"), old);
    world.clock.pass(1);
    assert_eq!(auth.access_token().await.expect("found"), new);
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[tokio::test]
async fn a_server_that_does_not_answer_keeps_nobody_long_who_has_a_token() {
    let world = World::new();
    let (auth, old) = in_its_margin(&world).await;
    world.sandbox.plan_always(Route::Token, Fault::Hang);
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    assert_eq!(auth.access_token().await.expect("the old one"), old);
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

#[tokio::test]
async fn in_an_outage_a_thousand_calls_make_few_requests_and_the_error_says_when_it_goes_on() {
    let world = World::new();
    let auth = world.job();
    auth.access_token().await.expect("a token");
    world.clock.pass(2 * DAY);
    world.sandbox.plan_always(Route::Token, Fault::oauth_error(403, "access_denied", "Client is blocked"));
    for _ in 0..3 {
        assert_eq!(
            auth.access_token().await.expect_err("refused").hint_text().map(is_about_attempts),
            Some(false)
        );
    }
    for _ in 0..1_000 {
        let error = auth.access_token().await.expect_err("an outage");
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(is_about_attempts(error.hint_text().expect("a hint")), "{error:?}");
    }
    assert_eq!(world.sandbox.requests(Route::Token), 1 + 3);
    world.sandbox.plan_nothing(Route::Token);
    world.clock.pass(3);
    auth.access_token().await.expect("the server is back");
}

#[tokio::test]
async fn other_credentials_are_tried_at_once_in_an_outage() {
    let world = World::new();
    let file = world.write_credentials("carto-credentials.json", "sandbox-m2m", "sandbox-wrong");
    let wanted = Wanted::CredentialsFile(file);
    let auth = CartoAuth::open(world.platform(), &Options::default(), wanted).expect("settings");
    for _ in 0..10 {
        auth.access_token().await.expect_err("wrong");
    }
    assert_eq!(world.sandbox.requests(Route::Token), 3);
    let (id, secret) = world.sandbox.m2m_client();
    world.write_credentials("carto-credentials.json", &id, &secret);
    auth.access_token().await.expect("put right");
}

#[tokio::test]
async fn ten_jobs_that_wait_for_one_that_is_refused_are_told_the_same_without_asking() {
    let world = World::new();
    let later = Fault::After {
        delay: Duration::from_millis(300),
        then: Box::new(Fault::oauth_error(401, "access_denied", "Unauthorized")),
    };
    world.sandbox.plan(Route::Token, later);
    let jobs: Vec<CartoAuth> = (0..10).map(|_| world.job()).collect();
    let mut tasks = tokio::task::JoinSet::new();
    for auth in &jobs {
        let auth = auth.clone();
        tasks.spawn(async move { auth.access_token().await });
    }
    let errors = tasks.join_all().await;
    assert!(
        errors.iter().all(|error| error.as_ref().is_err_and(|e| e.oauth_code() == Some("access_denied")))
    );
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    world.job().access_token().await.expect("who comes later asks");
}

#[tokio::test]
async fn after_a_refusal_the_token_of_a_sibling_is_taken() {
    for (code, sibling_renews) in
        [("invalid_grant", false), ("access_denied", false), ("invalid_grant", true)]
    {
        let world = signed_in().await;
        world.clock.pass(DAY);
        let later = Fault::After {
            delay: Duration::from_millis(300),
            then: Box::new(Fault::oauth_error(403, code, "Unknown or invalid refresh token.")),
        };
        world.sandbox.plan(Route::Token, later);
        let auth = world.person();
        let renewing = tokio::spawn({
            let auth = auth.clone();
            async move { auth.access_token().await }
        });
        until(|| world.refreshes() == 1).await;
        // A machine that does not see our lock has been quicker.
        let theirs =
            if sibling_renews { (None, "sandbox-theirs") } else { (Some("sandbox-theirs"), "sandbox-next") };
        world.change_what_is_kept(|entry| {
            if let Some(access_token) = theirs.0 {
                entry.insert("access_token".into(), access_token.into());
                entry.insert("issued_at".into(), (entry["issued_at"].as_i64().expect("a time") + DAY).into());
                entry.remove("boot");
            } else {
                entry.insert("access_token".into(), "sandbox-ended".into());
            }
            entry.insert("refresh_token".into(), theirs.1.into());
            entry.remove("refresh_sent_at");
        });
        let token = renewing.await.expect("no panic");
        if sibling_renews {
            assert_eq!(token.expect_err("theirs is not the sandbox's").kind(), ErrorKind::PersonNeeded);
            assert_eq!(world.refresh_tokens_sent()[1], "sandbox-theirs");
        } else {
            assert_eq!(token.expect("theirs"), Secret::new("sandbox-theirs"));
            assert_eq!(world.refreshes(), 1);
        }
    }
}

#[tokio::test]
async fn before_a_refresh_token_is_sent_the_entry_says_so() {
    let world = signed_in().await;
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(300)));
    let auth = world.person();
    let renewing = tokio::spawn(async move { auth.access_token().await });
    until(|| world.refreshes() == 1).await;
    assert!(world.entry().contains_key("refresh_sent_at"));
    renewing.await.expect("no panic").expect("renewed");
    assert!(!world.entry().contains_key("refresh_sent_at"));
}

#[tokio::test]
async fn who_finds_the_mark_without_an_answer_asks_for_a_sign_in_and_sends_nothing() {
    let world = signed_in().await;
    world.change_what_is_kept(|entry| {
        entry.insert("refresh_sent_at".into(), 1_800_000_000.into());
    });
    let auth = world.person();
    auth.access_token().await.expect("it lives");
    let status = auth.status().await.expect("a status");
    assert!(!status.renews && status.warnings.concat().contains("a renewal was interrupted"), "{status:?}");
    world.clock.pass(DAY);
    for auth in [auth, world.person()] {
        let error = auth.access_token().await.expect_err("it may have been used up");
        assert_eq!(error.kind(), ErrorKind::PersonNeeded);
        assert!(error.causes().concat().contains("not sent twice"), "{error:?}");
    }
    assert_eq!(world.refreshes(), 0);
    // The server can still be told to forget it.
    assert!(matches!(world.person().log_out().await.expect("signed out").revoked, Revoked::Yes));
}

#[tokio::test]
async fn a_token_in_memory_alone_is_not_replayed_either() {
    let world = World::new();
    std::fs::write(world.cache(), "in the way").expect("written");
    let auth = world.open(&Options { unasked_browser: Some(false), ..Options::default() });
    auth.sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Token, Fault::LoseAnswer);
    assert_eq!(auth.access_token().await.expect_err("lost").kind(), ErrorKind::Network);
    assert_eq!(auth.access_token().await.expect_err("not again").kind(), ErrorKind::PersonNeeded);
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn a_person_who_did_not_come_is_not_asked_by_a_tab_again_for_ten_minutes() {
    let world = World::with(Settings { refresh_tokens: false, ..Settings::default() });
    world.person().sign_in().await.expect("signed in");
    let world = world.where_browser(Does::Refuse);
    world.clock.pass(DAY);
    for _ in 0..5 {
        world.person().access_token().await.expect_err("nobody signs in");
    }
    assert_eq!(world.browser.opened().len(), 1);
    world.clock.pass(600);
    world.person().access_token().await.expect_err("nobody signs in");
    assert_eq!(world.browser.opened().len(), 2);
}

#[tokio::test]
async fn at_a_desk_that_nobody_comes_to_tabs_open_less_and_less_often() {
    let world = World::with(Settings { refresh_tokens: false, ..Settings::default() });
    world.person().sign_in().await.expect("signed in");
    let world = world.where_browser(Does::Refuse);
    world.clock.pass(DAY);
    let mut opened = Vec::new();
    for ten_minutes in 0..550 {
        let before = world.browser.opened().len();
        world.person().access_token().await.expect_err("nobody signs in");
        if world.browser.opened().len() > before {
            opened.push(ten_minutes * 10);
        }
        world.clock.pass(600);
    }
    // In minutes: the pause doubles, up to a day.
    let day = DAY / 60;
    let last = 10 * 255;
    let expected = [0, 10, 30, 70, 150, 310, 630, 1_270, last, last + day, last + 2 * day];
    assert_eq!(opened, expected);
    // A sign-in begins it anew.
    let world = world.where_browser(Does::SignIn);
    world.person().sign_in().await.expect("signed in");
    let world = world.where_browser(Does::Refuse);
    world.clock.pass(DAY);
    for tabs in 1..=2 {
        world.person().access_token().await.expect_err("nobody signs in");
        assert_eq!(world.browser.opened().len(), tabs);
        world.clock.pass(600);
    }
}

#[tokio::test]
async fn between_machines_the_clock_of_the_server_counts() {
    let world = World::new();
    // This machine is an hour ahead, and the server says what time it is.
    world.clock.jump(HOUR);
    let auth = world.job();
    let token = auth.access_token().await.expect("a token");
    let issued_at = world.entry()["issued_at"].as_i64().expect("a time");
    assert!((issued_at - (world.clock.now() - HOUR)).abs() < 60, "{issued_at}");
    // Another machine, whose clock is right, finds it as old as it is.
    world.clock.jump(-HOUR);
    world.clock.restart();
    assert_eq!(world.job().access_token().await.expect("the same"), token);
    world.clock.pass(DAY - 400);
    assert_eq!(world.job().access_token().await.expect("the same"), token);
    world.clock.pass(200);
    assert_ne!(world.job().access_token().await.expect("a new one"), token);
}

#[tokio::test]
async fn a_store_that_has_lost_the_token_takes_nothing_from_whoever_has_it_in_memory() {
    let world = World::new();
    let (auth, old) = in_its_margin(&world).await;
    for file in world.kept() {
        std::fs::remove_file(file).expect("removed");
    }
    world.sandbox.plan_always(Route::Token, Fault::status(503));
    for _ in 0..4 {
        assert_eq!(auth.access_token().await.expect("it lives"), old);
        world.clock.pass(31);
    }
}

#[tokio::test]
async fn a_person_whose_store_is_lost_is_not_asked_while_the_token_lives() {
    let world = World::new();
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let old = auth.access_token().await.expect("a token");
    for file in world.kept() {
        std::fs::remove_file(file).expect("removed");
    }
    world.clock.pass(DAY - 200);
    assert_eq!(auth.access_token().await.expect("it lives"), old);
    assert_eq!(world.browser.opened().len(), 1, "the one that it was signed in with");
}

#[tokio::test]
async fn a_person_whose_store_is_older_is_not_asked_while_the_token_lives() {
    let world = World::with(Settings { refresh_tokens: false, ..Settings::default() });
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(DAY - 200);
    let older = put_an_older_one(&world);
    assert_eq!(auth.access_token().await.expect("it lives"), old);
    assert_eq!(world.browser.opened().len(), 1, "the one that it was signed in with");
    assert_ne!(old, older);
}

#[tokio::test]
async fn a_job_whose_store_is_older_is_kept_no_longer_by_a_server_that_does_not_answer() {
    let world = World::new();
    let (auth, old) = in_its_margin(&world).await;
    put_an_older_one(&world);
    world.sandbox.plan_always(Route::Token, Fault::Hang);
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    assert_eq!(auth.access_token().await.expect("the old one"), old);
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

#[tokio::test]
async fn machines_that_are_all_behind_the_server_find_each_others_tokens() {
    let world = World::new();
    world.clock.jump(-10 * HOUR);
    let token = world.job().access_token().await.expect("a token");
    for _ in 0..10 {
        world.clock.restart();
        assert_eq!(world.job().access_token().await.expect("the same"), token);
    }
    world.clock.pass(DAY);
    assert_ne!(world.job().access_token().await.expect("a new one"), token);
}

#[tokio::test]
async fn a_clock_that_is_put_right_gives_no_dead_token() {
    let world = World::new();
    world.job().access_token().await.expect("a token");
    world.clock.jump(20 * HOUR);
    let auth = world.job();
    auth.access_token().await.expect("it lives");
    // The server says what time it is, and then the clock is put right.
    auth.invalidate();
    auth.access_token().await.expect("another");
    world.clock.jump(-20 * HOUR);
    world.change_what_is_kept(|entry| {
        let ended = entry["issued_at"].as_i64().expect("a time") - DAY - 10 * HOUR;
        entry.insert("issued_at".into(), ended.into());
        entry.insert("access_token".into(), "sandbox-ended".into());
        entry.remove("boot");
        entry.remove("issued_at_here");
    });
    auth.invalidate();
    assert_ne!(auth.access_token().await.expect("a new one"), Secret::new("sandbox-ended"));
}

/// A job whose token is in its margin, and that token.
async fn in_its_margin(world: &World) -> (CartoAuth, Secret) {
    let auth = world.job();
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(DAY - 200);
    (auth, old)
}

/// Puts a token that has ended long ago in place of the one that is kept.
fn put_an_older_one(world: &World) -> Secret {
    world.change_what_is_kept(|entry| {
        entry.insert("access_token".into(), "sandbox-older".into());
        entry.insert("issued_at".into(), (entry["issued_at"].as_i64().expect("a time") - 2 * DAY).into());
        entry.remove("boot");
    });
    Secret::new("sandbox-older")
}

/// A world in which somebody has signed in, where nobody is now.
async fn signed_in() -> World {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.at(Place::Headless)
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn is_about_attempts(hint: &str) -> bool {
    hint.contains("attempts in a row failed")
}

#[tokio::test]
async fn a_person_whose_store_is_older_renews_with_it_and_has_the_one_in_memory_until_then() {
    let world = World::new();
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(DAY - 200);
    put_an_older_one(&world);
    world.sandbox.plan_always(Route::Token, Answer::empty(404));
    assert_eq!(auth.access_token().await.expect("it lives"), old);
    world.sandbox.plan_nothing(Route::Token);
    world.clock.pass(31);
    assert_ne!(auth.access_token().await.expect("renewed"), old);
}

#[tokio::test]
async fn in_the_middle_of_the_work_nothing_is_read_and_a_browser_opens_or_it_fails() {
    let port = world::free_port().await;
    let world = World::with(Settings { refresh_tokens: false, ..Settings::default() }).with_port(port);
    world.person().sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    let world = world.where_browser(Does::NotOpen).where_person(Input::Terminal, &["never-read"]);
    let auth = world.person();
    let renewing = tokio::time::timeout(Duration::from_secs(20), auth.access_token());
    assert_eq!(renewing.await.expect("an end").expect_err("no browser").kind(), ErrorKind::PersonNeeded);

    world.clock.pass(DAY);
    let _held = std::net::TcpListener::bind(("127.0.0.1", port)).expect("held");
    let renewing = tokio::time::timeout(Duration::from_secs(20), auth.access_token());
    let error = renewing.await.expect("an end").expect_err("nothing can listen");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert!(error.causes().concat().contains("is taken by"), "{error:?}");
    assert_eq!(world.person.asked(), 0);
}
