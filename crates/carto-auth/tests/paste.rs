//! A person signs in with a code that they paste.

mod world;

use carto_auth::platform::{Input, Place};
use carto_auth::{CartoAuth, ErrorKind, Options, Way};
use carto_sandbox::{Fault, OfflineScope, Route, Settings, SignIn};
use world::{Does, World, get, sign_in};

#[tokio::test]
async fn a_network_that_fails_after_the_paste_asks_for_nothing_more() {
    let world = World::new().where_person(Input::Terminal, &["a-code", "never-read"]).at(Place::Ssh);
    world.sandbox.plan(Route::Token, Fault::LoseAnswer);
    let error = world.person().sign_in().await.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn a_server_without_offline_access_gets_a_link_without_it() {
    let settings = Settings { offline_scope: OfflineScope::Refused, ..Settings::default() };
    let world = World::with(settings).where_person(Input::Terminal, &[]).at(Place::Ssh);
    let auth = world.person();
    let (result, ()) = tokio::join!(auth.sign_in(), async {
        let link = world.person.link(0).await;
        let page = world.sandbox.browser().open(&link).await.expect("a page");
        assert!(page.url.contains("error=invalid_scope"), "{}", page.url);
        world.person.will_type(&[&page.url]);
        let fresh = world.person.link(1).await;
        assert!(!fresh.contains("offline_access"));
        let code = world.sandbox.browser().code_page(&fresh).await.expect("a code");
        world.person.will_type(&[&code]);
    });
    result.expect("signed in");
}

#[tokio::test]
async fn of_both_ways_at_once_the_paste_may_win() {
    let settings = Settings { sign_in: SignIn::Automatic, ..Settings::default() };
    let world = World::with(settings).where_browser(Does::Nothing).where_person(Input::Terminal, &[]);
    let task = sign_in(world.person());
    let link = world.person.link(0).await;
    let redirect = get(&link).await;
    world.person.will_type(&["a-code-alone", redirect.header_as_sent("location").expect("a place")]);
    task.await.expect("no panic").expect("signed in");
    assert!(world.person.told().contains("paste the whole address"));
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn of_both_ways_at_once_the_browser_may_win() {
    let world = World::new().where_person(Input::Terminal, &["nonsense {}"]);
    world.person().sign_in().await.expect("signed in");
    assert!(world.browser.page().await.body.contains("You are signed in"));
}

#[tokio::test]
async fn mistakes_at_the_terminal_do_not_keep_the_browser_out() {
    let world = World::new().where_browser(Does::Nothing).where_person(Input::Terminal, &["{}", "{}", "{}"]);
    let task = sign_in(world.person());
    let link = world.person.link(0).await;
    while world.person.asked() < 3 {
        tokio::task::yield_now().await;
    }
    world.sandbox.browser().sign_in(&link).await.expect("a page");
    task.await.expect("no panic").expect("signed in");
    assert_eq!(world.person.told().matches("cannot be read as a code").count(), 3, "each is told");
}

#[tokio::test]
async fn a_sign_in_in_two_steps_is_ended_once() {
    let world = begun().await;
    let code = code(&world).await;
    let auth = by_paste(&world);
    auth.complete_sign_in(&code).await.expect("signed in");
    assert!(auth.access_token().await.is_ok());
    let error = auth.complete_sign_in(&code).await.expect_err("it was ended");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn a_sign_in_in_two_steps_waits_ten_minutes() {
    for (seconds, is_in_time) in [(599, true), (601, false), (-60, false)] {
        let world = begun().await;
        let code = code(&world).await;
        world.clock.pass(seconds);
        assert_eq!(by_paste(&world).complete_sign_in(&code).await.is_ok(), is_in_time, "{seconds}");
    }
}

#[tokio::test]
async fn a_sign_in_in_two_steps_is_ended_with_the_same_options() {
    let world = begun().await;
    let code = code(&world).await;
    let other = Options { organization: Some("org_sandbox".into()), ..Options::default() };
    let error = world.open(&other).complete_sign_in(&code).await.expect_err("another sign-in");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert!(error.hint_text().expect("a hint").contains("the same options"));
    by_paste(&world).complete_sign_in(&code).await.expect("it still waits");
}

#[tokio::test]
async fn an_address_with_another_state_does_not_end_a_sign_in_in_two_steps() {
    let world = begun().await;
    let address = format!("{}/auth/token?code=c&state=another", world.sandbox.url());
    let error = by_paste(&world).complete_sign_in(&address).await.expect_err("another state");
    assert!(error.to_string().contains("another sign-in"), "{error}");
    assert_eq!(world.sandbox.requests(Route::Token), 0);
}

#[tokio::test]
async fn the_verifier_of_a_sign_in_in_two_steps_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = begun().await;
    let waiting: Vec<_> =
        world.kept().into_iter().filter(|path| path.extension() == Some("pending".as_ref())).collect();
    let [file] = &waiting[..] else { panic!("one file: {waiting:?}") };
    let mode = file.metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    by_paste(&world).complete_sign_in("a-code").await.expect_err("no such code");
    assert!(!file.exists(), "it was used");
}

/// A handle that is told to paste.
fn by_paste(world: &World) -> CartoAuth {
    world.open(&Options { way: Some(Way::Paste), ..Options::default() })
}

/// A world in which a sign-in was begun that nothing could wait for.
async fn begun() -> World {
    let world = World::new().at(Place::Headless);
    let error = by_paste(&world).sign_in().await.expect_err("nobody pastes");
    assert!(error.hint_text().expect("a hint").contains("--callback"));
    world
}

/// The code that the page behind the link shows.
async fn code(world: &World) -> String {
    world.sandbox.browser().code_page(&world.person.first_link()).await.expect("a code")
}

#[tokio::test]
async fn a_verifier_that_waits_is_gone_with_the_next_sign_in() {
    let world = World::new().where_person(Input::Pipe, &[]);
    let paste = Options { way: Some(Way::Paste), ..Options::default() };
    world.open(&paste).sign_in().await.expect_err("nothing was pasted");
    let pending = |world: &World| {
        world.kept().into_iter().filter(|path| path.extension().is_some_and(|end| end == "pending")).count()
    };
    assert_eq!(pending(&world), 1);
    world.person().sign_in().await.expect("signed in");
    assert_eq!(pending(&world), 0);
}
