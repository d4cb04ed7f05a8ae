//! A secret that stands in what tests and the fuzzer make up, and what a text for people must be.
//!
//! It is compiled for tests and for the fuzzer, and for nobody else.

use crate::error::Error;

/// The secret. Without capitals, so that it is also found where a text was made small.
pub(crate) const CANARY: &str = "canary7q2";

/// Fails for a text that a person must not see: one that plays with the terminal, or is as long as an attacker
/// likes.
pub(crate) fn check_words(text: &str) {
    assert!(!text.chars().any(is_unseen), "characters that cannot be seen: {text:?}");
    assert!(text.chars().count() <= LONGEST, "{} characters: {text:.400}", text.chars().count());
}

/// Fails for a text that shows the secret.
pub(crate) fn check_secrecy(text: &str) {
    assert!(!text.contains(CANARY), "the secret is shown: {text:?}");
}

/// Everything of an error that a person sees.
pub(crate) fn texts(error: &Error) -> Vec<String> {
    let code = error.oauth_code().map(str::to_owned);
    let hint = error.hint_text().map(str::to_owned);
    std::iter::once(error.to_string()).chain(error.causes()).chain(hint).chain(code).collect()
}

/// Fails for an error with such a text, or with nothing to do about it.
pub(crate) fn check_error(error: &Error) {
    assert!(error.hint_text().is_some_and(|hint| !hint.is_empty()), "no hint: {error:?}");
    texts(error).iter().for_each(|text| check_words(text));
}

/// Fails for an error that shows the secret anywhere.
pub(crate) fn check_error_secrecy(error: &Error) {
    texts(error).iter().chain([&format!("{error:?}")]).for_each(|text| check_secrecy(text));
}

fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// More than any message has.
const LONGEST: usize = 2_000;
