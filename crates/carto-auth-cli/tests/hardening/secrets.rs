//! No secret is in what a command says, in the process list, or in a file that is not its entry.

use std::fmt::Write as _;
use std::path::Path;

use carto_sandbox::{Answer, Fault, Recorded, Route, spellings};

use crate::desk::{Desk, Outcome};

#[test]
fn t28_no_command_says_one() {
    let desk = Desk::with_browser();
    let mut said = String::new();
    let mut login = desk.start(&["login", "--no-browser", "-v"]);
    let link = login.link();
    let code = desk.browser().code_page_blocking(&link).unwrap();
    login.type_in(&format!("{code}\n"));
    let login = login.end();
    assert_eq!(login.code, Some(0), "{login:?}");
    // The link is what is shown, with its `state`.
    note(&mut said, &Outcome { raw: (login.raw.0.clone(), login.raw.1.replace(&link, "")), ..login });
    let token = desk.run(&["token", "-v"]);
    let key = desk.run(&["dw", "token", "-v"]);
    for given in [&token, &key] {
        assert!(given.raw.0.trim().len() > 20, "{given:?}");
        say(&mut said, &given.raw.1);
    }
    for command in [
        &["status", "-v"][..],
        &["status", "--json"],
        &["status", "--field", "location"],
        &["login", "-v"],
        &["profiles", "-v"],
        &["token", "--help"],
        &["logout", "-v"],
        &["status", "--json", "-v"],
    ] {
        note(&mut said, &desk.run(command));
    }
    let mut secrets = desk.sandbox.secrets();
    secrets.extend([token, key].map(|given| given.raw.0.trim().to_owned()));
    secrets.push(link.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned());
    assert!(secrets.len() > 6, "{secrets:?}");
    assert_holds_none(&said, &secrets);
}

#[test]
fn t28_no_failure_says_one() {
    let faults: [fn(&Recorded) -> Fault; 4] = [
        |request| Fault::oauth_error(403, "invalid_grant", &request.text()),
        |request| Fault::oauth_error(401, "access_denied", &request.text()),
        |request| Fault::body(500, "text/html", request.body.clone()),
        |request| {
            Answer::empty(302).header("location", format!("https://evil.example/?{}", request.text())).into()
        },
    ];
    for fault in faults {
        let desk = Desk::of_job();
        desk.sandbox.plan_always_with(Route::Token, fault);
        let mut said = String::new();
        for command in [
            &["token", "-v"][..],
            &["token", "--json"],
            &["status", "-v"],
            &["dw", "token", "-v"],
            &["login", "-v"],
        ] {
            note(&mut said, &desk.run(command));
        }
        assert!(said.contains("error"), "{said}");
        assert_holds_none(&said, &desk.sandbox.secrets());
    }
}

#[test]
fn t28_a_token_that_is_given_is_not_said() {
    let desk = Desk::new();
    let token = desk.sandbox.issue(carto_sandbox::ADA).access_token;
    let url = desk.sandbox.url().to_owned();
    let mut said = String::new();
    for command in [
        &["status", "-v", "--token", "-", "--base-url", &url][..],
        &["status", "--json", "--token", "-", "--base-url", &url],
        &["dw", "token", "--help"],
    ] {
        note(&mut said, &desk.run_with(command, &token));
    }
    // On the command line it is refused, and not repeated.
    let refused = desk.run(&["status", "--token", &token]);
    assert_eq!(refused.code, Some(2));
    note(&mut said, &refused);
    assert_holds_none(&said, &[token]);
}

#[cfg(target_os = "linux")]
#[test]
fn t28_the_process_list_shows_none() {
    let desk = Desk::with_browser();
    let mut seen = String::new();
    let mut login = desk.start(&["login", "--no-browser"]);
    let link = login.link();
    say(&mut seen, &process_list());
    let code = desk.browser().code_page_blocking(&link).unwrap();
    login.type_in(&format!("{code}\n"));
    let outcome = login.end();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let credentials = desk.credentials();
    desk.sandbox.plan(Route::Token, Fault::delay(std::time::Duration::from_millis(400)));
    let job = desk.start(&["token", "--m2m", credentials.to_str().unwrap()]);
    while desk.sandbox.requests(Route::Token) < 2 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    say(&mut seen, &process_list());
    let job = job.end();
    assert!(seen.contains("login\0--no-browser") && seen.contains("token\0--m2m"), "the list was read");
    let mut secrets = desk.sandbox.secrets();
    secrets.push(job.raw.0.trim().to_owned());
    assert_holds_none(&seen, &secrets);
}

#[test]
fn t28_tokens_are_in_their_entry_and_nowhere_else() {
    let desk = Desk::with_browser();
    desk.sign_in(&["-v"]);
    let token = desk.run(&["token"]).raw.0.trim().to_owned();
    desk.run(&["dw", "token"]).code.unwrap();
    let mut secrets = desk.sandbox.secrets();
    secrets.push(token.clone());
    let cache = desk.home().join(".carto-auth");
    let entry = std::fs::read_dir(&cache).unwrap().map(|file| file.unwrap().path());
    let entry = entry.into_iter().find(|path| path.extension().is_some_and(|end| end == "json")).unwrap();
    let text = std::fs::read_to_string(&entry).unwrap();
    assert!(text.contains(&token), "an entry holds its token");
    std::fs::remove_file(&entry).unwrap();
    let rest = files(desk.folder.path());
    assert!(rest.contains("config.toml") || rest.contains(".lock"), "{rest}");
    assert_holds_none(&rest, &secrets);
}

/// Everything that a command has written.
fn note(said: &mut String, outcome: &Outcome) {
    assert!(outcome.code.is_some(), "{outcome:?}");
    say(said, &outcome.raw.0);
    say(said, &outcome.raw.1);
}

fn say(said: &mut String, text: &str) {
    let _ = writeln!(said, "{text}");
}

/// The names and contents of all files below a folder.
fn files(folder: &Path) -> String {
    let mut text = String::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        say(&mut text, &path.display().to_string());
        if path.is_dir() {
            text.push_str(&files(&path));
        } else {
            say(&mut text, &String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        }
    }
    text
}

/// What every process on this machine was started with.
#[cfg(target_os = "linux")]
fn process_list() -> String {
    let lines = std::fs::read_dir("/proc").unwrap().flatten();
    lines.filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok()).collect()
}

fn assert_holds_none(text: &str, secrets: &[String]) {
    assert!(!secrets.is_empty());
    for secret in secrets {
        for spelling in spellings(secret) {
            assert!(!text.contains(&spelling), "{secret} as {spelling} in {text}");
        }
    }
}
