//! The hints as the sources hold them.
//!
//! It reads tokens and knows no grammar: a text counts that stands where a hint is made, together with the texts of
//! the constants that are named there. A hint that it cannot see through is told, so that none is missed in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::places::{HARMLESS, MAKERS, constants, functions, places};
use crate::tokens::{Token, tokens};

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
