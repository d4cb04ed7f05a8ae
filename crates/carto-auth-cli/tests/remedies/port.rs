//! A port that may not be listened on.

use crate::desk::Desk;
use crate::hint::{Hint, arguments};
use crate::resident;

#[test]
#[allow(clippy::print_stderr, reason = "what was left out is told")]
fn a_port_that_may_not_be_listened_on_is_done_without() {
    let mut desk = Desk::with_browser();
    desk.set("CARTO_AUTH_REDIRECT_URI", "http://localhost:81/callback/");
    let lowest = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
    if lowest.trim().parse::<u16>().unwrap() <= 81 {
        eprintln!("left out: everybody may listen on every port here");
        return;
    }
    if !resident::moves_in(&desk) {
        return;
    }
    let outcome = resident::run(&desk, &["login", "--browser"]);
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.raw.1.contains("port 81 may not be listened on"), "{outcome:?}");
    let hint = Hint::of(&outcome, "sign-in-with-a-code");
    let begun = resident::run(&desk, &arguments(hint.word("carto-auth login")));
    let link = begun.raw.1.split_whitespace().find(|word| word.contains("/authorize?")).unwrap();
    let code = desk.browser().code_page_blocking(link).unwrap();
    let ended = resident::run_with(&desk, &["login", "--callback", "-"], &code);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let token = resident::run(&desk, &["token"]);
    assert_eq!((token.code, token.raw.1.as_str()), (Some(0), ""), "{token:?}");
}
