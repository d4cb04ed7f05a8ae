//! A hint as the list has it.

use std::path::Path;

use carto_auth::Error;
use toml_edit::Document;

/// The hint of an error, which is that of the list, with what the list has in braces.
pub(crate) fn hint_of(error: &Error, id: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hardening/remedies.toml");
    let text = std::fs::read_to_string(path).expect("the list");
    let list = Document::parse(text.as_str()).expect("a list");
    let says = list.get(id).and_then(|hint| hint.get("says")?.as_str()).expect("a hint of the list");
    let hint = error.hint_text().expect("a hint");
    assert!(is_of(hint, says), "no `{says}`: {error:?}");
    hint.to_owned()
}

/// Says whether a text is that of a pattern, with anything where the pattern has braces.
fn is_of(text: &str, says: &str) -> bool {
    let (first, rest) = says.split_once('{').unwrap_or((says, ""));
    let Some(mut text) = text.strip_prefix(first) else { return false };
    for piece in rest.split('{').filter(|piece| !piece.is_empty()) {
        let (_, piece) = piece.split_once('}').expect("a pattern");
        let Some(at) = text.find(piece) else { return false };
        text = &text[at + piece.len()..];
    }
    text.is_empty() || says.ends_with('}')
}

/// The number that comes before these words.
pub(crate) fn number(hint: &str, before: &str) -> i64 {
    let (text, _) = hint.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {hint}"));
    text.rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no number in {hint}"))
}

/// The piece in backticks that begins so.
pub(crate) fn word<'a>(hint: &'a str, start: &str) -> &'a str {
    let mut pieces = hint.split('`').skip(1).step_by(2);
    pieces.find(|piece| piece.starts_with(start)).unwrap_or_else(|| panic!("no `{start}…` in {hint}"))
}
