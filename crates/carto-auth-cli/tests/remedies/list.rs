//! The list of all hints: what each says, and the test that types it or why none can.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml_edit::{Document, TableLike};

use crate::sources::Sources;

/// A hint of the list.
#[derive(Clone, Debug)]
pub(crate) struct Remedy {
    /// The text as the source has it, with what is put into it in braces.
    pub(crate) says: String,
    /// The test that types it.
    test: Option<String>,
    /// Why nobody can type it here.
    cannot: Option<String>,
    /// Why nobody types it yet.
    left: Option<String>,
}

/// The text that a hint is made from.
pub(crate) fn says(id: &str) -> String {
    read().1.remove(id).unwrap_or_else(|| panic!("`{id}` is not in the list")).says
}

#[test]
fn every_hint_of_the_sources_is_in_the_list_and_no_other() {
    let sources = Sources::read();
    assert_eq!(
        sources.unseen,
        Vec::<String>::new(),
        "a hint is made by a function that the list does not know"
    );
    let (beside, remedies) = read();
    let listed: BTreeSet<String> =
        remedies.values().map(|remedy| remedy.says.clone()).chain(beside.iter().cloned()).collect();
    let new: Vec<_> = sources.hints.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&sources.hints).collect();
    assert!(new.is_empty(), "no test types these, and nothing says why: {new:#?}");
    assert!(gone.is_empty(), "no source says these any more: {gone:#?}");
}

#[test]
#[allow(clippy::print_stdout, reason = "the share is what it is run for")]
fn the_test_that_is_named_types_the_hint() {
    let (_, remedies) = read();
    let tests = tests();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let (mut typed, mut left) = (0, Vec::new());
    for (id, remedy) in &remedies {
        match (&remedy.test, &remedy.cannot, &remedy.left) {
            (Some(test), None, None) => {
                let body = tests.get(test).unwrap_or_else(|| panic!("{id}: there is no test `{test}`"));
                assert!(body.contains(&format!("\"{id}\"")), "`{test}` does not read the hint `{id}`");
                typed += 1;
            }
            (None, Some(reason), None) => *reasons.entry(reason.clone()).or_default() += 1,
            (None, None, Some(_)) => left.push(id.as_str()),
            _ => panic!("{id} has a test, or why it cannot have one, or why it has none yet"),
        }
    }
    let (all, cannot) = (remedies.len(), reasons.values().sum::<usize>());
    println!(
        "remedies: {typed} of {all} hints typed ({} %), {cannot} cannot be, {} not yet",
        typed * 100 / all,
        left.len()
    );
    for (reason, count) in &reasons {
        println!("  cannot: {count} × {reason}");
    }
    for id in &left {
        println!("  not yet: {id}");
    }
    let answered = (typed + cannot) * 100 / all;
    assert!(answered >= REACHED, "{answered} % are typed or cannot be, and it were {REACHED} %");
}

/// What stands beside hints and is none, and the hints by id.
fn read() -> (Vec<String>, BTreeMap<String, Remedy>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hardening/remedies.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let document = Document::parse(text.as_str()).unwrap_or_else(|error| panic!("{error}"));
    let beside = document["beside"].as_array().unwrap().iter();
    let beside = beside.map(|text| text.as_str().unwrap().to_owned()).collect();
    let remedy = |table: &dyn TableLike| {
        let text = |key: &str| table.get(key).map(|value| value.as_str().unwrap().to_owned());
        Remedy { says: text("says").unwrap(), test: text("test"), cannot: text("cannot"), left: text("left") }
    };
    let tables = document.iter().filter(|(_, item)| item.is_table());
    let remedies =
        tables.map(|(id, table)| (id.to_owned(), remedy(table.as_table_like().unwrap()))).collect();
    (beside, remedies)
}

/// The tests by name, each with its text.
fn tests() -> BTreeMap<String, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [here.join("tests/remedies"), here.join("../carto-auth/tests/remedies")];
    let files = folders.iter().flat_map(std::fs::read_dir).flatten().map(|file| file.unwrap().path());
    let mut tests = BTreeMap::new();
    for text in files.map(|path| std::fs::read_to_string(path).unwrap()) {
        for test in text.split("test]\n").skip(1) {
            let name = test.split("fn ").nth(1).unwrap().split('(').next().unwrap();
            tests.insert(name.to_owned(), test.to_owned());
        }
    }
    tests
}

/// The share that was reached, in percent, and is not to be lost.
const REACHED: usize = 100;
