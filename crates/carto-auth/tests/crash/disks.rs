//! K07 while a program runs: a disk that fails loses no token that is in memory, and once it is mended the next one is
//! kept.

use std::os::unix::fs::DirBuilderExt as _;

use carto_sandbox::Route;

use crate::disk::{self, Failing, Fault, on_a_disk};
use crate::figure::tell;
use crate::files::{count, wait_for};
use crate::world::{DAY, World};

#[test]
fn k07_a_disk_that_fails_while_a_program_runs_loses_no_token_and_is_used_again_once_it_is_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("disk");
    std::fs::create_dir(&place).expect("made");
    let Some(mut program) = on_a_disk(&place) else { return };
    let done = program.output().expect("run");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    for fault in Fault::ALL {
        let line = format!("{fault:?}: ");
        let figure = said.lines().find_map(|text| text.strip_prefix(&line));
        tell(&format!("disk: {fault:?}"), figure.unwrap_or_else(|| panic!("no {fault:?} in {said}")));
    }
}

#[tokio::test]
async fn k07_a_folder_that_is_removed_while_a_program_runs_is_made_again_without_a_word() {
    let world = World::new();
    let auth = world.job();
    let token = auth.access_token().await.expect("a token");
    std::fs::remove_dir_all(world.cache()).expect("removed");
    assert_eq!(auth.access_token().await.expect("in memory"), token);
    world.clock.pass(2 * DAY);
    let next = auth.access_token().await.expect("another");
    assert_eq!(world.entry()["access_token"], next.expose());
    assert_eq!(world.person.told(), "", "nothing was lost");
}

/// Each fault in turn, on the disk of this process; nothing where its test is run like any other.
#[allow(clippy::print_stderr, reason = "that is how it is heard")]
pub(crate) fn run() {
    if disk::place().is_none() {
        return;
    }
    for fault in Fault::ALL {
        let plays = [wait_for(play_job(fault)), wait_for(play_person(fault)), wait_for(play_sign_in(fault))];
        let calls: usize = plays.iter().sum();
        eprintln!("{fault:?}: {calls} calls while it lasted, each with a token; the next one kept");
    }
}

/// A job is given its token on, gets others, is told once why they are not kept, and the first one after is kept.
async fn play_job(fault: Fault) -> usize {
    let world = World::new();
    let auth = world.job();
    let mut given = vec![auth.access_token().await.expect("a token")];
    let before = world.entry();
    let failing = Failing::begin(fault, world.folder.path(), &world.cache());
    for renewals in 0..3 {
        for _ in 0..3 {
            given.push(auth.access_token().await.unwrap_or_else(|error| panic!("{fault:?}: {error:?}")));
            assert_eq!(given[given.len() - 1], given[3 * renewals + usize::from(renewals > 0)], "{fault:?}");
        }
        assert_eq!(world.sandbox.requests(Route::Token), renewals + 1, "{fault:?}: a renewal is one request");
        assert_eq!(world.person.told().is_empty(), renewals == 0, "{fault:?}: {}", world.person.told());
        world.clock.pass(2 * DAY);
    }
    given.push(auth.access_token().await.expect("another"));
    assert_told_once(&world, fault);
    failing.mend();
    if fault != Fault::Gone {
        assert_eq!(world.entry(), before, "{fault:?}: what was kept before is whole");
    }
    assert_eq!(auth.access_token().await.expect("in memory"), given[given.len() - 1], "{fault:?}");
    world.clock.pass(2 * DAY);
    assert_kept(&world, auth.access_token().await.expect("another").expose(), fault);
    assert_eq!(world.job().access_token().await.expect("as another process has it").expose(), entry(&world));
    assert_eq!(world.sandbox.requests(Route::Token), 5, "{fault:?}");
    given.len() - 1
}

/// A person's sign-in is kept, and cannot be renewed: where it cannot be marked that a refresh token is sent, none is.
/// The token that lives is given, and once the disk is mended it is renewed, and nobody signs in again.
async fn play_person(fault: Fault) -> usize {
    let world = World::new();
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let first = auth.access_token().await.expect("a token");
    let failing = Failing::begin(fault, world.folder.path(), &world.cache());
    // In its margin, and a little later each time than a renewal that failed rests.
    world.clock.pass(DAY - 200);
    for _ in 0..3 {
        assert_eq!(auth.access_token().await.expect("it lives"), first, "{fault:?}");
        world.clock.pass(31);
    }
    assert_eq!(world.refreshes(), 0, "{fault:?}");
    assert_told_once(&world, fault);
    failing.mend();
    world.clock.pass(DAY);
    assert_kept(&world, auth.access_token().await.expect("another").expose(), fault);
    // With the folder went the refresh token, and taking it away is how one signs out.
    let (refreshes, browsers) = if fault == Fault::Gone { (0, 2) } else { (1, 1) };
    assert_eq!((world.refreshes(), world.browser.opened().len()), (refreshes, browsers), "{fault:?}");
    assert_told_once(&world, fault);
    3
}

/// Who signs in while the disk fails has the sign-in in memory, with what renews it, and it is kept with the next one.
async fn play_sign_in(fault: Fault) -> usize {
    let world = World::new();
    std::fs::DirBuilder::new().mode(0o700).create(world.cache()).expect("made");
    let failing = Failing::begin(fault, world.folder.path(), &world.cache());
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let first = auth.access_token().await.expect("a token");
    world.clock.pass(2 * DAY);
    assert_ne!(auth.access_token().await.expect("renewed from memory"), first, "{fault:?}");
    assert_told_once(&world, fault);
    failing.mend();
    world.clock.pass(2 * DAY);
    assert_kept(&world, auth.access_token().await.expect("another").expose(), fault);
    assert_eq!(
        (world.refreshes(), world.browser.opened().len()),
        (2, 1),
        "{fault:?}: nobody was asked again"
    );
    assert_told_once(&world, fault);
    2
}

fn assert_told_once(world: &World, fault: Fault) {
    let told = world.person.told();
    assert_eq!(told.matches("warning: ").count(), 1, "{fault:?}: {told}");
    assert!(told.contains("the sign-in is not kept"), "{fault:?}: {told}");
    assert!(told.contains(fault.told()) && told.contains(fault.hint()), "{fault:?}: {told}");
}

/// The token is in the entry, whole, and nothing half lies beside it.
fn assert_kept(world: &World, token: &str, fault: Fault) {
    assert_eq!(entry(world), token, "{fault:?}");
    assert_eq!(count(&world.cache()).get("tmp"), None, "{fault:?}");
}

fn entry(world: &World) -> String {
    world.entry()["access_token"].as_str().expect("a token").to_owned()
}
