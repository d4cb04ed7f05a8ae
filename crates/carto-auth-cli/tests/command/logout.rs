//! `carto-auth logout`.

use carto_sandbox::{Fault, Route};

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
