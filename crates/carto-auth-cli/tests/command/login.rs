//! `carto-auth login`.

use carto_sandbox::{Answer, Route, Settings};

use crate::desk::{Desk, files};

const SIGNED_IN: &str = "\
Signed in to CARTO as ada@example.com.
  API base URL  [SANDBOX]
  Token         23 hours left (until [TIME]), renews by itself
  Kept in       [DESK]/home/.carto-auth/oauth-[KEY].json
  Renews with   a refresh token in the file, since there is no D-Bus session here
";

/// A token that was won a second ago has 23 hours and some left, or 24.
fn settle(text: &str) -> String {
    text.replace("24 hours", "23 hours")
}

/// The screen without the link.
fn without_link(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("/authorize?"));
    settle(&lines.map(|line| format!("{line}\n")).collect::<String>())
}

#[test]
fn a_person_signs_in_through_the_browser() {
    let desk = Desk::with_browser();
    let mut login = desk.start(&["login"]);
    let page = desk.browser().sign_in_blocking(&login.link()).unwrap();
    assert!(page.body.contains("You are signed in"), "{}", page.body);
    let outcome = login.wait();
    assert_eq!(outcome.code, Some(0));
    assert_eq!(outcome.output, "");
    let before = "Open this link to sign in to CARTO:\n\n\n";
    let error = without_link(&outcome.error).replace("Waiting for the sign-in in your browser.\n", "");
    assert_eq!(error, format!("{before}{SIGNED_IN}"));

    let again = desk.run(&["login"]);
    assert_eq!(again.code, Some(0));
    let signed_in = SIGNED_IN.replace("Signed in", "Already signed in");
    let hint = "hint: to sign in as somebody else, `carto-auth login --force`\n";
    assert_eq!(settle(&again.error), format!("{signed_in}{hint}"));
}

#[test]
fn another_person_signs_in_by_force() {
    let desk = Desk::with_browser();
    desk.sign_in(&[]);
    let mut login = desk.start(&["login", "--force", "--browser"]);
    let link = login.link();
    assert!(link.contains("prompt=login"), "{link}");
    desk.browser().as_person("grace@example.com").sign_in_blocking(&link).unwrap();
    assert!(login.wait().error.contains("Signed in to CARTO as grace@example.com."));
}

#[test]
fn a_refusal_is_an_error_even_while_another_is_signed_in() {
    let desk = Desk::with_browser();
    desk.sign_in(&[]);
    let mut login = desk.start(&["login", "--force", "--browser"]);
    let page = desk.browser().refuse_blocking(&login.link()).unwrap();
    assert!(page.body.contains("did not work"));
    let outcome = login.wait();
    assert_eq!(outcome.code, Some(4));
    assert!(
        outcome.error.ends_with(
            "error: the sign-in was refused\n  \
             caused by: the server answered `access_denied`: User did not authorize the request\n\n\
             hint: sign in again with `carto-auth login`, and allow the access that is asked for\n"
        ),
        "{}",
        outcome.error
    );
    assert!(desk.run(&["status"]).output.contains("ada@example.com"));
}

#[test]
fn a_code_is_pasted_from_a_pipe() {
    let desk = Desk::new();
    let mut login = desk.start(&["login", "--no-browser"]);
    let code = desk.browser().code_page_blocking(&login.link()).unwrap();
    login.type_in(&format!("  \"{code}\"\n"));
    let outcome = login.end();
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(0), ""));
    let before = "Open this link in any browser, sign in to CARTO, and copy the access code it shows:\n\n\n";
    assert_eq!(without_link(&outcome.error), format!("{before}{SIGNED_IN}"));
}

#[test]
fn a_sign_in_that_cannot_wait_ended_by_a_second_command() {
    let desk = Desk::new();
    let begun = desk.run(&["login", "--no-browser"]);
    assert_eq!(begun.code, Some(3));
    assert!(begun.error.contains("with `carto-auth login --callback -`"), "{}", begun.error);
    let pending: Vec<_> = files(&desk.home().join(".carto-auth"))
        .into_iter()
        .filter(|name| name.ends_with(".pending"))
        .collect();
    assert_eq!(pending.len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = desk.home().join(".carto-auth").join(&pending[0]);
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let link = begun.raw.1.lines().find(|line| line.contains("/authorize?")).unwrap().trim().to_owned();
    let code = desk.browser().code_page_blocking(&link).unwrap();
    let wrong = desk.run(&["login", "--callback", &link]);
    assert_eq!(wrong.code, Some(3), "what is no answer is named: {}", wrong.error);
    let ended = desk.run_with(&["login", "--callback", "-"], &format!("{code}\n"));
    assert_eq!((ended.code, settle(&ended.error).as_str()), (Some(0), SIGNED_IN));

    let again = desk.run(&["login", "--callback", &code]);
    assert_eq!(again.code, Some(3));
    assert!(
        again.error.starts_with(
            "error: no sign-in waits to be ended: none was begun here, or it was ended already\n"
        )
    );
}

#[test]
fn nobody_comes_and_nobody_can_be_asked() {
    let desk = Desk::with_browser();
    let outcome = desk.start(&["login", "--browser", "--timeout", "1"]).wait();
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.error.contains("error: nobody finished the sign-in within 1 s\n"), "{}", outcome.error);
    assert!(outcome.error.ends_with("`--timeout SECONDS` gives more time\n"));

    let headless = Desk::new();
    let outcome = headless.start(&["login"]).wait();
    assert_eq!(outcome.code, Some(3));
    assert_eq!(
        outcome.error,
        "error: a person has to sign in, and nobody can be asked here\n\n\
         hint: a job signs in with `CARTO_API_BASE_URL`, `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET`, \
         or with `CARTO_CREDENTIALS_FILE`; a person with `carto-auth login` in a terminal, or in two steps that begin with `carto-auth login --no-browser`\n"
    );
    let mut forbidden = Desk::with_browser();
    forbidden.set("CARTO_AUTH_NON_INTERACTIVE", "1");
    assert_eq!(forbidden.run(&["login"]).code, Some(3));
}

#[test]
fn nobody_is_sent_in_a_circle() {
    let mut inherited = Desk::new();
    inherited.set("JPY_PARENT_PID", "7");
    let outcome = inherited.start(&["login"]).wait();
    assert_eq!(outcome.code, Some(3));
    assert!(outcome.error.contains("`unset JPY_PARENT_PID`"), "{}", outcome.error);

    let mut shared = Desk::with_browser();
    shared.set("DATABRICKS_RUNTIME_VERSION", "16.4");
    let outcome = shared.start(&["login"]).wait();
    assert_eq!(outcome.code, Some(3));
    assert!(outcome.error.contains("`CartoAuth.from_oauth()` in a cell"), "{}", outcome.error);
    assert!(!outcome.error.contains("/authorize?"), "what is not kept is not asked for: {}", outcome.error);
}

#[test]
fn what_wins_over_the_sign_in_is_told() {
    let mut desk = Desk::of_job();
    desk.set("CARTO_API_TOKEN", "sandbox-token");
    let mut login = desk.start(&["login", "--no-browser"]);
    let code = desk.browser().code_page_blocking(&login.link()).unwrap();
    login.type_in(&code);
    let outcome = login.end();
    assert_eq!(outcome.code, Some(0));
    let warning = "\
warning: `CARTO_API_TOKEN` and `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET` are set and win over this sign-in
hint: to use the sign-in, `unset CARTO_API_TOKEN CARTO_M2M_CLIENT_ID CARTO_M2M_CLIENT_SECRET`
";
    assert!(outcome.error.ends_with(warning), "{}", outcome.error);
}

#[test]
fn what_the_sign_in_was_told_is_remembered_for_the_next_command() {
    let mut desk = Desk::new();
    desk.sign_in(&["work", "--org", "org_sandbox"]);
    let config = std::fs::read_to_string(desk.home().join(".config/carto-auth/config.toml")).unwrap();
    assert_eq!(config, "[profiles.work]\norganization = \"org_sandbox\"\n");
    assert_eq!(desk.run(&["token"]).code, Some(3));
    assert_eq!(desk.run(&["token", "--profile", "work"]).code, Some(0));
    let two = desk.run(&["login", "work", "--profile", "home"]);
    assert_eq!(
        (two.code, two.error.lines().next()),
        (Some(2), Some("error: two profiles are named: `work` and `home`"))
    );

    desk.set("CARTO_AUTH_ORG", "org_sandbox");
    desk.sign_in(&[]);
    assert_eq!(desk.run(&["token"]).code, Some(0));
}

#[test]
fn a_base_url_that_is_not_found_does_not_lose_the_sign_in() {
    let desk = Desk::new();
    desk.sandbox.plan_always(Route::Accounts, carto_sandbox::Fault::status(403));
    let mut login = desk.start(&["login", "--no-browser"]);
    let code = desk.browser().code_page_blocking(&login.link()).unwrap();
    login.type_in(&code);
    let outcome = login.end();
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.error.contains("Signed in to CARTO as ada@example.com.\n"));
    assert!(
        outcome.error.contains("warning: the API base URL of the account was not found ("),
        "{}",
        outcome.error
    );
    assert_eq!(desk.run(&["token"]).code, Some(0));
}

#[test]
fn a_new_token_that_carto_refuses_ends_the_command_with_the_reason() {
    let mut desk = Desk::with(Settings { refresh_tokens: false, ..Settings::default() });
    desk.set("DISPLAY", ":0");
    desk.set("BROWSER", "true");
    desk.sandbox.plan_always(Route::Accounts, Answer::api_error(401, "Invalid audience"));
    let mut login = desk.start(&["login", "--browser"]);
    desk.browser().sign_in_blocking(&login.link()).unwrap();
    login.line_with("Signed in to CARTO as ada@example.com.");
    let outcome = login.end();
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.error.contains("the server answered 401: `Invalid audience`"), "{}", outcome.error);
    assert!(outcome.error.contains("hint: a person signs in again with `carto-auth login --base-url URL`"));
    assert_eq!(outcome.error.matches("/authorize?").count(), 1, "nobody is asked twice: {}", outcome.error);
    assert_eq!(desk.run(&["token"]).code, Some(0));
}

#[test]
fn quiet_leaves_the_link_and_json_gives_lines() {
    let desk = Desk::new();
    let mut login = desk.start(&["login", "--no-browser", "--quiet"]);
    let link = login.link();
    let code = desk.browser().code_page_blocking(&link).unwrap();
    login.type_in(&code);
    let outcome = login.end();
    assert_eq!(outcome.raw, (String::new(), format!("{link}\n")));

    let mut login = desk.start(&["login", "--no-browser", "--force", "--json"]);
    let code = desk.browser().code_page_blocking(&login.link()).unwrap();
    login.type_in(&code);
    let outcome = login.end();
    assert_eq!(outcome.json()["email"], "ada@example.com");
    for line in outcome.raw.1.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn a_sign_in_that_no_store_keeps_is_wrong_use() {
    let mut desk = Desk::new();
    desk.set("CARTO_AUTH_STORE", "memory");
    let outcome = desk.run(&["login"]);
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome.error.ends_with("hint: unset `CARTO_AUTH_STORE`, or set it to `file`\n"),
        "{}",
        outcome.error
    );
}
