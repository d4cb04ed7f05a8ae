//! K09 on files: two writers, one entry, and SIGKILL at random.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use carto_auth::TokenSet;
use carto_auth::store::TokenStore;

use crate::figure::{any_below, any_instant, tell, wanted};
use crate::ledger::Ledger;
use crate::world::World;
use crate::writer::{Shelf, Writer, lock};

#[test]
fn k09_whoever_reads_while_two_writers_are_killed_at_random_finds_one_whole_version_and_never_an_older_one() {
    let kills = wanted("KILLS", 50);
    let world = World::new();
    let (shelf, platform) = (Shelf::Folder(world.cache()), world.platform());
    let store = shelf.store(&platform);
    let (mut ledger, mut left, mut swept) = (Ledger::default(), 0, 0);
    let mut writers = [Writer::start(&shelf), Writer::start(&shelf)];
    ledger.acknowledge([writers[0].hears()]);
    while ledger.kills < kills {
        let dies = usize::from(any_below(2) == 0);
        ledger.see_until(any_instant(), &mut writers, dies, || read(&*store, &shelf));
        ledger.acknowledge(writers[dies].kill());
        ledger.kills += 1;
        ledger.see(read(&*store, &shelf));
        if ledger.kills.is_multiple_of(AT_ONCE) || ledger.kills == kills {
            ledger.acknowledge(writers[1 - dies].kill());
            ledger.kills += 1;
            ledger.see(read(&*store, &shelf));
            let found = check_at_rest(&world.cache(), &*store, &shelf);
            (left, swept) = (left + found, swept + 1);
            ledger.see(read(&*store, &shelf));
            writers[1 - dies] = Writer::start(&shelf);
        }
        writers[dies] = Writer::start(&shelf);
    }
    assert_eq!(world.person.told(), "", "nothing was ever damaged");
    assert!(left > 0 || kills < 200, "none of {} kills was in the midst of a write", ledger.kills);
    tell("files: kills of a writer at random, two at work on one entry", ledger.kills);
    tell("files: of these in the midst of a write, with a temporary file left behind", left);
    tell("files: of these after the write, before its writer could say so", ledger.unsaid());
    tell("files: versions written", ledger.seen());
    tell(
        "files: reads, each of one whole version and of none older than one acknowledged or seen",
        ledger.reads,
    );
    tell(
        "files: times that all were dead: no temporary file too many, and all gone with the next lock once old",
        swept,
    );
}

/// With all writers dead: one entry, one lock that is free, at most one temporary file a kill; those that are old go with
/// the next lock, and the young ones stay, since somebody might be writing them. Says how many there were.
fn check_at_rest(folder: &Path, store: &dyn TokenStore, shelf: &Shelf) -> u64 {
    let count = count(folder);
    let temporary = count.get("tmp").copied().unwrap_or(0);
    assert!(temporary <= AT_ONCE + 1, "{count:?}");
    assert_eq!((count["json"], count["lock"]), (1, 1), "{count:?}");
    assert!(count.keys().all(|ending| ["json", "lock", "login", "tmp"].contains(&&**ending)), "{count:?}");
    assert!(files(folder).iter().all(|file| is_private(file)), "a token that others can read");
    lock_once(store, shelf);
    assert_eq!(self::count(folder).get("tmp").copied().unwrap_or(0), temporary, "the young stay");
    age(folder);
    lock_once(store, shelf);
    let after = self::count(folder);
    assert_eq!(after, BTreeMap::from([("json".into(), 1), ("lock".into(), 1)]), "all else is swept");
    temporary
}

/// Makes every temporary file older than any writer lives. None may be alive.
pub(crate) fn age(folder: &Path) {
    for file in files(folder).iter().filter(|file| ending(file) == "tmp") {
        let file = std::fs::OpenOptions::new().write(true).open(file).expect("opened");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("aged");
    }
}

/// How many files of each ending there are.
pub(crate) fn count(folder: &Path) -> BTreeMap<String, u64> {
    let mut count = BTreeMap::new();
    for file in files(folder) {
        *count.entry(ending(&file)).or_default() += 1;
    }
    count
}

/// Takes the lock and gives it back. It is free at once: no dead writer holds it.
pub(crate) fn lock_once(store: &dyn TokenStore, shelf: &Shelf) {
    wait_for(async {
        let entry = store.try_lock(&shelf.key()).await.expect("tried").expect("the dead hold no lock");
        entry.release().await;
    });
}

/// The next writer's lock, entry and version.
pub(crate) fn raise_once(store: &dyn TokenStore, shelf: &Shelf) -> u64 {
    wait_for(async {
        let key = shelf.key();
        let mut entry = lock(store, &key).await.expect("a lock");
        let found = entry.load().await.expect("read");
        let next = found.map_or(1, |found| crate::version::version(&found) + 1);
        entry.save(&crate::version::token(next)).await.expect("kept");
        entry.release().await;
        next
    })
}

pub(crate) fn read(store: &dyn TokenStore, shelf: &Shelf) -> Option<TokenSet> {
    wait_for(store.load(&shelf.key())).expect("an entry that can be read")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()).collect()
}

fn ending(file: &Path) -> String {
    file.extension().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_private(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().expect("there").permissions().mode() & 0o077 == 0
}

pub(crate) fn wait_for<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// After how many kills all writers die, so that what they leave can be looked at.
const AT_ONCE: u64 = 25;
