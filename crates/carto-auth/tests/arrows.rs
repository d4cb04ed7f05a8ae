//! The arrows between the parts of the library point one way.
//!
//! Every `crate::…` path in `src/` is an arrow from the part it stands in to the part it names. A part may
//! use those below it, however far, and all may use the words that belong to no layer.
#![allow(clippy::disallowed_methods, reason = "this test reads the library's own files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each part with those right below it.
const LAYERS: [(&str, &[&str]); 13] = [
    ("properties", &["blocking"]),
    ("blocking", &["carto_auth"]),
    ("carto_auth", &["status", "session", "settings"]),
    ("status", &["session", "settings"]),
    ("settings", &["credentials", "login", "store"]),
    ("session", &["credentials", "login", "store", "api"]),
    ("credentials", &["platform"]),
    ("login", &["grant"]),
    ("grant", &["http"]),
    ("api", &["http"]),
    ("store", &["platform"]),
    ("http", &["platform"]),
    ("platform", &[]),
];

/// What all parts may use; among themselves, each may use those before it.
const WORDS: [&str; 5] = ["error", "canary", "secret", "token", "environment"];

#[test]
fn arrows_point_one_way() {
    let wrong: Vec<_> = source_files().iter().flat_map(|file| wrong_arrows(file)).collect();
    assert!(wrong.is_empty(), "the layers are written at the top of this test:\n{}", wrong.join("\n"));
}

#[test]
fn every_part_has_its_layer() {
    let parts: BTreeSet<_> =
        source_files().iter().map(|file| part_of(file)).filter(|part| part != "lib").collect();
    let known: BTreeSet<_> = LAYERS.iter().map(|(part, _)| *part).chain(WORDS).map(str::to_owned).collect();
    assert_eq!(parts, known, "give a new part its layer at the top of this test");
}

#[test]
fn an_arrow_that_points_back_is_found() {
    for (from, path, is_fine) in [
        ("login", "crate::grant::Ask", true),
        ("session", "crate::platform::Clock", true),
        ("grant", "crate::token::TokenSet", true),
        ("token", "crate::secret::Secret", true),
        ("grant", "crate::login::Way", false),
        ("store", "crate::session::Session", false),
        ("http", "crate::grant::Ask", false),
        ("platform", "crate::CartoAuth", false),
        ("api", "crate::grant::Authority", false),
        ("store", "crate::http::Sender", false),
        ("error", "crate::token::TokenSet", false),
        ("secret", "crate::platform::Clock", false),
    ] {
        let target = target(path.trim_start_matches("crate::"), &public_names());
        assert_eq!(may_use(from, &target), is_fine, "{from} -> {path}");
    }
}

/// The arrows of a file that its part may not have, each as a line to look at.
fn wrong_arrows(file: &Path) -> Vec<String> {
    let (part, names) = (part_of(file), public_names());
    if part == "lib" {
        return Vec::new();
    }
    let text = fs::read_to_string(file).expect("a source file");
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|(number, line)| {
            let paths: Vec<_> = line.split("crate::").skip(1).map(|path| target(path, &names)).collect();
            paths.into_iter().map(move |target| (number + 1, target))
        })
        .filter(|(_, target)| !may_use(&part, target))
        .map(|(number, target)| format!("{}:{number}: `{part}` may not use `{target}`", file.display()))
        .collect()
}

fn may_use(part: &str, target: &str) -> bool {
    let rank = |name: &str| WORDS.iter().position(|word| *word == name);
    match (rank(part), rank(target)) {
        _ if part == target => true,
        (Some(part), Some(target)) => target < part,
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (None, None) => below(part).contains(target),
    }
}

/// Every part below a part, however far.
fn below(part: &str) -> BTreeSet<&'static str> {
    let direct = LAYERS.iter().find(|(own, _)| *own == part).map_or(&[][..], |(_, below)| *below);
    direct.iter().flat_map(|next| below(next).into_iter().chain([*next])).collect()
}

/// The part that a path behind `crate::` leads into; a name of `lib.rs` leads where it comes from.
fn target(path: &str, public_names: &BTreeMap<String, String>) -> String {
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
    let name = &path[..end];
    public_names.get(name).cloned().unwrap_or_else(|| name.to_owned())
}

/// The names that `lib.rs` gives to the world, each with its part.
fn public_names() -> BTreeMap<String, String> {
    let text = fs::read_to_string(source().join("lib.rs")).expect("lib.rs");
    let uses = text.split("pub use ").skip(1).filter_map(|rest| rest.split_once(';'));
    let pairs = uses.filter_map(|(one, _)| one.split_once("::"));
    pairs
        .flat_map(|(part, names)| {
            let names = names.split(|c: char| !c.is_alphanumeric() && c != '_');
            names.filter(|name| !name.is_empty()).map(move |name| (name.to_owned(), part.to_owned()))
        })
        .collect()
}

/// The part that a file belongs to: the first step of its path below `src/`.
fn part_of(file: &Path) -> String {
    let path = file.strip_prefix(source()).expect("below src");
    let first = path.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn source_files() -> Vec<PathBuf> {
    fn visit(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                visit(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    visit(&source(), &mut files);
    files
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
