//! `carto-auth logout`.

use std::time::Duration;

use carto_sandbox::{Fault, Route, Settings};

use crate::desk::{Desk, files};

#[test]
fn the_server_is_told_and_the_token_is_gone() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    let outcome = desk.run(&["logout"]);
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(0), ""));
    assert_eq!(
        outcome.error,
        "Signed out of CARTO: the token is deleted from this machine.\nThe server has forgotten the sign-in too.\n"
    );
    assert_eq!(desk.sandbox.requests(Route::Revoke), 1);
    assert!(files(&desk.home().join(".carto-auth")).iter().all(|name| !name.ends_with(".json")));
    assert_eq!(desk.run(&["token"]).code, Some(3));
    let again = desk.run(&["logout"]);
    assert_eq!(
        (again.code, again.error.as_str()),
        (Some(0), "Nobody was signed in; there was nothing to delete.\n")
    );
}

#[test]
fn a_server_that_does_not_answer_keeps_nothing_here() {
    let desk = Desk::new();
    desk.sign_in(&["work"]);
    desk.sandbox.plan_always(Route::Revoke, Fault::status(400));
    let outcome = desk.run(&["logout", "work"]);
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.error.starts_with("Signed out of CARTO (profile `work`): "), "{}", outcome.error);
    assert!(outcome.error.contains("warning: the server was not told ("), "{}", outcome.error);
    assert_eq!(desk.run(&["status", "--profile", "work"]).code, Some(3));
}

#[test]
fn what_still_signs_in_is_told() {
    let mut desk = Desk::new();
    desk.sign_in(&[]);
    desk.set("CARTO_API_TOKEN", "a-token");
    let outcome = desk.run(&["logout", "--json"]);
    assert_eq!(outcome.json()["revoked"], "yes");
    assert!(outcome.error.contains("unset CARTO_API_TOKEN"));
}

#[test]
fn everything_on_this_machine_is_signed_out() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    desk.sign_in(&["work"]);
    let credentials = desk.credentials();
    let job = credentials.to_str().unwrap();
    assert_eq!(desk.run(&["token", "--m2m", job]).code, Some(0));
    assert_eq!(desk.run(&["token", "--m2m", job, "--cache", "named.json"]).code, Some(0));
    // Begun, and never ended.
    assert_eq!(desk.run(&["login", "later", "--no-browser"]).code, Some(3));
    let folder = desk.home().join(".carto-auth");
    std::fs::write(folder.join("oauth-0123456789abcdef0123456789abcdef.json.corrupt-1"), "{\"canary")
        .unwrap();
    let outcome = desk.run(&["logout", "--all", "--cache", "named.json"]);
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(0), ""));
    assert_eq!(
        outcome.error.lines().collect::<Vec<_>>(),
        [
            "Signed out: profile `default`; the server has forgotten it too.",
            "Signed out: profile `work`; the server has forgotten it too.",
            "Signed out: job `[CLIENT]`; a copy of the token works until it ends.",
            "Signed out: job `[CLIENT]`; a copy of the token works until it ends.",
        ]
    );
    assert_eq!(desk.sandbox.requests(Route::Revoke), 2);
    assert_eq!(files(&folder), [""; 0]);
    assert!(!desk.folder.path().join("named.json").exists());
    let again = desk.run(&["logout", "--all"]);
    let nothing = "Nobody was signed in on this machine; there was nothing to delete.\n";
    assert_eq!((again.code, again.error.as_str()), (Some(0), nothing));
}

#[test]
fn a_sign_in_of_another_server_is_revoked_there() {
    let (mut desk, other) = (Desk::new(), Desk::new());
    desk.sign_in(&["--scopes", "read:maps"]);
    for (name, value) in other.sandbox.variables() {
        if ["CARTO_AUTH_URL", "CARTO_ACCOUNTS_URL", "CARTO_AUTH_PASTE_REDIRECT_URI"].contains(&name.as_str())
        {
            desk.set(&name, value);
        }
    }
    let json = desk.run(&["logout", "--all", "--json"]).json();
    assert_eq!(json["left"].as_array().map(Vec::len), Some(0), "{json}");
    let one = &json["signed_out"][0];
    assert_eq!(
        (&one["kind"], &one["profile"], &one["revoked"]),
        (&"person".into(), &"default".into(), &"yes".into())
    );
    assert_eq!((desk.sandbox.requests(Route::Revoke), other.sandbox.requests(Route::Revoke)), (1, 0));
}

#[test]
fn what_cannot_be_removed_is_named_and_the_rest_is_gone() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    let folder = desk.home().join(".carto-auth");
    let newer = folder.join("m2m-0123456789abcdef0123456789abcdef.json");
    std::fs::write(&newer, "{\"version\": 2, \"access_token\": \"canary\"}").unwrap();
    let odd = folder.join("oauth-0123456789abcdef0123456789abcdef.json");
    std::fs::create_dir(&odd).unwrap();
    let outcome = desk.run(&["logout", "--all"]);
    assert_eq!(outcome.code, Some(1));
    let lines: Vec<&str> = outcome.error.lines().collect();
    assert_eq!(lines[0], "Signed out: profile `default`; the server has forgotten it too.");
    let tells = |text: &str| assert!(outcome.error.contains(text), "{text}: {}", outcome.error);
    tells("warning: `[DESK]/home/.carto-auth/m2m-[KEY].json` is of a newer version of carto-auth\n");
    tells("hint: sign out with that version, or remove the file\n");
    tells("warning: `[DESK]/home/.carto-auth/oauth-[KEY].json` is a folder, not a file\n");
    assert!(!outcome.raw.1.contains("canary"));
    assert_eq!(desk.run(&["status"]).code, Some(3));
    let json = desk.run(&["logout", "--all", "--json"]);
    assert_eq!((json.code, json.json()["left"].as_array().map(Vec::len)), (Some(1), Some(2)));
}

#[test]
fn a_server_that_hangs_holds_nobody_up_for_each_sign_in_anew() {
    let desk = Desk::new();
    let names = ["one", "two", "three", "four"];
    for name in names {
        desk.sign_in(&[name]);
    }
    desk.sandbox.plan_always(Route::Revoke, Fault::status(503));
    let outcome = desk.run(&["logout", "--all"]);
    assert_eq!(outcome.code, Some(0), "they are gone from here all the same");
    assert_eq!(outcome.error.matches("the server was not told, so a copy works").count(), names.len());
    for name in names {
        assert_eq!(desk.run(&["status", "--profile", name]).code, Some(3));
    }
}

#[test]
fn a_profile_that_cannot_be_used_keeps_nobody_signed_in() {
    let mut desk = Desk::new();
    desk.sign_in(&["work"]);
    desk.set("CARTO_CREDENTIALS_FILE", "nowhere.json");
    let outcome = desk.run(&["logout", "--all"]);
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.error.starts_with("Signed out: profile `work`; "), "{}", outcome.error);
    assert!(outcome.error.contains("unset CARTO_CREDENTIALS_FILE"), "{}", outcome.error);
}

#[test]
fn a_person_is_signed_out_wherever_the_tokens_of_jobs_rest() {
    for arguments in [&["logout"][..], &["logout", "--all"]] {
        let mut desk = Desk::new();
        desk.sign_in(&[]);
        desk.set("CARTO_AUTH_STORE", "redis://:password@127.0.0.1:1/0");
        let outcome = desk.run(arguments);
        assert_eq!(outcome.code, Some(0), "{}", outcome.error);
        let left = files(&desk.home().join(".carto-auth"));
        assert!(left.iter().all(|name| !name.ends_with(".json")), "{left:?}");
    }
}

#[test]
fn all_is_all() {
    let desk = Desk::new();
    for arguments in [
        &["logout", "--all", "work"][..],
        &["logout", "--all", "--profile", "work"],
        &["logout", "--all", "--no-cache"],
    ] {
        let outcome = desk.run(arguments);
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(2), ""), "{arguments:?}");
    }
}

#[test]
fn a_renewal_that_is_under_way_is_waited_for_and_writes_nothing_back() {
    for logout in [&["logout"][..], &["logout", "--all"]] {
        let desk = Desk::with(Settings { token_life: Duration::from_secs(2), ..Settings::default() });
        desk.sign_in(&[]);
        std::thread::sleep(Duration::from_millis(2_100));
        desk.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(2_500)));
        let before = desk.sandbox.requests(Route::Token);
        let renewal = desk.start(&["token"]);
        while desk.sandbox.requests(Route::Token) == before {
            std::thread::sleep(Duration::from_millis(5));
        }
        let outcome = desk.run(logout);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let mut lines = outcome.error.lines();
        let waited = "Waiting for another process, which is at work on this sign-in.";
        assert_eq!(lines.next(), Some(waited), "{outcome:?}");
        assert!(lines.next().unwrap().starts_with("Signed out"), "{outcome:?}");
        assert_eq!(desk.sandbox.requests(Route::Revoke), 1, "the new refresh token is revoked");
        assert_eq!(renewal.end().code, Some(0), "who asked before is served");
        assert_eq!(files(&desk.home().join(".carto-auth")), [""; 0]);
        assert_eq!(desk.run(&["token"]).code, Some(3));
    }
}
