//! Somebody has to sign in, or did not come to the end of it.

use carto_sandbox::{Fault, Recorded, Route};

use crate::desk::Desk;
use crate::hint::{Hint, arguments, fails, sign_in, sign_in_by, works};

#[test]
fn nobody_can_be_asked_so_a_job_or_a_person_elsewhere_signs_in() {
    let mut desk = Desk::new();
    let hint = fails(&desk, &["login"], "a-job-signs-in");
    let person = Hint::of(&desk.run(&["login"]), "a-person-with-carto");
    let (id, secret) = desk.sandbox.m2m_client();
    sign_in(&desk, person.word("carto-auth login --no-browser"));
    works(&desk, &["token"]);
    works(&desk, &["logout"]);
    desk.set(hint.word("CARTO_API_BASE_URL"), desk.sandbox.url().to_owned());
    desk.set(hint.word("CARTO_M2M_CLIENT_ID"), id);
    desk.set(hint.word("CARTO_M2M_CLIENT_SECRET"), secret);
    works(&desk, &["token"]);
}

#[test]
fn who_is_not_signed_in_signs_in() {
    let mut desk = Desk::with_browser();
    let hint = fails(&desk, &["status"], "sign-in-with-carto");
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["status"]);
    works(&desk, &["logout"]);
    let hint = fails(&desk, &["token"], "a-job-uses-carto-m2m-client-id");
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["token"]);
    works(&desk, &["logout"]);
    let (id, secret) = desk.sandbox.m2m_client();
    desk.set("CARTO_API_BASE_URL", desk.sandbox.url().to_owned());
    desk.set(hint.word("CARTO_M2M_CLIENT_ID"), id);
    desk.set(hint.word("CARTO_M2M_CLIENT_SECRET"), secret);
    works(&desk, &["token"]);
}

#[test]
fn whoever_came_too_late_gets_more_time() {
    let desk = Desk::with_browser();
    let hint = fails(
        &desk,
        &["login", "--browser", "--timeout", "1"],
        "sign-in-again-with-carto-auth-login-timeout",
    );
    let option = hint.word("--timeout").replace("SECONDS", "60");
    sign_in(&desk, &format!("{} {option}", hint.word("carto-auth login")));
    works(&desk, &["token"]);
}

#[test]
fn a_sign_in_without_input_is_ended_in_a_second_step() {
    let desk = Desk::new();
    let begun = desk.run(&["login", "--no-browser"]);
    let hint = Hint::of(&begun, "open-the-link-then");
    let link = begun.raw.1.split_whitespace().find(|word| word.contains("/authorize?")).unwrap();
    let code = desk.browser().code_page_blocking(link).unwrap();
    let typed = arguments(hint.word("carto-auth login"));
    let wrong = desk.run_with(&typed, "https://example.com/");
    let again = Hint::of(&wrong, "try-again-with-carto");
    let done = desk.run_with(&arguments(again.word("carto-auth login")), &code);
    assert_eq!(done.code, Some(0), "{done:?}");
    works(&desk, &["token"]);
    // There is none to be ended any more.
    let none = desk.run_with(&typed, &code);
    let hint = Hint::of(&none, "begin-one-with-carto");
    works(&desk, &["logout"]);
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["token"]);
}

#[test]
fn what_was_pasted_wrongly_is_pasted_again() {
    let desk = Desk::new();
    let mut login = desk.start(&["login", "--no-browser"]);
    login.link();
    login.type_in("https://example.com/\n");
    let hint = Hint::of(&login.end(), "sign-in-again-with");
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["token"]);
}

#[test]
fn access_that_was_refused_is_allowed() {
    let desk = Desk::with_browser();
    let mut login = desk.start(&["login"]);
    let link = login.link();
    desk.browser().refuse_blocking(&link).unwrap();
    let hint = Hint::of(&login.end(), "sign-in-again-with-carto-auth");
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["token"]);
}

#[test]
fn a_code_that_is_not_accepted_any_more_is_won_again() {
    let desk = Desk::with_browser();
    desk.sandbox.plan(Route::Token, Fault::oauth_error(403, "invalid_grant", "Invalid authorization code"));
    let mut login = desk.start(&["login"]);
    let link = login.link();
    desk.browser().sign_in_blocking(&link).unwrap();
    let hint = Hint::of(&login.end(), "sign-in-again-as");
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["token"]);
    sign_in(&desk, &format!("{} --force", hint.word("carto-auth login --no-browser")));
    works(&desk, &["token"]);
}

#[test]
fn a_server_that_cannot_just_now_is_asked_again() {
    let desk = Desk::of_job();
    desk.sandbox.plan(Route::Token, Fault::oauth_error(400, "temporarily_unavailable", "later"));
    fails(&desk, &["token"], "try-again-in-a").says("try again");
    works(&desk, &["token"]);
}

#[test]
fn a_server_that_refuses_for_a_reason_of_its_own_is_told_the_right_settings() {
    let mut desk = Desk::of_job();
    let audience = |request: &Recorded| match request.parameter("audience").as_deref() {
        Some("elsewhere") => Fault::oauth_error(403, "audience_unknown", "no such audience"),
        _ => Fault::None,
    };
    desk.sandbox.plan_always_with(Route::Token, audience);
    desk.set("CARTO_AUTH_AUDIENCE", "elsewhere");
    let hint = fails(&desk, &["token"], "check-the-settings-that");
    assert!(desk.run(&arguments(hint.word("carto-auth status"))).output.contains("elsewhere"));
    desk.unset("CARTO_AUTH_AUDIENCE");
    works(&desk, &["token"]);
}

#[test]
fn a_scope_that_is_not_known_is_left_out() {
    let mut desk = Desk::with_browser();
    let fault = |request: &Recorded| match request.parameter("grant_type").as_deref() {
        Some("authorization_code") => Fault::oauth_error(400, "invalid_scope", "no such scope"),
        _ => Fault::None,
    };
    desk.set("CARTO_AUTH_SCOPES", "openid nope");
    desk.sandbox.plan_with(Route::Token, fault);
    let mut login = desk.start(&["login"]);
    let link = login.link();
    assert!(link.contains("nope"));
    desk.browser().sign_in_blocking(&link).unwrap();
    let hint = Hint::of(&login.end(), "check-the-scopes-or");
    desk.unset(hint.word("CARTO_AUTH_SCOPES"));
    let mut login = desk.start(&["login"]);
    let link = login.link();
    assert!(!link.contains("nope"), "it is not asked for any more");
    desk.browser().sign_in_blocking(&link).unwrap();
    assert_eq!(login.end().code, Some(0));
}

#[test]
fn a_sign_in_that_is_under_way_is_ended_first() {
    let desk = Desk::with_browser();
    sign_in_by(&desk, &["login"]);
    let mut other = desk.start(&["login", "--force"]);
    other.link();
    fails(&desk, &["logout"], "end-the-sign-in").says("or stop that process, and sign out again");
    other.signal("-INT");
    assert_eq!(other.end().code, Some(130));
    works(&desk, &["logout"]);
    let mut other = desk.start(&["login"]);
    other.link();
    fails(&desk, &["login", "--timeout", "1"], "end-the-sign-in-there")
        .says("or stop that process, and try again");
    other.signal("-INT");
    assert_eq!(other.end().code, Some(130));
    sign_in_by(&desk, &["login"]);
}

#[test]
fn a_sign_in_that_waits_elsewhere_is_finished_from_here() {
    let desk = Desk::with_browser();
    let mut other = desk.start(&["login", "--browser"]);
    let link = other.link();
    let hint = fails(&desk, &["token"], "finish-the-sign-in-there");
    let mut here = desk.start(&arguments(hint.word("carto-auth login")));
    assert_eq!(here.link(), link);
    desk.browser().sign_in_blocking(&link).unwrap();
    assert_eq!((here.end().code, other.end().code), (Some(0), Some(0)));
    works(&desk, &["token"]);
}

#[test]
fn a_port_that_is_taken_is_freed_or_done_without() {
    let mut desk = Desk::with_browser();
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    desk.set("CARTO_AUTH_REDIRECT_URI", format!("http://localhost:{port}/callback/"));
    let hint = fails(&desk, &["login", "--browser"], "stop-that-program-or");
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["logout"]);
    drop(holder);
    sign_in_by(&desk, &["login", "--browser"]);
    works(&desk, &["token"]);
}
