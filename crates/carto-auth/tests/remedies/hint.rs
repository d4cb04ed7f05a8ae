//! A hint as the list has it.

use std::path::Path;

use carto_auth::Error;
use toml_edit::Document;

/// The hint of an error, which is that of the list.
pub(crate) fn hint_of(error: &Error, id: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hardening/remedies.toml");
    let text = std::fs::read_to_string(path).expect("the list");
    let list = Document::parse(text.as_str()).expect("a list");
    let says = list.get(id).and_then(|hint| hint.get("says")?.as_str()).expect("a hint of the list");
    assert_eq!(error.hint_text(), Some(says), "{error:?}");
    says.to_owned()
}

/// The piece in backticks that begins so.
pub(crate) fn word<'a>(hint: &'a str, start: &str) -> &'a str {
    let mut pieces = hint.split('`').skip(1).step_by(2);
    pieces.find(|piece| piece.starts_with(start)).unwrap_or_else(|| panic!("no `{start}…` in {hint}"))
}
