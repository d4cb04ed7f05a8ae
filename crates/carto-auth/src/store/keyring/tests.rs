use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::platform::{
    Heard, KeyringFault, Links, MemoryVault, Platform, Prompt, Variables, Vault, read_small,
};
use crate::store::{KeyParts, Kind};

const NOON: i64 = 1_800_000_000;

/// A vault that counts its calls and fails as it is told to.
#[derive(Debug, Default)]
struct Moody {
    inner: MemoryVault,
    calls: AtomicUsize,
    sets: AtomicUsize,
    fault: Mutex<Option<KeyringFault>>,
    is_forgetful: bool,
}

impl Moody {
    fn enter(&self) -> Result<(), KeyringFault> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.fault.lock().expect("whole").clone().map_or(Ok(()), Err)
    }

    fn fails(&self, fault: impl Into<Option<KeyringFault>>) {
        *self.fault.lock().expect("whole") = fault.into();
    }
}

impl Vault for Moody {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyringFault> {
        self.enter()?;
        self.inner.get(name)
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyringFault> {
        self.enter()?;
        self.sets.fetch_add(1, Ordering::SeqCst);
        if self.is_forgetful { Ok(()) } else { self.inner.set(name, secret) }
    }

    fn delete(&self, name: &str) -> Result<bool, KeyringFault> {
        self.enter()?;
        self.inner.delete(name)
    }
}

/// One that answers nobody until it is dropped.
#[derive(Debug)]
struct Mute(Mutex<std::sync::mpsc::Receiver<()>>);

impl Mute {
    fn answer<T>(&self) -> Result<T, KeyringFault> {
        let _ = self.0.lock().expect("whole").recv();
        Err(KeyringFault::Locked)
    }
}

impl Vault for Mute {
    fn get(&self, _: &str) -> Result<Option<Secret>, KeyringFault> {
        self.answer()
    }

    fn set(&self, _: &str, _: &Secret) -> Result<(), KeyringFault> {
        self.answer()
    }

    fn delete(&self, _: &str) -> Result<bool, KeyringFault> {
        self.answer()
    }
}

/// A machine with a folder, a keyring, and somebody who remembers what was said.
struct World {
    folder: tempfile::TempDir,
    vault: Arc<Moody>,
    said: Arc<Heard>,
}

impl World {
    fn new() -> Self {
        Self::with(Moody::default())
    }

    fn with(vault: Moody) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, vault: Arc::new(vault), said: Arc::default() }
    }

    fn platform(&self) -> Platform {
        let home = self.folder.path().display().to_string();
        Platform {
            prompt: Arc::clone(&self.said) as Arc<dyn Prompt>,
            ..Platform::headless(Variables::from_iter([("HOME", home)]))
        }
    }

    /// The store as a process that starts has it: what it found out about the keyring goes with it.
    fn process(&self) -> KeyringStore {
        self.process_with(Keyring::new(Arc::clone(&self.vault) as Arc<dyn Vault>))
    }

    fn process_with(&self, keyring: Keyring) -> KeyringStore {
        KeyringStore::new(self.files(".carto-auth"), keyring)
    }

    fn process_in(&self, files: FileStore) -> KeyringStore {
        KeyringStore::new(files, Keyring::new(Arc::clone(&self.vault) as Arc<dyn Vault>))
    }

    fn files(&self, folder: &str) -> FileStore {
        FileStore::in_folder(self.folder.path().join(folder), &self.platform())
    }

    /// What is in the file.
    fn text(&self) -> String {
        let path: PathBuf = self.files(".carto-auth").path(&key());
        let bytes = read_small(&path, 100_000, Links::Refuse).expect("a file").bytes;
        String::from_utf8(bytes).expect("text")
    }

    fn in_keyring(&self) -> Option<Secret> {
        self.vault.inner.get(self.process().name(&key()).as_str()).expect("got")
    }

    fn calls(&self) -> usize {
        self.vault.calls.load(Ordering::SeqCst)
    }

    fn sets(&self) -> usize {
        self.vault.sets.load(Ordering::SeqCst)
    }

    fn warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.said.0.lock().expect("whole"))
    }
}

fn key() -> TokenKey {
    key_of(Kind::OAuth)
}

fn key_of(kind: Kind) -> TokenKey {
    TokenKey::new(KeyParts {
        kind,
        issuer: "https://auth.carto.com".into(),
        client_id: "client".into(),
        audience: "audience".into(),
        organization: None,
        scopes: vec![],
        api_base_url: None,
        account: "default".into(),
    })
}

fn token(refresh_token: &str) -> TokenSet {
    TokenSet {
        refresh_token: Some(Secret::new(refresh_token)),
        ..TokenSet::new(
            Secret::new(format!("access of {refresh_token}").replace(' ', "-")),
            NOON,
            Some(86_400),
        )
    }
}

async fn save(store: &KeyringStore, token: &TokenSet) {
    lock(store).await.save(token).await.expect("saved");
}

async fn load(store: &KeyringStore) -> TokenSet {
    lock(store).await.load().await.expect("loaded").expect("a token")
}

async fn lock(store: &KeyringStore) -> Box<dyn LockedEntry> {
    store.try_lock(&key()).await.expect("tried").expect("free")
}

async fn place(store: &KeyringStore) -> Option<String> {
    store.refresh_place(&key()).await.map(|place| place.words)
}

#[tokio::test]
async fn a_refresh_token_rests_in_the_keyring_and_is_read_there_only_under_the_lock() {
    let world = World::new();
    save(&world.process(), &token("canary")).await;
    assert_eq!(world.in_keyring(), Some(Secret::new("canary")));
    assert!(!world.text().contains("\"canary"), "{}", world.text());

    let (process, calls) = (world.process(), world.calls());
    let found = process.load(&key()).await.expect("loaded").expect("a token");
    assert_eq!((found.refresh_token.clone(), found.refresh_in_keyring, found.renews()), (None, true, true));
    assert_eq!(world.calls(), calls, "a look without the lock asks no keyring");
    assert_eq!(load(&process).await, token("canary"));
    assert_eq!(world.calls(), calls + 1);
    assert_eq!(place(&process).await.as_deref(), Some("in the system's keyring"));
}

#[tokio::test]
async fn the_keyring_is_written_only_when_the_refresh_token_changes() {
    let world = World::new();
    let process = world.process();
    save(&process, &token("one")).await;
    let sets = world.sets();
    save(&process, &TokenSet { refresh_sent_at: Some(NOON), ..token("one") }).await;
    assert!(!load(&process).await.renews(), "the mark is there");
    let with_url = TokenSet { api_base_url: Some("https://api.example.com".into()), ..token("one") };
    save(&process, &with_url).await;
    // As somebody who has not read the keyring saves it.
    let unread = TokenSet { refresh_token: None, refresh_in_keyring: true, ..with_url.clone() };
    save(&process, &unread).await;
    assert_eq!((world.sets(), load(&process).await), (sets, with_url));

    save(&process, &token("two")).await;
    assert_eq!((world.sets(), world.in_keyring()), (sets + 1, Some(Secret::new("two"))));
    save(&process, &TokenSet { refresh_token: None, ..token("two") }).await;
    assert_eq!(world.in_keyring(), None, "a token without one leaves none behind");
    assert!(!load(&process).await.renews());
    assert_eq!(place(&process).await, None);
}

#[tokio::test]
async fn after_a_crash_between_the_two_writes_no_refresh_token_is_sent() {
    let world = World::new();
    let process = world.process();
    save(&process, &token("one")).await;
    let name = process.name(&key());
    // The keyring has the new one, and the file the old one, or the other way round; or it was damaged.
    for other in ["two", "", "one\n", "{\"canary\": 1}"] {
        world.vault.inner.set(&name, &Secret::new(other)).expect("set");
        let found = load(&process).await;
        assert_eq!(found.refresh_token, None, "{other:?}");
        assert_eq!(found.access_token, token("one").access_token, "it is good to its end");
        assert_eq!(place(&process).await.as_deref(), Some(OF_ANOTHER_MACHINE));
    }
    save(&process, &token("three")).await;
    assert_eq!(load(&process).await, token("three"), "a sign-in mends it");
}

#[tokio::test]
async fn where_the_keyring_does_not_work_it_rests_in_the_file_until_it_does() {
    let full = KeyringFault::Failed("it is full".into());
    for fault in [KeyringFault::Locked, full] {
        let world = World::new();
        world.vault.fails(fault.clone());
        let process = world.process();
        save(&process, &token("one")).await;
        assert!(world.text().contains("\"one\""), "{}", world.text());
        assert_eq!(load(&process).await, token("one"));
        assert_eq!(place(&process).await, Some(format!("in the file, since {fault}")));

        // It mends, and a process that starts finds that out with the next renewal.
        world.vault.fails(None);
        let next = world.process();
        save(&next, &TokenSet { refresh_sent_at: Some(NOON), ..token("one") }).await;
        assert_eq!(world.in_keyring(), None, "a mark moves nothing");
        assert_eq!(place(&next).await.as_deref(), Some("in the file, until the next renewal"));
        let renewed = TokenSet { access_token: Secret::new("renewed"), ..token("one") };
        save(&next, &renewed).await;
        assert_eq!((world.in_keyring(), load(&next).await), (Some(Secret::new("one")), renewed));
        assert!(!world.text().contains("\"one\""));
    }
}

#[tokio::test]
async fn one_that_forgets_or_never_answers_is_none() {
    let world = World::with(Moody { is_forgetful: true, ..Moody::default() });
    save(&world.process(), &token("one")).await;
    assert_eq!(load(&world.process()).await, token("one"));

    let world = World::new();
    let (_held, wait) = std::sync::mpsc::channel();
    let mute = Keyring::with_limit(Arc::new(Mute(Mutex::new(wait))), Duration::from_millis(50));
    let process = world.process_with(mute);
    save(&process, &token("one")).await;
    assert_eq!(load(&process).await, token("one"));
    let words = place(&process).await;
    assert_eq!(
        words.as_deref(),
        Some("in the file, since the system's keyring has not answered within 0.05 s")
    );
}

#[tokio::test]
async fn what_is_in_a_keyring_that_is_locked_stays_there_and_the_person_is_told() {
    let world = World::new();
    save(&world.process(), &token("one")).await;
    world.vault.fails(KeyringFault::Locked);
    let process = world.process();
    let found = load(&process).await;
    assert_eq!((found.refresh_token.clone(), found.refresh_in_keyring), (None, true));
    let warnings = world.warnings();
    assert!(warnings[0].contains("keyring is locked") && warnings[0].contains("unlock it"), "{warnings:?}");
    assert!(warnings[0].contains("CARTO_AUTH_KEYRING=off"), "{warnings:?}");
    let place = process.refresh_place(&key()).await.expect("a place");
    assert!(!place.is_at_hand && place.words.contains("locked"), "{place:?}");
    // Saving what could not be read loses nothing.
    save(&process, &found).await;
    world.vault.fails(None);
    assert_eq!(load(&world.process()).await, token("one"));

    // A sign-in meanwhile rests in the file, and what is in the keyring is not taken for it.
    world.vault.fails(KeyringFault::Locked);
    save(&world.process(), &token("two")).await;
    world.vault.fails(None);
    assert_eq!(load(&world.process()).await, token("two"));
}

#[tokio::test]
async fn what_is_removed_is_gone_from_both() {
    let world = World::new();
    let process = world.process();
    save(&process, &token("one")).await;
    assert!(lock(&process).await.remove().await.expect("removed"));
    assert_eq!((world.in_keyring(), process.load(&key()).await.expect("loaded")), (None, None));
    assert!(!lock(&process).await.remove().await.expect("nothing to remove"));

    save(&process, &token("two")).await;
    world.vault.fails(KeyringFault::Locked);
    let error = lock(&process).await.remove().await.expect_err("not from the keyring");
    assert!(
        error.to_string().starts_with("the refresh token stays in the system's keyring, since"),
        "{error}"
    );
    assert_eq!(process.load(&key()).await.expect("loaded"), None, "it is gone from the file");
    // It goes with the next sign-out.
    world.vault.fails(None);
    assert!(lock(&world.process()).await.remove().await.expect("removed"));
    assert_eq!(world.in_keyring(), None);
}

#[tokio::test]
async fn jobs_touch_no_keyring() {
    let world = World::new();
    let (process, job) = (world.process(), key_of(Kind::M2m));
    let mut entry = process.try_lock(&job).await.expect("tried").expect("free");
    entry.save(&TokenSet { refresh_token: None, ..token("x") }).await.expect("saved");
    entry.load().await.expect("loaded").expect("a token");
    entry.remove().await.expect("removed");
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn on_a_shared_user_a_refresh_token_rests_in_its_process_alone() {
    let world = World::new();
    let (process, other) = (
        KeyringStore::in_process(world.files(".carto-auth")),
        KeyringStore::in_process(world.files(".carto-auth")),
    );
    save(&process, &token("canary")).await;
    assert!(!world.text().contains("\"canary"), "{}", world.text());
    assert!(!world.text().contains("refresh_in_keyring"), "{}", world.text());
    assert!(process.load(&key()).await.expect("loaded").expect("a token").renews());
    assert_eq!(load(&process).await, token("canary"));
    assert!(place(&process).await.expect("a place").starts_with("in this process only"));
    assert!(!other.load(&key()).await.expect("loaded").expect("a token").renews());
    assert_eq!((load(&other).await.refresh_token, place(&other).await), (None, None));

    // Another process signs in: ours is none for that token.
    save(&other, &token("theirs")).await;
    assert_eq!(load(&process).await.refresh_token, None);
    lock(&other).await.remove().await.expect("removed");
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn two_folders_have_names_of_their_own_in_one_keyring() {
    let world = World::new();
    let keyring = Keyring::new(Arc::clone(&world.vault) as Arc<dyn Vault>);
    let other = KeyringStore::new(world.files("other"), keyring);
    save(&other, &token("two")).await;
    save(&world.process(), &token("one")).await;
    assert_eq!((load(&world.process()).await, load(&other).await), (token("one"), token("two")));
}

#[tokio::test]
async fn two_homes_have_names_of_their_own_in_one_keyring() {
    let (world, snap) = (World::new(), World::new());
    let keyring = Keyring::new(Arc::clone(&world.vault) as Arc<dyn Vault>);
    let in_snap = KeyringStore::new(snap.files(".carto-auth"), keyring);
    save(&world.process(), &token("one")).await;
    save(&in_snap, &token("two")).await;
    assert_eq!((load(&world.process()).await, load(&in_snap).await), (token("one"), token("two")));
    lock(&in_snap).await.remove().await.expect("removed");
    assert_eq!(load(&world.process()).await, token("one"), "a logout ends its own");
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_is_not_there_yet_has_the_name_that_it_has_afterwards() {
    let world = World::new();
    let link = world.folder.path().join("link");
    std::os::unix::fs::symlink(world.folder.path(), &link).expect("linked");
    let process = || world.process_in(FileStore::in_folder(link.join("a/b/"), &world.platform()));
    let name = process().name(&key());
    save(&process(), &token("one")).await;
    assert_eq!((process().name(&key()), load(&process()).await), (name, token("one")));
    let direct = world.process_in(world.files("a/b"));
    assert_eq!(load(&direct).await, token("one"), "one folder has one name");
}
