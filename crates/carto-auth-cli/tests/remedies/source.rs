//! The hints as the sources hold them.
//!
//! It reads tokens and knows no grammar: a text counts that stands where a hint is made, together with the texts of
//! the constants that are named there. A hint that it cannot see through is told, so that none is missed in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Word(String),
    Sign(char),
}

/// What the sources say.
#[derive(Default)]
pub(crate) struct Sources {
    /// Every text that stands where a hint is made.
    pub(crate) hints: BTreeSet<String>,
    /// Hints that are made by a function this does not know.
    pub(crate) unseen: Vec<String>,
}

impl Sources {
    pub(crate) fn read() -> Self {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = Vec::new();
        for name in ["carto-auth", "carto-auth-cli"] {
            collect(&crates.join(name).join("src"), &mut files);
        }
        let files: Vec<(String, Vec<Token>)> =
            files.iter().map(|path| (path.display().to_string(), tokens(&product(path)))).collect();
        let constants: BTreeMap<String, Vec<String>> =
            files.iter().flat_map(|(_, tokens)| constants(tokens)).collect();
        let functions: BTreeSet<&str> = files.iter().flat_map(|(_, tokens)| functions(tokens)).collect();
        let mut sources = Self::default();
        for (name, tokens) in &files {
            for place in places(tokens) {
                sources.note(name, place, &constants, &functions);
            }
        }
        sources
    }

    fn note(
        &mut self,
        file: &str,
        place: &[Token],
        constants: &BTreeMap<String, Vec<String>>,
        functions: &BTreeSet<&str>,
    ) {
        for (at, token) in place.iter().enumerate() {
            match token {
                Token::Text(text) if text.contains(' ') => {
                    let named = text.split(['{', '}']).flat_map(|name| constants.get(name)).flatten();
                    self.hints.extend(named.chain([text]).cloned());
                }
                Token::Word(word) => {
                    self.hints.extend(constants.get(word).into_iter().flatten().cloned());
                    let word = word.as_str();
                    let is_ours = functions.contains(word) && !HARMLESS.contains(&word);
                    if is_ours && !MAKERS.contains(&word) && place.get(at + 1) == Some(&Token::Sign('(')) {
                        self.unseen.push(format!("{file}: `{word}(…)` in a hint"));
                    }
                }
                _ => {}
            }
        }
    }
}

/// The stretches of a file in which a hint is made.
fn places(tokens: &[Token]) -> Vec<&[Token]> {
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

/// How far it is to a comma, a semicolon or a closing bracket outside of brackets.
fn stretch(tokens: &[Token]) -> usize {
    until(tokens, &[',', ';'])
}

/// How far it is to the bracket that closes what is around.
fn whole(tokens: &[Token]) -> usize {
    until(tokens, &[])
}

fn statement(tokens: &[Token]) -> &[Token] {
    &tokens[..until(tokens, &[';'])]
}

fn body(tokens: &[Token]) -> &[Token] {
    let opens = until_body(tokens).min(tokens.len() - 1);
    &tokens[opens + 1..opens + 1 + whole(&tokens[opens + 1..])]
}

fn until(tokens: &[Token], ends: &[char]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') if depth == 0 => return at,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            Token::Sign(sign) if depth == 0 && ends.contains(sign) => return at,
            _ => {}
        }
    }
    tokens.len()
}

/// The constants that are texts, by name.
fn constants(tokens: &[Token]) -> Vec<(String, Vec<String>)> {
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
fn functions(tokens: &[Token]) -> impl Iterator<Item = &str> {
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

fn until_body(tokens: &[Token]) -> usize {
    tokens
        .iter()
        .position(|token| [Token::Sign('{'), Token::Sign(';')].contains(token))
        .unwrap_or(tokens.len())
}

/// A file without its tests and its lines of comment.
fn product(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            collect(&path, files);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push(path);
        }
    }
    files.sort();
}

fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let raw = letters[at..].starts_with(&['r', '#', '"']) || letters[at..].starts_with(&['r', '"']);
        if letter == '"' || raw {
            let (text, next) = if raw { raw_text(&letters, at) } else { plain_text(&letters, at) };
            tokens.push(Token::Text(text));
            at = next;
        } else if letter == '\'' {
            // A letter in quotes, or a lifetime.
            let is_letter = letters.get(at + 1) == Some(&'\\') || letters.get(at + 2) == Some(&'\'');
            let from = if letters.get(at + 1) == Some(&'\\') { at + 3 } else { at + 2 };
            let ends = letters[from.min(letters.len())..].iter().position(|letter| *letter == '\'');
            at = if is_letter { from + ends.unwrap_or(0) + 1 } else { at + 1 };
        } else if letter.is_alphanumeric() || letter == '_' {
            let ends = letters[at..].iter().position(|letter| !letter.is_alphanumeric() && *letter != '_');
            let next = ends.map_or(letters.len(), |length| at + length);
            tokens.push(Token::Word(letters[at..next].iter().collect()));
            at = next;
        } else {
            if !letter.is_whitespace() {
                tokens.push(Token::Sign(letter));
            }
            at += 1;
        }
    }
    tokens
}

fn raw_text(letters: &[char], at: usize) -> (String, usize) {
    let opens = at + letters[at..].iter().position(|letter| *letter == '"').unwrap();
    let closing: Vec<char> = std::iter::once('"').chain(vec!['#'; opens - at - 1]).collect();
    let ends = letters[opens + 1..].windows(closing.len()).position(|end| end == closing).unwrap();
    (letters[opens + 1..opens + 1 + ends].iter().collect(), opens + 1 + ends + closing.len())
}

fn plain_text(letters: &[char], at: usize) -> (String, usize) {
    let mut text = String::new();
    let mut next = at + 1;
    while letters[next] != '"' {
        match (letters[next], letters[next + 1]) {
            ('\\', '\n') => {
                next += 1;
                while letters[next].is_whitespace() {
                    next += 1;
                }
            }
            ('\\', 'n') => (text.push('\n'), next += 2).1,
            ('\\', 'u') => next += letters[next..].iter().position(|letter| *letter == '}').unwrap() + 1,
            ('\\', other) => (text.push(other), next += 2).1,
            (other, _) => (text.push(other), next += 1).1,
        }
    }
    (text, next + 1)
}

/// Functions whose texts are hints.
const MAKERS: [&str; 10] = [
    "advice",
    "certificate_hint",
    "example",
    "hint",
    "hint_of_missing",
    "how_to_sign_in",
    "nobody_to_ask",
    "of_redirect",
    "remedy",
    "suggestion",
];

/// Functions that change nothing of a hint.
const HARMLESS: [&str; 12] = [
    "as_str",
    "clean",
    "code",
    "find",
    "first",
    "get",
    "hint_text",
    "kind",
    "option",
    "shown",
    "signs_of_a_notebook",
    "styled",
];
