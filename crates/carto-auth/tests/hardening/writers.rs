//! K09: two processes that write one entry, and are killed.

use std::path::PathBuf;
use std::time::Duration;

use crate::locks::wait_for;
use crate::world::{DAY, Process, Task, World, folder, key, preload};

#[test]
fn k09_a_reader_always_finds_one_whole_document_while_two_writers_are_killed() {
    let world = World::new();
    let store = folder(&world.platform());
    let mut writers = [Process::start(&world, Task::Write), Process::start(&world, Task::Write)];
    writers[0].hears("wrote");
    let (mut rounds, mut killed, mut lengths) = (0, 0, std::collections::HashSet::new());
    while rounds < 1_000 {
        let token = store.read(&key()).expect("read").expect("always there");
        let text = token.access_token.expose();
        assert!(text.bytes().all(|byte| byte == text.as_bytes()[0]), "two tokens in one");
        lengths.insert(text.len());
        let number = killed % 2;
        // Somewhere in its rounds, which are of no fixed length.
        if writers[number].count("wrote") > killed % 29 {
            writers[number].kill();
            rounds += writers[number].count("wrote");
            writers[number] = Process::start(&world, Task::Write);
            killed += 1;
        }
    }
    writers.iter_mut().for_each(Process::kill);
    assert!(killed > 30 && lengths.len() > 100, "{killed} were killed, {} lengths", lengths.len());
    assert_eq!(world.person.told(), "", "nothing was damaged");
    let left = temporary(&world);
    for file in &left {
        let file = std::fs::OpenOptions::new().write(true).open(file).expect("opened");
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("aged");
    }
    wait_for(world.person().sign_in()).expect("signed in beside them");
    assert!(temporary(&world).is_empty(), "what {} of them left is swept", left.len());
}

#[cfg(target_os = "linux")]
#[test]
fn k09_a_writer_that_is_killed_between_its_file_and_the_name_leaves_the_old_entry() {
    let world = World::new();
    let token = wait_for(world.job().access_token()).expect("a token");
    let before = world.entry();
    let world = preload(world, KILLED_BEFORE_THE_NAME);
    world.clock.pass(2 * DAY);
    world.age_what_is_kept(2 * DAY);
    let aged = world.entry();
    let mut process = Process::start(&world, Task::Job);
    assert!(!process.end().success(), "{:?}", process.said);
    assert_eq!(temporary(&world).len(), 1, "its file was there and had no name yet");
    assert_eq!(world.entry(), aged);
    assert_eq!(aged["access_token"], before["access_token"]);
    let next = wait_for(world.job().access_token()).expect("a token");
    assert_ne!(next, token);
    assert_eq!(world.entry()["access_token"], next.expose());
    assert_eq!(world.person.told(), "");
}

/// What writers have not given a name yet.
fn temporary(world: &World) -> Vec<PathBuf> {
    world.kept().into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "tmp")).collect()
}

/// `fsync` is the last call before the rename.
#[cfg(target_os = "linux")]
const KILLED_BEFORE_THE_NAME: &str = "\
#include <signal.h>
int fsync(int file) {
    (void)file;
    return raise(SIGKILL);
}
";
