//! K09 to K11: commands that are killed while they write, and those that wait for another.

use std::time::{Duration, Instant};

use carto_sandbox::{Fault, Route};

use crate::cache::{change, entry};
use crate::desk::{Desk, files};

#[test]
fn k09_commands_that_are_killed_at_any_time_leave_one_whole_entry() {
    let desk = Desk::new();
    let file = desk.credentials();
    // Each asks for a token anew, and writes it.
    let write = ["login", "--quiet", "--m2m", file.to_str().unwrap()];
    let begun = Instant::now();
    assert_eq!(desk.run(&write).code, Some(0));
    let life = u64::try_from(begun.elapsed().as_millis()).unwrap();
    let path = entry(&desk);
    let mut found = std::collections::HashSet::new();
    for round in 0..ROUNDS {
        let both = [desk.start(&write), desk.start(&write)];
        // Most of it lies in the lives of both; some of them end by themselves.
        std::thread::sleep(Duration::from_millis(life * (round * 17 % 31) / 20));
        both.iter().for_each(|running| running.signal("-KILL"));
        drop(both);
        let text = std::fs::read_to_string(&path).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let token = document["access_token"].as_str().unwrap().to_owned();
        assert!(token.starts_with("eyJ"), "{text}");
        found.insert(token);
    }
    let requests = desk.sandbox.requests(Route::Token);
    assert!(found.len() > 5 && requests > found.len(), "{} were written, {requests} asked for", found.len());
    let next = desk.run(&["token", "--m2m", file.to_str().unwrap()]);
    assert_eq!((next.code, next.output.as_str(), next.error.as_str()), (Some(0), "[TOKEN]\n", ""));
    let folder = desk.home().join(".carto-auth");
    let temporary = || files(&folder).into_iter().filter(|name| name.ends_with(".tmp"));
    for name in temporary() {
        let file = std::fs::OpenOptions::new().write(true).open(folder.join(name)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    }
    assert_eq!(desk.run(&write).code, Some(0));
    assert_eq!(temporary().count(), 0, "what the killed have left is swept");
}

#[test]
fn k10_the_lock_of_a_command_that_was_killed_is_free_at_once() {
    let desk = Desk::of_job();
    desk.sandbox.plan(Route::Token, Fault::Hang);
    let dead = desk.start(&["token"]);
    until(|| desk.sandbox.requests(Route::Token) == 1);
    dead.signal("-KILL");
    drop(dead);
    let begun = Instant::now();
    assert_eq!(desk.run(&["token"]).code, Some(0));
    assert!(begun.elapsed() < Duration::from_secs(20), "no deadline was waited for");
}

#[cfg(unix)]
#[test]
fn k10_a_command_that_is_stopped_with_the_lock_keeps_nobody_from_a_token_that_lives() {
    let desk = Desk::of_job();
    let token = desk.run(&["token"]).raw.0;
    change(&desk, |entry| {
        entry.insert("issued_at".into(), (entry["issued_at"].as_i64().unwrap() - 86_400 + 200).into());
        entry.remove("boot");
    });
    desk.sandbox.plan(Route::Token, Fault::Hang);
    let stopped = desk.start(&["token"]);
    until(|| desk.sandbox.requests(Route::Token) == 2);
    stopped.signal("-STOP");
    let next = desk.run(&["token"]);
    assert_eq!((next.code, next.raw.0), (Some(0), token));
    assert_eq!(desk.sandbox.requests(Route::Token), 2);
}

#[test]
fn k10_a_lock_file_that_is_deleted_while_a_person_signs_in_does_not_lose_either_sign_in() {
    let desk = Desk::new();
    let mut first = desk.start(&["login", "--no-browser"]);
    let link = first.link();
    let folder = desk.home().join(".carto-auth");
    for file in std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|ending| ending == "lock") {
            std::fs::remove_file(file).unwrap();
        }
    }
    desk.sign_in(&[]);
    let second = desk.run(&["token"]);
    assert_eq!(second.code, Some(0), "{second:?}");
    first.type_in(&format!("{}\n", desk.browser().code_page_blocking(&link).unwrap()));
    let first = first.end();
    assert_eq!(first.code, Some(0), "{first:?}");
    let last = desk.run(&["token"]);
    assert_eq!((last.code, last.error.as_str()), (Some(0), ""), "{last:?}");
}

#[test]
fn k11_of_commands_that_find_one_old_token_one_renews() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    change(&desk, |entry| {
        entry.insert("issued_at".into(), (entry["issued_at"].as_i64().unwrap() - 2 * 86_400).into());
        entry.remove("boot");
    });
    let before = desk.sandbox.requests(Route::Token);
    desk.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(300)));
    let all: Vec<_> = (0..8).map(|_| desk.start(&["token"])).collect();
    let outcomes: Vec<_> = all.into_iter().map(crate::desk::Running::end).collect();
    for outcome in &outcomes {
        assert_eq!((outcome.code, &outcome.raw.0), (Some(0), &outcomes[0].raw.0), "{outcome:?}");
    }
    assert_eq!(desk.sandbox.requests(Route::Token), before + 1);
}

/// Half a minute of them; the library kills thousands (`make crash`).
const ROUNDS: u64 = 250;

fn until(is_so: impl Fn() -> bool) {
    let ends = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < ends, "it never was so");
        std::thread::sleep(Duration::from_millis(5));
    }
}
