//! K01 and K09 without chance: a writer that is killed at each call of the system that a write is made of, and the order
//! of these calls, by which a cut of the power does no harm.

use std::os::unix::process::ExitStatusExt as _;

use crate::figure::{tell, wanted};
use crate::files::{age, count, lock_once, raise_once, read};
use crate::strace::{self, Call, kill_at, trace};
use crate::version::version;
use crate::world::World;
use crate::writer::{KEPT, Shelf};

#[test]
fn k09_a_writer_that_is_killed_at_any_call_of_its_write_leaves_the_version_before_or_the_next_one() {
    if !strace::is_there() {
        return;
    }
    // Calls that change nothing need not be tried on most days.
    let every_call = wanted("EVERY_CALL", 0) > 0;
    for before in if every_call { &[0, 2][..] } else { &[2] } {
        let before = *before;
        let (world, shelf) = with_versions(before);
        let calls = trace(&world, &shelf).calls;
        let name = position(&calls, "rename", ".json\"");
        let mut killed = 0;
        for (number, call) in calls.iter().enumerate() {
            if !every_call && LOOKING.contains(&&*call.name) {
                continue;
            }
            killed += 1;
            let (world, shelf) = with_versions(before);
            let dead = kill_at(&world, &shelf, call);
            assert_eq!(dead.output.status.signal(), Some(9), "{call:?}: {}", dead.said);
            let made: Vec<_> = dead.calls.iter().map(|call| &*call.name).collect();
            let planned: Vec<_> = calls[..=number].iter().map(|call| &*call.name).collect();
            assert_eq!(made, planned, "it died where it was to");
            let store = shelf.store(&world.platform());
            let found = read(&*store, &shelf).map_or(0, |found| version(&found));
            assert_eq!(found, before + u64::from(number > name), "{call:?}");
            assert!(!dead.said.contains(KEPT) || found > before, "{call:?}");
            if world.cache().exists() {
                let left = count(&world.cache());
                assert!(left.get("tmp").is_none_or(|count| *count == 1), "{left:?}");
                age(&world.cache());
            }
            lock_once(&*store, &shelf);
            assert_eq!(count(&world.cache()).get("tmp"), None, "{call:?}");
            assert_eq!(raise_once(&*store, &shelf), found + 1, "the next goes on from there");
            assert_eq!(world.person.told(), "", "{call:?}");
        }
        let which = if before == 0 { "the first write" } else { "a write in place of another" };
        tell(&format!("files: calls of the system in {which}, its writer killed at each"), killed);
    }
}

#[test]
fn k01_what_is_written_is_on_the_disk_before_it_has_its_name_and_the_name_before_anybody_is_told() {
    if !strace::is_there() {
        return;
    }
    let (world, shelf) = with_versions(2);
    let calls = trace(&world, &shelf).calls;
    let name = position(&calls, "rename", ".json\"");
    let temporary = calls[name].text.split('"').nth(1).expect("its name before").to_owned();
    let written = last(&calls, "write", &temporary);
    let synced = position(&calls, "fsync", &temporary);
    assert!(written < synced && synced < name, "{calls:#?}");
    let folder = format!("<{}>", world.cache().display());
    let folder_synced = name + position(&calls[name..], "fsync", &folder);
    let told = position(&calls, "write", KEPT);
    assert!(folder_synced < told, "{calls:#?}");
    tell("files: a write is `write`, `fsync`, `rename`, `fsync` of the folder, in this order", "yes");
}

/// A world with a writer's folder, in which so many versions were written.
fn with_versions(number: u64) -> (World, Shelf) {
    let world = World::new();
    let shelf = Shelf::Folder(world.cache());
    let store = shelf.store(&world.platform());
    for _ in 0..number {
        raise_once(&*store, &shelf);
    }
    (world, shelf)
}

/// Where the first call of this name is with this in it.
fn position(calls: &[Call], name: &str, what: &str) -> usize {
    let found = calls.iter().position(|call| call.name.starts_with(name) && call.text.contains(what));
    found.unwrap_or_else(|| panic!("no {name} of {what} in {calls:#?}"))
}

fn last(calls: &[Call], name: &str, what: &str) -> usize {
    let found = calls.iter().rposition(|call| call.name == name && call.text.contains(what));
    found.unwrap_or_else(|| panic!("no {name} of {what} in {calls:#?}"))
}

/// Calls that change nothing, so that a kill at one of them finds what it would find at the next.
const LOOKING: [&str; 8] = ["read", "lseek", "statx", "newfstatat", "fstat", "getdents64", "fcntl", "access"];
