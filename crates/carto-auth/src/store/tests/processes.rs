//! K09, K10, K11: many processes, some of them killed. Each child is this very test binary.
#![expect(clippy::disallowed_methods, reason = "these tests start processes and talk to them by variables")]
#![expect(clippy::print_stdout, reason = "a child tells its parent how far it is")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;

/// What the children run; does nothing where it is run as a test.
#[test]
fn a_child() {
    let (Ok(task), Ok(folder)) = (std::env::var(TASK), std::env::var(FOLDER)) else { return };
    let world = World::new();
    let store = Opened::new(Place::Folder(folder.clone().into()), &world);
    match task.as_str() {
        "hold" => {
            let mut entry = store.lock(&key());
            entry.say(&Announcement::new(&world.platform(), None)).expect("said");
            println!("held");
            std::thread::sleep(Duration::from_secs(60));
        }
        "write" => {
            for round in 0.. {
                if let Some(mut entry) = LockedFile::try_new(&store.0, &key()).expect("tried") {
                    let letter = ["a", "b", "c"][round % 3];
                    entry.write(&token(&letter.repeat(1 + round * 997 % 20_000))).expect("saved");
                }
            }
        }
        "sign in" => {
            let mut log = std::fs::OpenOptions::new();
            let mut log = log.append(true).create(true).open(Path::new(&folder).join("log")).expect("opened");
            while store.text(&key()).is_none() {
                let Some(mut entry) = LockedFile::try_new(&store.0, &key()).expect("tried") else {
                    std::thread::sleep(Duration::from_millis(2));
                    continue;
                };
                if store.0.load(&key(), Hold::Held).expect("read").is_none() {
                    log.write_all(b"signed in\n").expect("noted");
                    std::thread::sleep(Duration::from_millis(50));
                    entry.write(&token("token")).expect("saved");
                }
            }
        }
        "fill the disk" => {
            let mut entry = store.lock(&key());
            let error = storage_error(entry.write(&token(&"long".repeat(10_000))));
            assert!(error.hint_text().is_some_and(|hint| hint.starts_with("raise the limit")), "{error:?}");
            storage_error(entry.write(&token(&"long".repeat(10_000))));
        }
        other => panic!("no task `{other}`"),
    }
}

const TASK: &str = "CARTO_AUTH_TEST_TASK";
const FOLDER: &str = "CARTO_AUTH_TEST_FOLDER";

fn start(task: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "--nocapture", "store::tests::processes::a_child"])
        .env(TASK, task)
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("started")
}

/// As [`start`], in a shell that lets no file grow beyond some blocks, as a quota would.
#[cfg(unix)]
fn start_with_little_room(task: &str, folder: &Path) -> Child {
    Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().expect("this binary"))
        .args(["--exact", "store::tests::processes::a_child"])
        .env(TASK, task)
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("started")
}

fn kill(child: &mut Child) {
    child.kill().expect("killed");
    child.wait().expect("waited for");
}

#[test]
fn a_lock_whose_holder_was_killed_is_free_and_says_nothing() {
    let world = World::new();
    let store = world.in_folder();
    let mut child = start("hold", &world.at("cache"));
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    assert!(lines.map_while(std::result::Result::ok).any(|line| line.contains("held")));
    assert!(LockedFile::try_new(&store.0, &key()).expect("tried").is_none());
    let spot = store.0.place.spot(&key());
    let said = locked::announcement(&spot, &key()).expect("said");
    assert!(said.who.contains(&child.id().to_string()), "{said:?}");
    kill(&mut child);
    let left = locked::announcement(&spot, &key()).expect("left by the dead");
    assert_eq!(left.outcome, None, "nothing to adopt");
    let _entry = store.lock(&key());
    assert_eq!(locked::announcement(&spot, &key()), None, "nobody takes it for what the next one does");
}

#[test]
fn a_reader_always_sees_a_whole_entry_while_writers_are_killed() {
    let world = World::new();
    let store = world.in_folder();
    store.save(&key(), "a");
    let mut writers = [0, 1].map(|_| start("write", &world.at("cache")));
    let mut lengths = std::collections::HashSet::new();
    let end = Instant::now() + Duration::from_secs(3);
    let mut round: u64 = 0;
    while Instant::now() < end {
        let text = store.text(&key()).expect("always there");
        assert!(text.bytes().all(|byte| byte == text.as_bytes()[0]), "two tokens in one");
        lengths.insert(text.len());
        round += 1;
        if round.is_multiple_of(400) {
            let index = usize::from(round.is_multiple_of(800));
            kill(&mut writers[index]);
            writers[index] = start("write", &world.at("cache"));
        }
    }
    writers.iter_mut().for_each(kill);
    assert!(lengths.len() > 3, "the writers wrote: {lengths:?}");
    assert_eq!(world.warnings(), [""; 0]);
    assert!(store.text(&key()).is_some());
    store.save(&key(), "last");
    assert_eq!(store.text(&key()).as_deref(), Some("last"));
}

#[test]
fn ten_processes_that_need_a_token_cause_one_sign_in() {
    let world = World::new();
    std::fs::create_dir(world.at("cache")).expect("made");
    let mut children: Vec<Child> = (0..10).map(|_| start("sign in", &world.at("cache"))).collect();
    for child in &mut children {
        assert!(child.wait().expect("ended").success());
    }
    assert_eq!(content(&world.at("cache/log")), b"signed in\n");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_a_typed_error_and_keeps_what_was_there() {
    let world = World::new();
    let store = world.in_folder();
    store.save(&key(), "before");
    let mut child = start_with_little_room("fill the disk", &world.at("cache"));
    assert!(child.wait().expect("ended").success());
    let lock = content(&store.0.place.spot(&key()).lock);
    assert_eq!(lock, format!("{} before\n", child.id()).as_bytes(), "the child has tried");
    assert_eq!(store.text(&key()).as_deref(), Some("before"));
    assert_eq!(world.names("cache"), [format!("{}.json", key().id())]);
}
