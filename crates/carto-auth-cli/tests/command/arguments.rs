//! What is typed wrong, and help.

use crate::desk::Desk;

#[test]
fn a_newcomer_is_greeted() {
    let desk = Desk::new();
    let outcome = desk.run(&[]);
    assert_eq!((outcome.code, outcome.error.as_str()), (Some(0), ""));
    for command in ["carto-auth login", "carto-auth status", "carto-auth token", "carto-auth sandbox --env"] {
        assert!(outcome.output.contains(command), "{}", outcome.output);
    }
}

#[test]
fn a_slip_gets_a_suggestion() {
    let desk = Desk::new();
    let outcome = desk.run(&["stauts"]);
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(2), ""));
    assert!(outcome.error.starts_with("error: unrecognized subcommand 'stauts'\n"), "{}", outcome.error);
    assert!(outcome.error.contains("'status'"));
    let json = desk.run(&["stauts", "--json"]);
    assert_eq!(json.code, Some(2));
    assert_eq!(json.json_error()["hint"], "did you mean `status`?");
    assert_eq!(desk.run(&["login", "--no-browsr"]).code, Some(2));
    assert_eq!(desk.run(&["login", "--browser", "--no-browser"]).code, Some(2));
    assert_eq!(desk.run(&["login", "--timeout", "soon"]).code, Some(2));
    assert_eq!(desk.run(&["login", "--timeout", "0"]).code, Some(2));
    assert_eq!(desk.run(&["login", "--no-cache"]).code, Some(2));
    assert_eq!(desk.run(&["login", "--token", "-"]).code, Some(2));
}

#[test]
fn every_variable_is_in_the_reference() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).expect("a file");
    let names = read("crates/carto-auth/src/platform/variables.rs");
    let reference = read("docs/reference/command.md");
    let (_, table) = reference.split_once("## Variables").expect("the table");
    let mut count = 0;
    for name in names.split('"').filter(|text| text.starts_with("CARTO_")) {
        assert!(table.contains(&format!("`{name}`")), "{name}");
        count += 1;
    }
    assert!(count >= 19, "{count}");
}

#[test]
fn help_and_version_are_data() {
    let desk = Desk::new();
    let help = desk.run(&["--help"]);
    assert_eq!((help.code, help.error.as_str()), (Some(0), ""));
    assert!(help.output.contains("Exit codes: 0 done"));
    let version = desk.run(&["--version"]);
    assert_eq!(version.output, format!("carto-auth {}\n", env!("CARGO_PKG_VERSION")));
    for command in ["login", "logout", "token", "status", "use", "profiles", "dw", "sandbox"] {
        assert_eq!(desk.run(&[command, "--help"]).code, Some(0));
        let page =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/command.md"));
        assert!(page.unwrap().contains(&format!("carto-auth {command}")), "{command} is not documented");
    }
}
