//! P01 to P10: what a person pastes, or a pipe brings, and what that is taken for.

use std::process::Stdio;

use carto_sandbox::{Fault, Route};

use crate::desk::{Desk, Outcome};
use crate::typist::Terminal;
use crate::waiting::parameter;

/// What a pipe brings, made of the link, ends the sign-in like this.
fn pipe_brings(make: impl FnOnce(&Desk, &str) -> String) -> (Desk, Outcome) {
    let desk = Desk::new();
    let mut login = desk.start(&["login", "--no-browser", "--verbose"]);
    let text = make(&desk, &login.link());
    login.type_in(&format!("{text}\n"));
    (desk, login.end())
}

#[test]
fn p01_a_bare_code_is_taken_and_that_its_state_could_not_be_checked_is_noted() {
    let (_, outcome) =
        pipe_brings(|desk, link| format!("  \"{}\" ", desk.browser().code_page_blocking(link).unwrap()));
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.error.contains("without its `state`, which could not be checked"), "{}", outcome.error);
}

#[test]
fn p02_the_whole_address_is_taken() {
    let desk = Desk::new();
    let mut login = desk.start(&["login", "--no-browser"]);
    let page = desk.browser().sign_in_blocking(&login.link()).unwrap();
    login.type_in(&format!("{}\n", page.url));
    assert_eq!(login.end().code, Some(0));
}

#[test]
fn p03_an_address_of_another_sign_in_is_a_typed_error_at_a_pipe() {
    for with in ["", "&state=", "&state=canary", "&state=STATE&state=STATE", "&state=STATEx"] {
        let (desk, outcome) = pipe_brings(|desk, link| {
            let with = with.replace("STATE", &parameter(link, "state"));
            format!("{}/auth/token?code=canary{with}", desk.sandbox.url())
        });
        assert_eq!(outcome.code, Some(3), "{with}: {outcome:?}");
        assert!(outcome.error.contains("error: this "), "{}", outcome.error);
        assert!(outcome.error.contains("\nhint: sign in again with `carto-auth login --no-browser`"));
        assert!(!outcome.error.contains("canary"), "what was pasted is not shown: {}", outcome.error);
        assert_eq!(desk.sandbox.requests(Route::Token), 0);
    }
}

#[test]
fn p03_an_address_of_another_sign_in_is_asked_about_three_times_at_a_terminal() {
    let desk = Desk::new();
    let mut terminal = Terminal::start(&desk, "login --no-browser --color never").unwrap();
    terminal.link();
    let wrong = format!("{}/auth/token?code=c&state=another\n", desk.sandbox.url());
    for tries in 1..=3 {
        terminal.wait_for_times("Access code: ", tries);
        terminal.type_in(&wrong);
    }
    terminal.wait_for("error: this belongs to another sign-in");
    let (code, seen) = terminal.end();
    assert_eq!((code, seen.matches("Access code: ").count()), (Some(3), 3), "{seen:?}");
    assert_eq!(desk.sandbox.requests(Route::Token), 0);
}

#[test]
fn p04_an_address_that_says_no_ends_it_at_once() {
    let (desk, outcome) = pipe_brings(|desk, link| desk.browser().refuse_blocking(link).unwrap().url);
    assert_eq!(outcome.code, Some(4));
    assert!(outcome.error.contains("caused by: the server answered `access_denied`"), "{}", outcome.error);
    assert_eq!(desk.sandbox.requests(Route::Token), 0);
}

#[test]
fn p07_a_code_behind_a_number_sign_is_told() {
    let (desk, outcome) = pipe_brings(|desk, _| format!("{}/auth/token#code=canary", desk.sandbox.url()));
    assert_eq!(outcome.code, Some(3));
    assert!(outcome.error.contains("error: the code stands behind a `#`"), "{}", outcome.error);
    assert!(!outcome.error.contains("canary"));
    assert_eq!(desk.sandbox.requests(Route::Token), 0);
}

#[test]
fn p08_whatever_else_is_pasted_is_told_apart_and_never_sent_shown_or_kept() {
    let token = "eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOjF9.canary";
    for (text, told) in [
        ("LINK", "this is the link to open"),
        ("https://evil.example/?code=canary&state=canary", "this is an address of evil.example"),
        (token, "this is an access token"),
        (&format!("Authorization: Bearer {token}"), "this is an access token"),
        (&format!("{{\"access_token\": \"{token}\"}}"), "this is an access token"),
        ("\u{1}\u{fffd}canary {}", "this cannot be read"),
        (&"canary".repeat(5_000), "this cannot be read"),
    ] {
        let (desk, outcome) = pipe_brings(|_, link| text.replace("LINK", link));
        assert_eq!(outcome.code, Some(3), "{told}: {outcome:?}");
        assert!(outcome.error.contains(&format!("error: {told}")), "{told}: {}", outcome.error);
        assert!(!outcome.raw.1.contains("canary") && !outcome.raw.1.contains("eyJ"), "{}", outcome.raw.1);
        assert_eq!(desk.sandbox.requests(Route::Token), 0);
        let kept =
            std::process::Command::new("grep").args(["-r", "canary"]).arg(desk.home()).output().unwrap();
        assert!(kept.stdout.is_empty(), "{kept:?}");
    }
}

#[test]
fn p08_another_site_is_told_and_the_code_asked_for_again() {
    let desk = Desk::new();
    let mut terminal = Terminal::start(&desk, "login --no-browser --color never").unwrap();
    let link = terminal.link();
    terminal.wait_for("Access code: ");
    terminal.type_in("https://example.com/\n");
    terminal.wait_for("the page that shows the code.\r\nAccess code: ");
    let code = desk.browser().code_page_blocking(&link).unwrap();
    terminal.type_in(&format!("{code}\n"));
    terminal.wait_for("Signed in to CARTO as ada@example.com");
    assert_eq!(terminal.end().0, Some(0));
}

#[test]
fn p09_where_nothing_comes_a_person_is_needed_and_a_job_is_told_its_way() {
    for input in ["", "\n", "  \n", "\n\n\n"] {
        let outcome = Desk::new().run_with(&["login", "--no-browser"], input);
        assert_nobody(&outcome);
    }
    let desk = Desk::new();
    let output = desk.command(&["login", "--no-browser"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    // Not even a closed one.
    let program = crate::desk::PROGRAM;
    let line = format!("{program} login --no-browser <&-");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &line]).env_clear();
    for (name, value) in desk.command(&[]).get_envs() {
        shell.env(name, value.unwrap());
    }
    assert_eq!(shell.output().unwrap().status.code(), Some(3));
}

#[test]
fn p09_a_pipe_that_stays_silent_ends_with_the_sign_in() {
    let outcome = Desk::new().start(&["login", "--no-browser", "--timeout", "1"]).wait();
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.error.contains("error: nobody finished the sign-in within 1 s"), "{}", outcome.error);
}

#[test]
fn p10_a_code_that_is_not_accepted_any_more_is_told_in_the_servers_words_at_a_pipe() {
    let (desk, outcome) = pipe_brings(|_, _| "an-old-code".to_owned());
    assert_eq!(outcome.code, Some(4));
    assert!(outcome.error.contains("`invalid_grant` Invalid authorization code"), "{}", outcome.error);
    assert!(outcome.error.contains("\nhint: sign in again"), "{}", outcome.error);
    assert_eq!(desk.sandbox.requests(Route::Token), 1);
}

#[test]
fn p10_at_a_terminal_a_fresh_link_is_offered() {
    let desk = Desk::new();
    let mut terminal = Terminal::start(&desk, "login --no-browser --color never").unwrap();
    let first = terminal.link();
    terminal.wait_for("Access code: ");
    let words = r#"{"error":"invalid_grant","error_description":"used"}"#;
    desk.sandbox.plan(Route::Token, Fault::body(403, "application/json", words));
    terminal.type_in("an-old-code\n");
    terminal.wait_for("Here is a fresh link.");
    terminal.wait_for_times("Access code: ", 2);
    let from = terminal.seen().rfind("http://127.0.0.1").unwrap();
    let fresh = terminal.seen()[from..].split(['\r', '\u{1b}', ' ']).next().unwrap().to_owned();
    for name in ["state", "code_challenge"] {
        assert_ne!(parameter(&fresh, name), parameter(&first, name));
    }
    let code = desk.browser().code_page_blocking(&fresh).unwrap();
    terminal.type_in(&format!("{code}\n"));
    terminal.wait_for("Signed in to CARTO as ada@example.com");
    assert_eq!(terminal.end().0, Some(0));
}

/// Typed, at once, and with what a job uses.
fn assert_nobody(outcome: &Outcome) {
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(outcome.error.contains("error: no code was pasted"), "{}", outcome.error);
    assert!(outcome.error.contains("CARTO_M2M_CLIENT_ID"), "{}", outcome.error);
}
