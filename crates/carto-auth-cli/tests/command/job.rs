//! A job: credentials files, their faults, and what the server says of them.

use crate::desk::Desk;

#[test]
fn a_credentials_file_signs_a_job_in() {
    let desk = Desk::new();
    let file = desk.credentials();
    let file = file.to_str().unwrap();
    let token = desk.run(&["token", "--m2m", file]);
    assert_eq!((token.code, token.output.as_str(), token.error.as_str()), (Some(0), "[TOKEN]\n", ""));
    let status = desk.run(&["status", "--m2m", file]);
    assert!(status.output.starts_with("Signed in to CARTO as a job\n"), "{}", status.output);
    assert!(status.output.contains("credential"), "{}", status.output);
    // What was kept is found again without the server.
    desk.sandbox.expire_tokens();
    let requests = desk.sandbox.recorded().len();
    assert_eq!(desk.run(&["token", "--m2m", file]).raw.0, token.raw.0);
    assert_eq!(desk.sandbox.recorded().len(), requests);
}

#[test]
fn login_tries_the_credentials() {
    let desk = Desk::new();
    let file = desk.credentials();
    let outcome = desk.run(&["login", "--m2m", file.to_str().unwrap()]);
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(0), ""));
    assert!(
        outcome.error.starts_with("Signed in to CARTO as a job: the credentials work.\n"),
        "{}",
        outcome.error
    );
    let hint = "hint: `export CARTO_CREDENTIALS_FILE=[DESK]/carto-credentials.json` makes every command use these credentials\n";
    assert!(outcome.error.ends_with(hint), "{}", outcome.error);
    let (id, _) = desk.sandbox.m2m_client();
    desk.sandbox.rotate_m2m_secret(&id);
    let refused = desk.run(&["login", "--m2m", file.to_str().unwrap()]);
    assert_eq!(refused.code, Some(4), "a token that is kept proves nothing: {}", refused.error);
}

#[test]
fn a_redis_that_is_away_fails_no_command_and_its_password_is_not_shown() {
    let mut desk = Desk::of_job();
    desk.set("CARTO_AUTH_STORE", "redis://fleet:canary@127.0.0.1:1/2");
    let token = desk.run(&["token"]);
    assert_eq!((token.code, token.output.as_str()), (Some(0), "[TOKEN]\n"));
    let warning = "warning: `redis://127.0.0.1:1/2` cannot be reached";
    assert_eq!(token.error.matches(warning).count(), 1, "{}", token.error);
    let status = desk.run(&["status", "-v"]);
    assert_eq!(status.code, Some(0));
    assert!(status.output.contains("Kept in       this process only\n"), "{}", status.output);
    let setting = status.output.lines().find(|line| line.trim_start().starts_with("store "));
    let words: Vec<&str> = setting.expect("the store").split_whitespace().collect();
    assert_eq!(words, ["store", "redis://127.0.0.1:1/2", "from", "`CARTO_AUTH_STORE`"]);
    assert_eq!(desk.run(&["logout"]).code, Some(0), "a person's rests in files");
    for outcome in [token, status, desk.run(&["login"])] {
        assert!(!format!("{outcome:?}").contains("canary"), "{outcome:?}");
    }
}

#[test]
fn a_wrong_secret_is_refused_and_its_file_is_named() {
    let desk = Desk::new();
    let file = desk.credentials();
    let (id, _) = desk.sandbox.m2m_client();
    desk.sandbox.rotate_m2m_secret(&id);
    let outcome = desk.run(&["token", "--m2m", file.to_str().unwrap()]);
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(4), ""));
    assert!(
        outcome.error.contains("they are read from `[DESK]/carto-credentials.json`"),
        "{}",
        outcome.error
    );
    let json = desk.run(&["token", "--json", "--m2m", file.to_str().unwrap()]);
    assert_eq!(json.json_error()["kind"], "refused");
    assert!(json.json_error()["code"].is_string());
}

#[test]
fn verbose_tells_what_happens_and_no_secret() {
    let mut desk = Desk::of_job();
    let (_, secret) = desk.sandbox.m2m_client();
    let outcome = desk.run(&["token", "-v"]);
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.error.contains("/oauth/token"), "{}", outcome.error);
    assert!(!outcome.raw.1.contains(&secret));
    assert!(!outcome.raw.1.contains(outcome.raw.0.trim()));

    desk.unset("CARTO_M2M_CLIENT_ID");
    desk.unset("CARTO_M2M_CLIENT_SECRET");
    let mut login = desk.start(&["login", "--no-browser", "-v"]);
    let link = login.link();
    let code = desk.browser().code_page_blocking(&link).unwrap();
    login.type_in(&code);
    let login = login.end();
    let token = desk.run(&["token"]).raw.0;
    let after = login.raw.1.replace(&link, "");
    let state = link.split("state=").nth(1).unwrap().split('&').next().unwrap();
    for canary in [code.as_str(), state, token.trim()] {
        assert!(!after.contains(canary), "{after}");
    }
}
