//! T12, T13, T14, T20, T24, T27: the server says no.

use carto_sandbox::{Answer, Fault, Route};

use crate::desk::Desk;
use crate::kept::ago;

#[test]
fn t12_a_refresh_token_that_is_refused_is_sent_once_and_a_person_is_asked_for() {
    for (status, code) in [(403, "invalid_grant"), (400, "access_denied"), (401, "access_denied")] {
        let desk = signed_in();
        desk.sandbox
            .plan(Route::Token, Fault::oauth_error(status, code, "Unknown or invalid refresh token."));
        let first = desk.run(&["token"]);
        assert_eq!((first.code, first.output.as_str()), (Some(3), ""));
        assert!(
            first.error.starts_with("error: the CARTO login has ended\n  caused by: "),
            "{}",
            first.error
        );
        assert!(first.error.contains(code) && first.error.contains("`carto-auth login`"), "{}", first.error);
        for _ in 0..3 {
            assert_eq!(desk.run(&["token"]).code, Some(3));
        }
        assert_eq!(refreshes(&desk), 1, "{code}");
    }
}

#[test]
fn t13_a_client_that_is_refused_is_told_with_its_file_and_not_tried_again() {
    for (status, code) in [(401, "access_denied"), (401, "invalid_client"), (403, "access_denied")] {
        let desk = Desk::new();
        let file = desk.credentials();
        desk.sandbox.plan(Route::Token, Fault::oauth_error(status, code, "The server's words"));
        let outcome = desk.run(&["token", "--m2m", file.to_str().unwrap()]);
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(4), ""));
        assert!(outcome.error.contains("The server's words"), "{}", outcome.error);
        assert!(
            outcome.error.contains("they are read from `[DESK]/carto-credentials.json`"),
            "{}",
            outcome.error
        );
        assert_eq!(desk.sandbox.requests(Route::Token), 1);
    }
}

#[test]
fn t14_each_refusal_has_words_of_its_own_and_an_unknown_one_is_passed_through() {
    let mut messages = std::collections::HashSet::new();
    for (code, hint) in [
        ("mfa_required", "`carto-auth login`"),
        ("unauthorized_client", "`Machine to Machine`"),
        ("invalid_scope", "`CARTO_AUTH_SCOPES`"),
        ("invalid_request", "`--org org_…`"),
        ("something_new", "`carto-auth status`"),
    ] {
        for desk in [Desk::of_job(), Desk::new()] {
            let file = desk.credentials();
            let arguments = ["token", "--json", "--m2m", file.to_str().unwrap()];
            desk.sandbox.plan(Route::Token, Fault::oauth_error(400, code, "the\nserver's\u{1b}[2J words"));
            let outcome = desk.run(&arguments);
            assert_eq!(outcome.code, Some(4), "{outcome:?}");
            let error = outcome.json_error();
            assert_eq!((error["kind"].as_str(), error["code"].as_str()), (Some("refused"), Some(code)));
            assert!(error["hint"].as_str().unwrap().contains(hint), "{error}");
            assert!(error["causes"][0].as_str().unwrap().contains("server's"), "{error}");
            assert!(!outcome.error.contains('\u{1b}'));
            messages.insert(error["message"].to_string());
        }
    }
    assert_eq!(messages.len(), 5, "{messages:?}");
}

#[test]
fn t20_of_ten_commands_whose_family_was_revoked_nobody_sends_it_again() {
    let desk = signed_in();
    desk.sandbox.revoke_everything();
    let commands: Vec<_> = (0..10).map(|_| desk.start(&["token"])).collect();
    for command in commands {
        let outcome = command.end();
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(3), ""), "{outcome:?}");
    }
    assert_eq!(refreshes(&desk), 1);
}

#[test]
fn t20_of_ten_commands_that_sign_in_again_one_asks_and_all_are_signed_in() {
    let desk = signed_in();
    desk.sandbox.revoke_everything();
    assert_eq!(desk.run(&["token"]).code, Some(3));
    let mut desk = desk;
    desk.set("DISPLAY", ":0");
    desk.set("BROWSER", "true");
    let mut commands: Vec<_> = (0..10).map(|_| desk.start(&["login"])).collect();
    let links: Vec<_> = commands.iter_mut().map(|command| command.link()).collect();
    assert!(links.iter().all(|link| *link == links[0]), "one prompt in all: {links:#?}");
    desk.browser().sign_in_blocking(&links[0]).unwrap();
    for command in commands {
        let outcome = command.wait();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }
}

#[test]
fn t24_a_netrc_entry_for_the_host_is_ignored() {
    let mut desk = Desk::of_job();
    for name in [".netrc", "_netrc"] {
        let text = "machine 127.0.0.1 login me password canary\ndefault login me password canary\n";
        std::fs::write(desk.home().join(name), text).unwrap();
    }
    desk.set("NETRC", desk.home().join(".netrc").display().to_string());
    assert_eq!(desk.run(&["token"]).code, Some(0));
    assert_eq!(desk.run(&["dw", "token"]).code, Some(0));
    let asked = desk.sandbox.recorded();
    let tokens = asked.iter().filter(|request| request.route == Route::Token);
    assert!(tokens.clone().count() > 0);
    assert!(tokens.clone().all(|request| request.header("authorization").is_none()));
    let basic = |request: &carto_sandbox::Recorded| {
        request.header("authorization").is_some_and(|value| value.starts_with("Basic"))
    };
    assert!(!asked.iter().any(basic));
}

#[test]
fn t27_an_api_that_does_not_know_the_token_gets_another_once_and_is_then_told() {
    let desk = Desk::of_job();
    let old = desk.run(&["token"]).raw.0;
    desk.sandbox.expire_tokens();
    assert_eq!(desk.run(&["dw", "token"]).code, Some(0));
    assert_ne!(desk.run(&["token"]).raw.0, old);
    assert_eq!(desk.sandbox.requests(Route::Token), 2);
    desk.sandbox.plan_always(Route::WarehouseToken, Answer::api_error(401, "Invalid token"));
    let told = desk.run(&["dw", "token"]);
    assert_eq!(told.code, Some(4));
    assert!(told.error.contains("Invalid token"), "{}", told.error);
    assert!(desk.sandbox.requests(Route::Token) <= 3, "one renewal a call");
}

/// A desk at which somebody had signed in, whose token has ended.
fn signed_in() -> Desk {
    let desk = Desk::new();
    desk.sign_in(&[]);
    ago(&desk, 2 * 86_400);
    desk
}

fn refreshes(desk: &Desk) -> usize {
    desk.sandbox.recorded().iter().filter(|request| request.parameter("refresh_token").is_some()).count()
}
