//! Rust's text as words, signs and texts, and how far a piece of it goes. It knows no grammar.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Text(String),
    Word(String),
    Sign(char),
}

pub(crate) fn tokens(text: &str) -> Vec<Token> {
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

/// How far it is to a comma, a semicolon or a closing bracket outside of brackets.
pub(crate) fn stretch(tokens: &[Token]) -> usize {
    until(tokens, &[',', ';'])
}

/// How far it is to the bracket that closes what is around.
pub(crate) fn whole(tokens: &[Token]) -> usize {
    until(tokens, &[])
}

pub(crate) fn statement(tokens: &[Token]) -> &[Token] {
    &tokens[..until(tokens, &[';'])]
}

pub(crate) fn body(tokens: &[Token]) -> &[Token] {
    let opens = until_body(tokens).min(tokens.len() - 1);
    &tokens[opens + 1..opens + 1 + whole(&tokens[opens + 1..])]
}

pub(crate) fn until_body(tokens: &[Token]) -> usize {
    tokens
        .iter()
        .position(|token| [Token::Sign('{'), Token::Sign(';')].contains(token))
        .unwrap_or(tokens.len())
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
