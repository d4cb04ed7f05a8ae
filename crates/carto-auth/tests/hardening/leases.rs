//! K10 where the file system has no locks (some NFS and SMB mounts): a folder shared by many real processes.
//!
//! In each process, `flock` answers as it does there.

use std::time::{Duration, SystemTime};

use carto_sandbox::{Fault, Route};

use crate::locks::{until, wait_for};
use crate::world::{DAY, Process, Task, World, preload};

#[test]
fn k10_without_locks_ten_jobs_cause_one_request() {
    let world = without_locks();
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(300)));
    let mut processes = Process::start_many(&world, Task::Job);
    let tokens: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(tokens[0].starts_with("eyJ") && tokens.iter().all(|token| *token == tokens[0]), "{tokens:#?}");
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    assert!(world.kept().iter().all(|path| path.extension().is_none_or(|ending| ending != "lease")));
}

#[test]
fn k10_without_locks_ten_processes_send_the_refresh_token_once() {
    let world = without_locks();
    wait_for(world.person().sign_in()).expect("signed in");
    world.age_what_is_kept(2 * DAY);
    world.sandbox.plan(Route::Token, Fault::delay(Duration::from_millis(300)));
    let mut processes = Process::start_many(&world, Task::Token);
    let tokens: Vec<_> = processes.iter_mut().map(Process::result).collect();
    assert!(tokens[0].starts_with("eyJ") && tokens.iter().all(|token| *token == tokens[0]), "{tokens:#?}");
    assert_eq!(world.refreshes(), 1);
}

#[test]
fn k10_without_locks_the_next_leads_once_the_lease_of_a_killed_leader_is_over() {
    let world = without_locks();
    world.sandbox.plan(Route::Token, Fault::Hang);
    let mut leader = Process::start(&world, Task::Job);
    until(|| world.sandbox.requests(Route::Token) == 1);
    leader.kill();
    let mut next = Process::start(&world, Task::Job);
    let lease =
        world.kept().into_iter().find(|path| path.extension().is_some_and(|ending| ending == "lease"));
    let lease = std::fs::OpenOptions::new().write(true).open(lease.expect("a lease")).expect("opened");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(world.sandbox.requests(Route::Token), 1, "a lease that counts is waited for");
    lease.set_modified(SystemTime::now() - Duration::from_secs(41)).expect("aged");
    assert!(next.result().starts_with("eyJ"));
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

/// A world in whose processes the system has no locks.
fn without_locks() -> World {
    preload(World::new(), FLOCK)
}

const FLOCK: &str = "\
#include <errno.h>
int flock(int file, int operation) {
    (void)file;
    (void)operation;
    errno = ENOLCK;
    return -1;
}
";
