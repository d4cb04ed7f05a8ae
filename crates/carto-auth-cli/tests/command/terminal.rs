//! What a person sees at a terminal.

use crate::desk::Desk;
use crate::typist::Terminal;

#[test]
fn a_line_moves_while_the_browser_is_waited_for_and_a_paste_is_taken_unseen() {
    let desk = Desk::with_browser();
    let Some(mut terminal) = Terminal::start(&desk, "login") else { return };
    let link = terminal.link();
    terminal.wait_for("Waiting for the browser");
    terminal.wait_for("or paste the address");
    terminal.type_in("sandbox-canary\n");
    terminal.wait_for("This is a code alone: paste the whole address of the page you ended on.");
    desk.browser().sign_in_blocking(&link).unwrap();
    terminal.wait_for("Kept in");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0));
    assert!(!seen.contains("canary"), "{seen:?}");
}
