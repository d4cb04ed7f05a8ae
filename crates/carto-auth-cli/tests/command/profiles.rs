//! `carto-auth profiles` and `carto-auth use`.

use crate::desk::Desk;

#[test]
fn profiles_are_listed_and_chosen() {
    let mut desk = Desk::new();
    desk.sign_in(&["work"]);
    let list = desk.run(&["profiles"]);
    assert_eq!(list.code, Some(0));
    assert_eq!(list.output, "* default  not signed in\n  work     ada@example.com  [SANDBOX]\n");
    let chosen = desk.run(&["use", "work"]);
    assert_eq!((chosen.code, chosen.error.as_str()), (Some(0), "The profile `work` is used from now on.\n"));
    assert_eq!(desk.run(&["token"]).code, Some(0));
    let json = desk.run(&["profiles", "--json"]).json();
    assert_eq!((json[1]["name"].as_str(), json[1]["current"].as_bool()), (Some("work"), Some(true)));
    assert_eq!(json[1]["email"], "ada@example.com");

    desk.set("CARTO_PROFILE", "default");
    let hidden = desk.run(&["use", "work"]);
    assert!(
        hidden.error.ends_with(
            "warning: `CARTO_PROFILE` is set and wins; to use the choice, `unset CARTO_PROFILE`\n"
        )
    );
}

#[test]
fn a_profile_that_is_not_there_is_told_with_those_that_are() {
    let desk = Desk::new();
    let unknown = desk.run(&["use", "wrok"]);
    assert_eq!(unknown.code, Some(2));
    assert_eq!(
        unknown.error,
        "error: there is no profile `wrok`\n  caused by: the profiles are `default`\n\n\
         hint: make it with `carto-auth login wrok`, or name another with `--profile`\n"
    );
    assert_eq!(desk.run(&["status", "--profile", "wrok"]).code, Some(2));
    assert_eq!(desk.run(&["login", "a b", "--no-browser"]).code, Some(2));
}
