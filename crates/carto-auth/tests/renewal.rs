//! A token is renewed before it ends, and nobody is asked more often than needed.

mod world;

use std::time::Duration;

use carto_auth::platform::{Input, Place};
use carto_auth::{CartoAuth, ErrorKind, Options, Secret, Wanted};
use carto_sandbox::{Answer, Fault, Route, Settings};
use world::{DAY, Does, Front, World, fifty_callers};

#[tokio::test]
async fn a_fresh_token_is_given_as_it_is() {
    let world = signed_in().await;
    let token = world.person().access_token().await.expect("a token");
    world.clock.pass(DAY - 301);
    assert_eq!(world.person().access_token().await.expect("the same"), token);
    assert_eq!(world.refreshes(), 0);
}

#[tokio::test]
async fn a_token_in_its_margin_or_past_its_end_is_renewed_once() {
    for seconds in [DAY - 299, DAY, 10 * DAY] {
        let world = signed_in().await;
        let auth = world.person();
        let old = auth.access_token().await.expect("a token");
        world.clock.pass(seconds);
        let new = auth.access_token().await.expect("a new one");
        assert_ne!(new, old);
        assert_eq!(auth.access_token().await.expect("the same"), new);
        assert_eq!(world.person().access_token().await.expect("it is kept"), new);
        assert_eq!(world.refreshes(), 1);
    }
}

#[tokio::test]
async fn fifty_callers_cause_one_renewal() {
    let world = signed_in().await;
    let auth = world.person();
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(50)));
    let tokens = fifty_callers(&auth).await;
    let first = tokens[0].as_ref().expect("a token");
    assert!(tokens.iter().all(|token| token.as_ref().expect("a token") == first));
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn two_handles_cause_one_renewal() {
    let world = signed_in().await;
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(50)));
    let (one, other) = (world.person(), world.person());
    let (one, other) = tokio::join!(one.access_token(), other.access_token());
    assert_eq!(one.expect("a token"), other.expect("a token"));
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn fifty_callers_of_a_renewal_that_is_refused_get_one_error() {
    let world = signed_in().await.at(Place::Headless);
    world.clock.pass(DAY);
    world.sandbox.revoke_everything();
    let answers = fifty_callers(&world.person()).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_err_and(|e| e.kind() == ErrorKind::PersonNeeded)));
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn on_a_desktop_a_renewal_that_is_refused_opens_the_browser_once() {
    let world = signed_in().await.where_browser(Does::SignIn);
    world.clock.pass(DAY);
    world.sandbox.revoke_everything();
    let tokens = fifty_callers(&world.person()).await;
    assert!(tokens.iter().all(Result::is_ok));
    assert_eq!(world.browser.opened().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_asked_too_often_has_not_used_the_refresh_token() {
    let world = signed_in().await.at(Place::Headless);
    world.clock.pass(DAY);
    world.sandbox.plan(Route::Token, Answer::empty(429).header("retry-after", "600"));
    let error = world.person().access_token().await.expect_err("too often");
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Network, Some(429)));
    world.person().access_token().await.expect("renewed");
    assert_eq!(world.refreshes(), 2);
}

#[tokio::test]
async fn a_refresh_token_that_did_not_leave_the_machine_is_used_later() {
    let world = World::with(Settings { issuer_in_answer: false, ..Settings::default() });
    let mut front = Front::before(world.sandbox.url()).await;
    let world = world.with_variable("CARTO_AUTH_URL", front.url());
    world.person().sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    front.close().await;
    let auth = world.person();
    assert_eq!(auth.access_token().await.expect_err("nobody is there").kind(), ErrorKind::Network);
    front.open().await;
    auth.access_token().await.expect("renewed");
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn while_the_old_token_lives_a_failed_renewal_is_no_fault_and_rests() {
    let world = World::new();
    let auth = world.job();
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(DAY - 200);
    world.sandbox.plan_always(Route::Token, Fault::oauth_error(401, "access_denied", "Unauthorized"));
    for (seconds, requests) in [(0, 2), (29, 2), (2, 3), (0, 3)] {
        world.clock.pass(seconds);
        assert_eq!(auth.access_token().await.expect("the old one"), old);
        assert_eq!(world.sandbox.requests(Route::Token), requests, "after {seconds} s");
    }
    world.clock.pass(200);
    assert_eq!(auth.access_token().await.expect_err("it has ended").kind(), ErrorKind::Refused);
}

#[tokio::test]
async fn while_the_old_token_lives_a_person_is_not_asked() {
    let world = signed_in().await.at(Place::Headless);
    let auth = world.person();
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(DAY - 200);
    world.sandbox.revoke_everything();
    assert_eq!(auth.access_token().await.expect("the old one"), old);
    assert_eq!(auth.access_token().await.expect("the old one"), old);
    world.clock.pass(200);
    assert_eq!(auth.access_token().await.expect_err("it has ended").kind(), ErrorKind::PersonNeeded);
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn an_access_token_is_got_without_reading_what_is_typed() {
    for (place, input) in
        [(Place::Ssh, Input::Terminal), (Place::Headless, Input::Pipe), (Place::Container, Input::Notebook)]
    {
        let world = World::new().where_person(input, &["never-read"]).where_browser(Does::NotExist).at(place);
        let error = world.person().access_token().await.expect_err("nobody is signed in");
        assert_eq!(error.kind(), ErrorKind::PersonNeeded);
        assert_eq!(world.person.asked(), 0);
        assert_eq!(world.sandbox.requests(Route::Token), 0);
    }
    let world = World::new().where_person(Input::Terminal, &["never-read"]);
    world.person().access_token().await.expect("signed in by the browser");
    assert_eq!(world.person.asked(), 0);
}

#[tokio::test]
async fn an_access_token_waits_for_no_browser_that_does_not_open() {
    let world = World::new().where_browser(Does::NotOpen).where_person(Input::Terminal, &["never-read"]);
    let error = world.person().access_token().await.expect_err("no browser");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert_eq!(world.person.asked(), 0);
}

#[tokio::test]
async fn an_access_token_is_never_pasted_even_where_the_port_is_taken() {
    let port = world::free_port().await;
    let _held = std::net::TcpListener::bind(("127.0.0.1", port)).expect("held");
    let world = World::new().with_port(port).where_person(Input::Terminal, &["never-read"]);
    let error = world.person().access_token().await.expect_err("nothing can listen");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert_eq!(world.person.asked(), 0);
}

#[tokio::test]
async fn a_token_that_an_api_did_not_accept_is_renewed_once() {
    let world = signed_in().await;
    let auth = world.person();
    let old = auth.access_token().await.expect("a token");
    auth.invalidate();
    assert!(auth.cached_access_token().expect("read").is_none());
    let new = auth.access_token().await.expect("another");
    assert_ne!(new, old);
    assert_eq!(auth.access_token().await.expect("the same"), new);
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn what_another_program_has_renewed_is_taken_over() {
    let world = signed_in().await;
    let (one, other) = (world.person(), world.person());
    one.access_token().await.expect("a token");
    other.access_token().await.expect("the same");
    one.invalidate();
    let new = one.access_token().await.expect("renewed");
    other.invalidate();
    assert_eq!(other.access_token().await.expect("taken over"), new);
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn a_warehouse_that_does_not_accept_the_token_is_asked_once_more_with_a_new_one() {
    let world = signed_in().await;
    let auth = world.person();
    auth.api_base_url().await.expect("a base URL");
    world.sandbox.expire_tokens();
    auth.carto_dw_credentials().await.expect("credentials");
    assert_eq!((world.refreshes(), world.sandbox.requests(Route::WarehouseToken)), (1, 2));
    world.clock.pass(30);
    world.sandbox.plan_always(Route::WarehouseToken, Answer::api_error(401, "Invalid token"));
    let error = auth.carto_dw_credentials().await.expect_err("told");
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Refused, Some(401)));
    assert!(error.causes()[0].contains("Invalid token"));
    assert_eq!((world.refreshes(), world.sandbox.requests(Route::WarehouseToken)), (2, 4));
}

#[tokio::test]
async fn a_token_that_was_given_never_renews() {
    let world = World::new();
    let token = Secret::new(world.sandbox.issue_api_token(carto_sandbox::ADA));
    let wanted = Wanted::Token { api_base_url: Some(world.sandbox.url().into()), token: token.clone() };
    let auth = CartoAuth::open(world.platform(), &Options::default(), wanted).expect("settings");
    world.clock.pass(1_000 * DAY);
    assert_eq!(auth.access_token().await.expect("as it is"), token);
    world.sandbox.plan(Route::WarehouseToken, Answer::api_error(401, "Token expired"));
    let error = auth.carto_dw_credentials().await.expect_err("told");
    assert_eq!(error.http_status(), Some(401));
    assert_eq!(world.sandbox.requests(Route::WarehouseToken), 1);
}

#[tokio::test]
async fn another_person_who_does_not_sign_in_is_told_so() {
    let world = signed_in().await.where_browser(Does::Refuse);
    let auth = world.person();
    let before = auth.access_token().await.expect("a token");
    let error = auth.sign_in_as_another().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(auth.access_token().await.expect("nothing has changed"), before);
}

#[tokio::test]
async fn whoever_asks_for_a_sign_in_is_told_that_it_was_refused_and_the_old_token_lives_on() {
    let world = World::with(Settings { refresh_tokens: false, ..Settings::default() });
    world.person().sign_in().await.expect("signed in");
    let world = world.where_browser(Does::Refuse);
    world.clock.pass(DAY - 100);
    let auth = world.person();
    assert_eq!(auth.sign_in().await.expect_err("refused").kind(), ErrorKind::Refused);
    auth.access_token().await.expect("it lives");
}

#[tokio::test]
async fn a_server_that_was_away_at_first_is_known_later() {
    let world = World::new();
    world.sandbox.plan_always(Route::Discovery, Fault::status(503));
    let auth = world.person();
    auth.sign_in().await.expect("signed in by the routes of Auth0");
    world.sandbox.plan_nothing(Route::Discovery);
    world.clock.pass(60);
    let left = auth.log_out().await.expect("signed out");
    assert!(matches!(left.revoked, carto_auth::Revoked::Yes), "{left:?}");
}

#[tokio::test]
async fn a_server_that_was_silent_is_left_alone_for_a_minute() {
    let world = World::new();
    world.sandbox.plan_always(Route::Discovery, Fault::status(503));
    let auth = world.person();
    auth.sign_in().await.expect("signed in by the routes of Auth0");
    let asked = world.sandbox.requests(Route::Discovery);
    world.clock.pass(59);
    auth.log_out().await.expect("signed out");
    assert_eq!(world.sandbox.requests(Route::Discovery), asked);
    assert!(asked > 0);
}

/// A world in which somebody has signed in; from now on, no browser opens.
async fn signed_in() -> World {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.where_browser(Does::NotExist)
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_left_alone_while_the_token_lives() {
    let world = World::new();
    let auth = world.job();
    auth.access_token().await.expect("a token");
    world.clock.pass(DAY - 290);
    world.sandbox.plan_always(Route::Token, carto_sandbox::Answer::empty(429).header("retry-after", "600"));
    for _ in 0..6 {
        auth.access_token().await.expect("it lives");
        world.clock.pass(40);
    }
    assert!(world.sandbox.requests(Route::Token) <= 2, "{}", world.sandbox.requests(Route::Token));
}

#[tokio::test]
async fn a_refresh_token_that_is_not_the_sandboxs_never_goes_over_plain_http() {
    let world = World::new();
    let answer =
        r#"{"access_token":"sandbox-a","token_type":"Bearer","expires_in":60,"refresh_token":"v1.real"}"#;
    world.sandbox.plan(Route::Token, Fault::body(200, "application/json", answer));
    world.person().sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    world.at(carto_auth::platform::Place::Headless).person().access_token().await.expect_err("not sent");
}

#[tokio::test]
async fn what_a_renewal_does_not_say_again_stays_as_it_was() {
    let world = World::new();
    let options = Options { scopes: Some(vec!["read:maps".into()]), ..Options::default() };
    world.open(&options).sign_in().await.expect("signed in");
    let before = world.open(&options).status().await.expect("a status");
    let base_url = world.open(&options).api_base_url().await.expect("a base URL");
    let asked = world.sandbox.requests(Route::Accounts);
    world.clock.pass(DAY);
    let answer = r#"{"access_token":"sandbox-a","token_type":"Bearer","expires_in":86400}"#;
    world.sandbox.plan(Route::Token, Fault::body(200, "application/json", answer));
    world.open(&options).access_token().await.expect("renewed");
    let after = world.open(&options).status().await.expect("a status");
    assert!(before.scope.is_some());
    assert_eq!((after.scope, after.renews), (before.scope, true));
    assert_eq!(world.open(&options).api_base_url().await.expect("the same"), base_url);
    assert_eq!(world.sandbox.requests(Route::Accounts), asked, "nobody is asked for it again");
    world.clock.pass(DAY);
    world.open(&options).access_token().await.expect("renewed with the same refresh token");
    assert_eq!(world.refreshes(), 2);
}
