//! A command beside a notebook, where nobody can type.

use crate::desk::Desk;
use crate::hint::{Hint, works};
use crate::typist::Terminal;

#[test]
fn in_a_terminal_that_a_notebook_opened_its_variables_are_unset() {
    let mut desk = Desk::new();
    desk.set("JPY_PARENT_PID", "7");
    desk.set("JPY_SESSION_NAME", "a.ipynb");
    let Some(mut first) = Terminal::start(&desk, "login") else { return };
    first.wait_for("before\r");
    let (code, seen) = first.end();
    assert_ne!(code, Some(0), "{seen}");
    let hint = Hint::within(&seen, "a-person-with-cartoauth-from-oauth");
    for name in hint.word("unset").split(' ').skip(1) {
        desk.unset(name);
    }
    let typed = hint.word("carto-auth login").trim_start_matches("carto-auth ");
    let mut terminal = Terminal::start(&desk, typed).unwrap();
    let link = terminal.link();
    let code = desk.browser().code_page_blocking(&link).unwrap();
    terminal.type_in(&format!("{code}\n"));
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    works(&desk, &["token"]);
}
