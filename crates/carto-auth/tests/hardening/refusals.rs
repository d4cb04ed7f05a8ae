//! T12, T13, T14, T20, T24: the server says no, to a refresh token, to a client, to what was asked.

use std::time::Duration;

use carto_auth::platform::Place;
use carto_auth::{CartoAuth, ErrorKind, Options, Secret, Wanted};
use carto_sandbox::{Fault, Route};

use crate::world::{DAY, Does, Process, Task, World, fifty_callers};

#[tokio::test]
async fn t12_a_refresh_token_that_is_refused_is_sent_once_and_a_person_is_asked_for() {
    for (status, code) in [
        (403, "invalid_grant"),
        (400, "invalid_grant"),
        (401, "invalid_grant"),
        (400, "access_denied"),
        (401, "access_denied"),
        (403, "access_denied"),
    ] {
        let world = signed_in().await;
        world
            .sandbox
            .plan(Route::Token, Fault::oauth_error(status, code, "Unknown or invalid refresh token."));
        let auth = world.person();
        let error = auth.access_token().await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::PersonNeeded);
        assert_eq!(error.to_string(), "the CARTO login has ended");
        assert!(error.causes().concat().contains(code), "{error:?}");
        assert!(error.hint_text().expect("a hint").contains("carto-auth login"));
        for auth in [auth, world.person()] {
            for answer in fifty_callers(&auth).await {
                assert_eq!(answer.expect_err("no loop").kind(), ErrorKind::PersonNeeded);
            }
        }
        assert_eq!(world.refreshes(), 1, "{status} {code}");
    }
}

#[tokio::test]
async fn t12_after_a_refusal_the_token_of_a_sibling_is_taken() {
    for code in ["invalid_grant", "access_denied"] {
        let world = signed_in().await;
        let refusal = Fault::oauth_error(403, code, "Unknown or invalid refresh token.");
        let later = Fault::After { delay: Duration::from_millis(300), then: Box::new(refusal) };
        world.sandbox.plan(Route::Token, later);
        let auth = world.person();
        let renewing = tokio::spawn(async move { auth.access_token().await });
        while world.refreshes() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // A machine that does not see our lock has been quicker.
        world.change_what_is_kept(|entry| {
            entry.insert("access_token".into(), "sandbox-theirs".into());
            entry.insert("refresh_token".into(), "sandbox-next".into());
            entry.insert("issued_at".into(), (entry["issued_at"].as_i64().expect("a time") + DAY).into());
            entry.remove("boot");
            entry.remove("refresh_sent_at");
        });
        assert_eq!(renewing.await.expect("no panic").expect("theirs"), Secret::new("sandbox-theirs"));
        assert_eq!(world.refreshes(), 1);
    }
}

#[tokio::test]
async fn t12_a_5xx_is_no_refusal_whatever_it_says() {
    for status in [500, 502, 503] {
        let world = signed_in().await;
        world.sandbox.plan(Route::Token, Fault::oauth_error(status, "invalid_grant", "Too many requests"));
        let error = world.person().access_token().await.expect_err("out of order");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Network, Some(status)));
    }
}

#[tokio::test]
async fn t13_a_client_that_is_refused_is_told_with_its_file_and_not_tried_again() {
    for (status, code) in
        [(401, "access_denied"), (401, "invalid_client"), (403, "access_denied"), (400, "invalid_client")]
    {
        let world = World::new();
        world.sandbox.plan(Route::Token, Fault::oauth_error(status, code, "The server's words"));
        let error = world.job().access_token().await.expect_err("refused");
        assert_eq!((error.kind(), error.oauth_code()), (ErrorKind::Refused, Some(code)));
        assert_eq!(error.http_status(), Some(status));
        assert!(error.causes()[0].contains("The server's words"), "{error:?}");
        assert!(error.hint_text().expect("a hint").contains("carto-credentials.json"), "{error:?}");
        assert_eq!(world.sandbox.requests(Route::Token), 1);
    }
    let world = World::new();
    let (id, _) = world.sandbox.m2m_client();
    let file = Wanted::CredentialsFile(world.write_credentials("wrong.json", &id, "sandbox-wrong"));
    let auth = CartoAuth::open(world.platform(), &Options::default(), file).expect("settings");
    let error = auth.access_token().await.expect_err("a wrong secret");
    assert!(error.hint_text().expect("a hint").contains("wrong.json"));
    assert!(!format!("{error:?}").contains("sandbox-wrong"));
}

#[tokio::test]
async fn t14_each_refusal_has_words_of_its_own_and_an_unknown_one_is_passed_through() {
    let mut messages = Vec::new();
    for (code, hint) in [
        ("mfa_required", "`carto-auth login`"),
        ("unauthorized_client", "`Machine to Machine`"),
        ("invalid_scope", "`CARTO_AUTH_SCOPES`"),
        ("invalid_request", "`--org org_…`"),
        ("something_new", "`carto-auth status`"),
    ] {
        let world = World::new();
        world.sandbox.plan(Route::Token, Fault::oauth_error(400, code, "parameter organization is required"));
        let error = world.job().access_token().await.expect_err("refused");
        assert_eq!((error.kind(), error.oauth_code()), (ErrorKind::Refused, Some(code)));
        let causes = error.causes().concat();
        assert!(causes.contains(code) && causes.contains("organization is required"), "{error:?}");
        assert!(error.hint_text().expect("a hint").contains(hint), "{code}: {error:?}");
        messages.push(error.to_string());
        assert_eq!(world.sandbox.requests(Route::Token), 1);
    }
    messages.dedup();
    assert_eq!(messages.len(), 5, "{messages:?}");
}

#[tokio::test]
async fn t14_a_refusal_of_any_shape_is_shown_on_one_line_without_control_characters() {
    for body in [
        r#"{"error":"a\u001b[2J\nb","error_description":"c\r\nd\u202e"}"#,
        r#"{"error":["a","b"],"error_description":7}"#,
        r#"{"error":{"code":"x"},"message":"y"}"#,
        r#"{"error":"","error_description":""}"#,
        r#"{"error":null}"#,
        "[]",
        "",
        "<html>",
        "\u{0}",
    ] {
        let world = World::new();
        world.sandbox.plan(Route::Token, Fault::body(400, "application/json", body));
        let error = world.job().access_token().await.expect_err("refused");
        assert!(matches!(error.kind(), ErrorKind::Refused | ErrorKind::UnexpectedAnswer), "{error:?}");
        let said = format!("{error}{}", error.causes().concat());
        assert!(!said.contains(|c: char| c.is_control() || c == '\u{202e}'), "{said:?}");
    }
    let world = World::new();
    let long = format!(r#"{{"error":"x","error_description":"{}"}}"#, "y".repeat(900_000));
    world.sandbox.plan(Route::Token, Fault::body(400, "application/json", long));
    let error = world.job().access_token().await.expect_err("refused");
    assert!(error.causes().concat().len() < 1_000);
}

#[test]
fn t20_of_ten_processes_whose_family_was_revoked_one_is_told_and_nobody_sends_it_again() {
    let world = World::new();
    wait_for(world.person().sign_in()).expect("signed in");
    world.age_what_is_kept(2 * DAY);
    world.sandbox.revoke_everything();
    let mut processes = Process::start_many(&world, Task::Token);
    for process in &mut processes {
        assert!(process.result().contains("PersonNeeded"), "{:#?}", process.said);
    }
    assert_eq!(world.refreshes(), 1);
}

#[test]
fn t20_of_ten_processes_whose_family_was_revoked_one_asks_the_person() {
    let world = World::new();
    wait_for(world.person().sign_in()).expect("signed in");
    world.age_what_is_kept(2 * DAY);
    world.sandbox.revoke_everything();
    let mut processes = Process::start_many(&world, Task::SignIn);
    let links: Vec<_> = processes.iter_mut().map(Process::link).collect();
    assert!(links.iter().all(|link| *link == links[0]), "one prompt in all: {links:#?}");
    world.sandbox.browser().sign_in_blocking(&links[0]).expect("a page");
    let tokens: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(tokens[0].starts_with("eyJ") && tokens.iter().all(|token| *token == tokens[0]), "{tokens:#?}");
    assert_eq!((world.refreshes(), world.sandbox.requests(Route::Authorize)), (1, 2));
}

#[tokio::test]
async fn t24_a_netrc_entry_for_the_host_is_ignored() {
    let world = World::new();
    for name in [".netrc", "_netrc"] {
        let text = "machine 127.0.0.1 login me password canary\ndefault login me password canary\n";
        std::fs::write(world.folder.path().join(name), text).expect("written");
    }
    let netrc = world.folder.path().join(".netrc").display().to_string();
    let world = world.with_variable("NETRC", netrc);
    world.job().access_token().await.expect("a token");
    world.person().sign_in().await.expect("signed in");
    let asked = world.sandbox.recorded();
    assert!(asked.iter().any(|request| request.route == Route::Token));
    for request in asked.iter().filter(|request| request.route == Route::Token) {
        assert_eq!(request.header("authorization"), None);
        assert!(!request.text().contains("canary"));
    }
}

/// A world in which the token of somebody who had signed in has ended, where nobody is now.
async fn signed_in() -> World {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.clock.pass(DAY);
    world.where_browser(Does::NotExist).at(Place::Headless)
}

fn wait_for<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}
