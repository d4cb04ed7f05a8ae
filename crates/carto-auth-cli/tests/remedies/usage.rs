//! What was typed cannot be done as it was typed.

use carto_sandbox::{ADA, GRACE};

use crate::desk::Desk;
use crate::hint::{Hint, arguments, fails, shell, sign_in_by, works};

#[test]
fn a_token_comes_on_the_input_or_in_a_variable() {
    let mut desk = Desk::new();
    let hint = fails(&desk, &["token", "--token", "an-api-token"], "set-or-give-it");
    let option: Vec<&str> = hint.word("--token -").split(' ').collect();
    let piped = desk.run_with(&[&["token"], &option[..]].concat(), "an-api-token");
    assert_eq!((piped.code, piped.output.as_str()), (Some(0), "an-api-token\n"));
    desk.set(hint.word("CARTO_API_TOKEN"), "an-api-token");
    works(&desk, &["token"]);
}

#[test]
fn a_token_is_no_sign_in() {
    let mut desk = Desk::with_browser();
    let typed = ["login", "--token", "-"];
    let hint = Hint::of(&desk.run_with(&typed, "an-api-token"), "leave-out-token-to");
    let left: Vec<&str> =
        typed.into_iter().filter(|word| *word != hint.word("--token") && *word != "-").collect();
    sign_in_by(&desk, &left);
    desk.set(hint.word("CARTO_API_TOKEN"), "an-api-token");
    works(&desk, &["token"]);
}

#[test]
fn one_profile_is_named() {
    let desk = Desk::with_browser();
    let hint = fails(&desk, &["login", "work", "--profile", "play"], "leave-out-profile");
    assert_eq!(hint.word("--profile"), "--profile");
    sign_in_by(&desk, &["login", "work"]);
    works(&desk, &["token", "--profile", "work"]);
}

#[test]
fn all_is_all() {
    let desk = Desk::with_browser();
    for option in [&["--profile", "default"][..], &["--no-cache"]] {
        sign_in_by(&desk, &["login"]);
        let hint = fails(&desk, &[&["logout", "--all"], option].concat(), "leave-out-profile-and");
        assert_eq!(hint.word(option[0]), option[0]);
        works(&desk, &["logout", hint.word("--all")]);
        assert_eq!(desk.run(&["token"]).code, Some(3));
        sign_in_by(&desk, &["login"]);
        works(&desk, &["logout"]);
    }
}

#[test]
fn a_sign_in_is_kept() {
    let desk = Desk::with_browser();
    let hint = fails(&desk, &["login", "--no-cache"], "leave-out-no-cache");
    let option = hint.word("--cache").replace("FILE", "mine.json");
    let option: Vec<&str> = option.split(' ').collect();
    sign_in_by(&desk, &[&["login"], &option[..]].concat());
    works(&desk, &[&["token"], &option[..]].concat());
    assert_eq!(hint.word("--no-cache"), "--no-cache");
    sign_in_by(&desk, &["login"]);
    works(&desk, &["token"]);
}

#[test]
fn what_is_read_from_the_input_is_piped() {
    let mut desk = Desk::new();
    let hint = fails(&desk, &["token", "--token", "-"], "is-read-from-standard");
    desk.set("VALUE", "an-api-token");
    let line = hint.word("printf").replace('…', "token --token -");
    let (code, output, error) = shell(&desk, &line);
    assert_eq!((code, output.as_str()), (Some(0), "an-api-token\n"), "{error}");
}

#[test]
fn a_field_is_one_of_those_that_there_are() {
    let mut desk = Desk::new();
    desk.set("CARTO_API_TOKEN", desk.sandbox.issue_api_token(ADA));
    let hint = fails(&desk, &["status", "--field", "settings"], "it-is-no-single");
    let whole = desk.run(&arguments(hint.word("carto-auth status"))).json();
    assert!(whole["settings"].is_array(), "{whole}");
    let hint = fails(&desk, &["status", "--field", "who"], "the-fields-are");
    works(&desk, &["status", "--field", hint.word("profile")]);
    let hint = fails(&desk, &["status", "--field", "api_base_url"], "carto-auth-login-looks");
    works(&desk, &["status", "--field", "api_base_url", hint.word("--base-url"), desk.sandbox.url()]);
    desk.set(hint.word("CARTO_API_BASE_URL"), desk.sandbox.url().to_owned());
    works(&desk, &["status", "--field", "api_base_url"]);
}

#[test]
fn an_end_is_known_once_there_is_a_token() {
    let desk = Desk::of_job();
    for field in ["expires_at", "expires_in"] {
        let _ = std::fs::remove_dir_all(desk.home().join(".carto-auth"));
        let hint = fails(&desk, &["status", "--field", field], "the-token-has-no");
        works(&desk, &arguments(hint.word("carto-auth token")));
        works(&desk, &["status", "--field", field]);
    }
}

#[test]
fn a_word_that_was_meant_is_typed() {
    let desk = Desk::new();
    for (wrong, at) in [(["--json", "profils"], 1), (["profiles", "--jsn"], 1)] {
        let outcome =
            desk.run(&if wrong[0] == "--json" { wrong.to_vec() } else { vec![wrong[0], wrong[1], "--json"] });
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        let hint = Hint::of(&outcome, "did-you-mean");
        let mut right = wrong;
        right[at] = hint.word("");
        works(&desk, &right);
    }
}

#[test]
fn somebody_else_signs_in() {
    let desk = Desk::with_browser();
    sign_in_by(&desk, &["login"]);
    let hint = Hint::of(&desk.run(&["login"]), "to-sign-in-as");
    let mut login = desk.start(&arguments(hint.word("carto-auth login")));
    let link = login.link();
    desk.browser().as_person(GRACE.email).sign_in_blocking(&link).unwrap();
    assert_eq!(login.end().code, Some(0));
    assert_eq!(works(&desk, &["status", "--field", "email"]).output, format!("{}\n", GRACE.email));
}

#[test]
fn the_variables_of_a_job_are_unset_for_a_sign_in() {
    let mut desk = Desk::of_job();
    desk.set("DISPLAY", ":0");
    desk.set("BROWSER", "true");
    let hint = Hint::within(&sign_in_by(&desk, &["login"]).error, "to-use-the-sign");
    let typed = hint.word("unset");
    let (code, email, error) = shell(&desk, &format!("{typed}; carto-auth status --field email"));
    assert_eq!((code, email), (Some(0), format!("{}\n", ADA.email)), "{error}");
}

#[test]
fn what_a_profile_cannot_remember_is_set() {
    let mut desk = Desk::with_browser();
    desk.set("XDG_CONFIG_HOME", "/proc");
    let organization = carto_sandbox::ORGANIZATION;
    let outcome = sign_in_by(&desk, &["login", "--org", organization]);
    let hint = Hint::within(&outcome.error, "give-the-other-commands");
    assert_eq!(desk.run(&["token"]).code, Some(3), "the other commands do not find it");
    desk.set(hint.word("CARTO_AUTH_ORG"), organization);
    works(&desk, &["token"]);
}

#[test]
fn a_field_that_is_not_known_is_looked_for_in_the_whole() {
    let mut desk = Desk::new();
    desk.set("CARTO_API_TOKEN", "an-api-token");
    let hint = fails(&desk, &["status", "--field", "email"], "carto-auth-status-shows");
    let whole = works(&desk, &arguments(hint.word("carto-auth status"))).output;
    assert!(!whole.contains("email") && whole.contains("API Access Token"), "{whole}");
}
