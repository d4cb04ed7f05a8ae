//! JSON as people write it, with the mistakes they make.
//!
//! A message names the mistake and its place and never shows what stands there.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::fault::CredentialsFault;
use super::position::position_of;

/// The members of a JSON object in their order, with those that are there twice.
pub(super) type Object = Vec<(String, Value)>;

/// Reads a file's bytes as one JSON object.
pub(super) fn parse(bytes: &[u8]) -> Result<Object, CredentialsFault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if is_utf16(bytes) {
        return Err(fault("", 0, "it is UTF-16; save it as UTF-8"));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            return Err(fault(good, good.len(), "what follows is not UTF-8; save it as UTF-8"));
        }
    };
    let start = text.len() - text.trim_start().len();
    if start == text.len() {
        return Err(fault("", 0, "it is empty"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let document = Document::deserialize(&mut deserializer).map_err(|error| {
        let offset = if error.is_eof() { text.len() } else { offset_of(text, &error) };
        fault(text, offset, diagnose(text, offset, &error))
    })?;
    deserializer.end().map_err(|error| {
        let offset = offset_of(text, &error);
        fault(text, offset, diagnose_rest(&text[offset..]))
    })?;
    match document {
        Document::Object(object) => Ok(object),
        Document::Other(kind) => Err(fault(text, start, format!("{kind} where an object is wanted"))),
    }
}

/// What a value is called when it stands in the wrong place.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn fault(text: &str, offset: usize, what: impl Into<String>) -> CredentialsFault {
    let position = position_of(text, offset);
    CredentialsFault::Syntax { line: position.line, column: position.column, what: what.into() }
}

/// PowerShell's `>` writes UTF-16, with a mark in front or without.
fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'{', ..] | [b'{', 0, ..])
}

/// The byte that the parser stumbled over.
fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    text.floor_char_boundary((line_start + error.column().saturating_sub(1)).min(text.len()))
}

fn diagnose(text: &str, offset: usize, error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "it ends too early: a quote or a bracket is still open".into();
    }
    let words = error.to_string();
    if words.starts_with("control character") {
        return "a line break or another control character inside a text".into();
    }
    if words.starts_with("invalid escape") {
        return "a backslash that begins nothing JSON knows: write two for one".into();
    }
    let before = text[..offset].trim_end().chars().next_back();
    let what = match (text[offset..].chars().next(), before) {
        (Some('/' | '#'), _) => "a comment, which JSON does not have",
        (Some('}' | ']'), Some(',')) => "a comma too many in front of this bracket",
        (Some(','), Some(',' | '{' | '[' | ':')) => "a comma too many",
        (Some('\''), _) => "single quotes where JSON has double quotes",
        (Some('“' | '”' | '„' | '‘' | '’' | '«' | '»'), _) => {
            "typographic quotes where JSON has straight ones"
        }
        (Some('"'), Some(before)) if !",:{[".contains(before) => "a comma or a colon is missing before this",
        (Some(c), _) if c.is_alphabetic() || c == '_' => "a word without quotes",
        // Its words are fixed texts; none holds a piece of the file.
        _ => return words.split(" at line ").next().unwrap_or_default().to_owned(),
    };
    what.into()
}

fn diagnose_rest(rest: &str) -> &'static str {
    match rest.chars().next() {
        Some('{' | '[') => "a second document begins; one is wanted",
        Some('/' | '#') => "a comment, which JSON does not have",
        _ => "something follows the end of the document",
    }
}

/// What a JSON text holds at its top.
enum Document {
    Object(Object),
    Other(&'static str),
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocumentVisitor)
    }
}

/// Keeps both of two members with the same name, which [`Value`] does not.
struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut object = Object::new();
        while let Some(member) = map.next_entry()? {
            object.push(member);
        }
        Ok(Document::Object(object))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Document, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Document::Other("a list"))
    }

    fn visit_str<E>(self, _: &str) -> Result<Document, E> {
        Ok(Document::Other("text"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Document, E> {
        Ok(Document::Other("true or false"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Document, E> {
        Ok(Document::Other("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Document, E> {
        Ok(Document::Other("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Document, E> {
        Ok(Document::Other("a number"))
    }

    fn visit_unit<E>(self) -> Result<Document, E> {
        Ok(Document::Other("`null`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_is_named_with_its_place() {
        for (text, line, column, what) in [
            ("", 1, 1, "empty"),
            (" \n\t ", 1, 1, "empty"),
            ("null", 1, 1, "`null` where an object"),
            ("\n []", 2, 2, "a list where an object"),
            ("\"canary\"", 1, 1, "text where an object"),
            ("12", 1, 1, "a number where an object"),
            ("-1.5", 1, 1, "a number where an object"),
            ("true", 1, 1, "true or false where an object"),
            ("{\n  \"a\": \"canary\",\n}", 3, 1, "a comma too many in front"),
            ("{\"a\": [1,]}", 1, 10, "a comma too many in front"),
            ("{\"a\": 1,, \"b\": 2}", 1, 9, "a comma too many"),
            ("{\n  // canary\n  \"a\": 1}", 2, 3, "a comment"),
            ("{\"a\": 1 /* canary */}", 1, 9, "a comment"),
            ("# canary\n{}", 1, 1, "a comment"),
            ("{} // canary", 1, 4, "a comment"),
            ("{\"a\": \"canary", 1, 14, "ends too early"),
            ("{\"a\": \"canary\"\n", 2, 1, "ends too early"),
            ("{", 1, 2, "ends too early"),
            ("{}\n{}", 2, 1, "a second document"),
            ("{} canary", 1, 4, "something follows"),
            ("{'a': 'canary'}", 1, 2, "single quotes"),
            ("{“a”: “canary”}", 1, 2, "typographic quotes"),
            ("{\"a\": canary}", 1, 7, "a word without quotes"),
            ("{a: \"canary\"}", 1, 2, "a word without quotes"),
            ("client_id=canary", 1, 1, "a word without quotes"),
            ("{\"ü\": 1 \"b\": 2}", 1, 9, "a comma or a colon is missing"),
            ("{\"a\" \"canary\"}", 1, 6, "a comma or a colon is missing"),
            ("{\"a\": \"can\\ary\"}", 1, 12, "a backslash"),
        ] {
            let Err(CredentialsFault::Syntax { line: l, column: c, what: w }) = parse(text.as_bytes()) else {
                panic!("{text:?} was taken");
            };
            assert_eq!((l, c), (line, column), "{text:?}: {w}");
            assert!(w.contains(what), "{text:?}: {w}");
            assert!(!w.contains("canary"), "{text:?}: {w}");
        }
        let broken = parse(b"{\"a\": \"line\nbreak\"}").expect_err("a line break");
        assert!(broken.to_string().contains("a line break"), "{broken}");
    }

    #[test]
    fn another_encoding_is_named_and_a_mark_in_front_is_no_fault() {
        assert_eq!(parse(b"\xef\xbb\xbf{}"), Ok(Object::new()));
        let utf16 = |mark: &[u8], to_bytes: fn(u16) -> [u8; 2]| {
            let mut bytes = mark.to_vec();
            bytes.extend("{\"a\": 1}".encode_utf16().flat_map(to_bytes));
            bytes
        };
        for bytes in [
            utf16(b"\xff\xfe", u16::to_le_bytes),
            utf16(b"\xfe\xff", u16::to_be_bytes),
            utf16(b"", u16::to_le_bytes),
            utf16(b"", u16::to_be_bytes),
        ] {
            assert!(parse(&bytes).expect_err("UTF-16").to_string().contains("UTF-16"));
        }
        let latin = parse(b"{\n\"a\": \"\xfc\"}").expect_err("Latin-1").to_string();
        assert_eq!(latin, "line 2, column 7: what follows is not UTF-8; save it as UTF-8");
    }

    #[test]
    fn every_truncation_and_deep_nesting_is_an_error_and_no_panic() {
        let whole = "{\"api_base_url\": \"https://ü.example\", \"client_id\": \"a\\u00fc\"}";
        for end in 0..whole.len() {
            assert!(parse(&whole.as_bytes()[..end]).is_err(), "{end}");
        }
        assert!(parse(format!("{{\"a\":{}", "[".repeat(10_000)).as_bytes()).is_err());
    }
}
