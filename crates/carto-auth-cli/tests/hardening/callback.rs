//! L10 to L16, L34 and L35: only an answer of this very sign-in ends it, in the server's words.

use carto_sandbox::Route;

use crate::waiting::Waiting;

#[test]
fn l10_an_answer_of_another_sign_in_is_turned_away() {
    let waiting = Waiting::with(&["--verbose"]);
    let (own, state) = (waiting.callback("code=canary"), waiting.state.clone());
    let other_case: String = state
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    for other in ["", "wrong", &other_case, &state[..42], &format!("{state}x")] {
        let reply = waiting.get(&own.replace(&state, other));
        assert_eq!(reply.0, 400, "{other}");
        assert!(
            reply.1.contains("not the sign-in that is waited for") && !reply.1.contains(&state),
            "{}",
            reply.1
        );
    }
    assert_eq!(waiting.get(&own.replace("&state=", "&no_state=")).0, 400);
    let page = waiting.desk.browser().sign_in_blocking(&waiting.link).unwrap();
    assert!(page.body.contains("You are signed in"));
    let outcome = waiting.login.wait();
    assert_eq!(outcome.code, Some(0));
    assert!(!outcome.raw.1.contains("canary"), "no code in the log: {}", outcome.raw.1);
    assert_eq!(outcome.raw.1.matches(&state).count(), 1, "the state is in the link alone: {}", outcome.raw.1);
}

#[test]
fn l11_a_callback_with_neither_a_code_nor_an_error_ends_nothing() {
    let waiting = Waiting::begin();
    for outcome in ["", "code=", "error=", "code=&error=", "Code=c"] {
        assert_eq!(waiting.get(&waiting.callback(outcome)).0, 400, "{outcome}");
    }
    waiting.person_signs_in();
}

#[test]
fn l12_a_refusal_ends_it_with_the_servers_words() {
    let waiting = Waiting::with(&["--json"]);
    let refusal = waiting.callback("error=access_denied&error_description=not%20today%1b[2J%0Aerror:%20more");
    let (desk, outcome) = waiting.ended_by(&refusal);
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(4), ""));
    let error = outcome.json_error();
    assert_eq!(error["code"], "access_denied", "{error}");
    assert!(outcome.error.contains("not today") && !outcome.error.contains('\u{1b}'), "{}", outcome.error);
    assert_eq!(desk.sandbox.requests(Route::Token), 0);
}

#[test]
fn l14_a_code_that_comes_with_an_error_is_not_traded() {
    let waiting = Waiting::begin();
    let both = waiting.callback("code=canary&error=access_denied");
    let (desk, outcome) = waiting.ended_by(&both);
    assert_eq!(outcome.code, Some(4));
    assert!(outcome.error.contains("both a code and an error") && !outcome.error.contains("canary"));
    assert_eq!(desk.sandbox.requests(Route::Token), 0);
}

#[test]
fn l16_an_answer_of_another_authorization_server_is_never_traded() {
    let waiting = Waiting::begin();
    let own = waiting.callback("code=a-code");
    let (before, right) = own.rsplit_once("&iss=").unwrap();
    for other in ["", "&iss=", "&iss=https%3A%2F%2Fevil.example%2F", &format!("&iss={right}x")] {
        assert_eq!(waiting.get(&format!("{before}{other}")).0, 400, "{other}");
    }
    assert_eq!(waiting.desk.sandbox.requests(Route::Token), 0);
    // The right one, percent-encoded as it is.
    waiting.any_code_will_do();
    let (_, outcome) = waiting.ended_by(&own);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn l34_what_the_server_cannot_do_just_now_is_no_refusal() {
    for (code, exit) in [("temporarily_unavailable", 5), ("login_required", 4), ("interaction_required", 4)] {
        let waiting = Waiting::with(&["--json"]);
        let target = waiting.callback(&format!("error={code}"));
        let (_, outcome) = waiting.ended_by(&target);
        assert_eq!((outcome.code, outcome.json_error()["code"].as_str()), (Some(exit), Some(code)));
    }
}

#[test]
fn l35_the_page_needs_no_script_and_asks_nobody() {
    let waiting = Waiting::begin();
    waiting.any_code_will_do();
    assert_eq!(waiting.get(&waiting.callback("code=a-code")).0, 303);
    let page = waiting.get("/callback/").1;
    let headers = ["default-src 'none'", "no-store", "no-referrer", "nosniff"];
    let html = ["<html lang=\"en\">", "<h1>You are signed in", "role=\"status\"", "go back to"];
    for part in headers.iter().chain(&html) {
        assert!(page.contains(part), "{part}: {page}");
    }
    for part in ["<script", "http:", "https:", "url("] {
        assert!(!page.contains(part), "{part}: {page}");
    }
    assert_eq!(waiting.login.wait().code, Some(0));
}
