//! A field of the status that has no value.

use crate::desk::Desk;
use crate::hint::{arguments, fails, works};

#[test]
fn a_field_that_is_not_known_is_looked_for_in_the_whole() {
    let mut desk = Desk::new();
    desk.set("CARTO_API_TOKEN", "an-api-token");
    let hint = fails(&desk, &["status", "--field", "email"], "carto-auth-status-shows");
    let whole = works(&desk, &arguments(hint.word("carto-auth status"))).output;
    assert!(!whole.contains("email") && whole.contains("API Access Token"), "{whole}");
}
