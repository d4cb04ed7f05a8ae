//! Where a hint is made, and what may stand there: texts, constants and functions that are known.

use crate::tokens::{Token, body, statement, stretch, until_body, whole};

/// The stretches of a file in which a hint is made.
pub(crate) fn places(tokens: &[Token]) -> Vec<&[Token]> {
    let word = |at: usize| match tokens.get(at) {
        Some(Token::Word(word)) => word.as_str(),
        _ => "",
    };
    let sign = |at: usize, wanted: char| tokens.get(at) == Some(&Token::Sign(wanted));
    let mut places = Vec::new();
    for at in 0..tokens.len() {
        let rest = |from: usize| &tokens[from..from + stretch(&tokens[from..])];
        match word(at) {
            "hint" if at > 0 && sign(at - 1, '.') && sign(at + 1, '(') => places.push(rest(at + 2)),
            "hint" if sign(at + 1, ':') && !sign(at + 2, ':') => places.push(rest(at + 2)),
            "let" if word(at + 1) == "hint" && sign(at + 2, '=') => places.push(statement(&tokens[at + 3..])),
            "let" if word(at + 1) == "example" && sign(at + 2, '=') => {
                places.push(statement(&tokens[at + 3..]));
            }
            "let" if sign(at + 1, '(') && word(at + 4) == "hint" => places.push(statement(&tokens[at + 6..])),
            "fn" if MAKERS.contains(&word(at + 1)) => places.push(body(&tokens[at..])),
            "usage" | "failed" if word(at.wrapping_sub(3)) == "Failure" => {
                let message = stretch(&tokens[at + 2..]);
                if sign(at + 2 + message, ',') {
                    places.push(
                        &tokens[at + 3 + message..at + 3 + message + whole(&tokens[at + 3 + message..])],
                    );
                }
            }
            "wrong" if sign(at + 1, '(') => {
                let why = stretch(&tokens[at + 2..]);
                if sign(at + 2 + why, ',') {
                    places.push(&tokens[at + 3 + why..at + 3 + why + whole(&tokens[at + 3 + why..])]);
                }
            }
            _ => {}
        }
    }
    places
}

/// The constants that are texts, by name.
pub(crate) fn constants(tokens: &[Token]) -> Vec<(String, Vec<String>)> {
    let named = tokens.windows(2).enumerate().filter_map(|(at, two)| match two {
        [Token::Word(word), Token::Word(name)] if word == "const" && name.to_uppercase() == *name => {
            Some((at, name.clone()))
        }
        _ => None,
    });
    let texts = |at: usize| -> Vec<String> {
        let value = statement(&tokens[at..]);
        let is_text = value.iter().any(|token| *token == Token::Word("str".into()));
        let texts = value.iter().filter_map(|token| match token {
            Token::Text(text) if text.contains(' ') && is_text => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    };
    named.map(|(at, name)| (name, texts(at))).filter(|(_, texts)| !texts.is_empty()).collect()
}

/// The functions that are made here and give a text.
pub(crate) fn functions(tokens: &[Token]) -> impl Iterator<Item = &str> {
    tokens.windows(2).enumerate().filter_map(|(at, two)| match two {
        [Token::Word(word), Token::Word(name)] if word == "fn" => {
            let head = &tokens[at..at + until_body(&tokens[at..])];
            let arrow = head.windows(2).position(|two| two == [Token::Sign('-'), Token::Sign('>')])?;
            let gives = |text: &str| head[arrow..].contains(&Token::Word(text.into()));
            (gives("String") || gives("str")).then_some(name.as_str())
        }
        _ => None,
    })
}

/// Functions whose texts are hints.
pub(crate) const MAKERS: [&str; 12] = [
    "advice",
    "certificate_hint",
    "example",
    "hint",
    "hint_of_missing",
    "how_to_sign_in",
    "in_the_way",
    "nobody_to_ask",
    "of_certificate",
    "of_redirect",
    "remedy",
    "suggestion",
];

/// Functions that change nothing of a hint.
pub(crate) const HARMLESS: [&str; 13] = [
    "as_str",
    "clean",
    "code",
    "find",
    "first",
    "get",
    "hint_text",
    "kind",
    "oauth_code",
    "option",
    "shown",
    "signs_of_a_notebook",
    "styled",
];
