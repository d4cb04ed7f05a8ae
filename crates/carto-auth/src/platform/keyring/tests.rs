use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

/// A vault that counts what is asked of it, and is out of order in one way.
#[derive(Debug)]
struct Odd {
    inner: MemoryVault,
    calls: AtomicUsize,
    disorder: Disorder,
}

#[derive(Debug)]
enum Disorder {
    None,
    Fault(KeyringFault),
    Forgets,
    /// A call answers when it is let go, and says so afterwards.
    Hangs {
        go: Mutex<Receiver<()>>,
        done: Sender<()>,
    },
    Panics,
}

impl Odd {
    fn new(disorder: Disorder) -> Arc<Self> {
        Arc::new(Self { inner: MemoryVault::new(), calls: AtomicUsize::new(0), disorder })
    }

    fn keyring(self: &Arc<Self>) -> Keyring {
        let hangs = matches!(self.disorder, Disorder::Hangs { .. });
        let limit = if hangs { Duration::from_millis(50) } else { LIMIT };
        Keyring::with_limit(Arc::clone(self) as Arc<dyn Vault>, limit)
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn enter(&self) -> Result<(), KeyringFault> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match &self.disorder {
            Disorder::None | Disorder::Forgets => Ok(()),
            Disorder::Fault(fault) => Err(fault.clone()),
            Disorder::Hangs { go, .. } => {
                let _ = go.lock().expect("a lock").recv();
                Ok(())
            }
            Disorder::Panics => std::panic::resume_unwind(Box::new("a panic of the keyring")),
        }
    }
}

impl Vault for Odd {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyringFault> {
        self.enter()?;
        self.inner.get(name)
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyringFault> {
        self.enter()?;
        if matches!(self.disorder, Disorder::Forgets) { Ok(()) } else { self.inner.set(name, secret) }
    }

    fn delete(&self, name: &str) -> Result<bool, KeyringFault> {
        self.enter()?;
        let result = self.inner.delete(name);
        if let Disorder::Hangs { done, .. } = &self.disorder {
            let _ = done.send(());
        }
        result
    }
}

fn secret() -> Secret {
    Secret::new("canary")
}

#[tokio::test]
async fn a_keyring_is_probed_once_before_the_first_secret_and_keeps_nothing_of_it() {
    let vault = Odd::new(Disorder::None);
    let keyring = vault.keyring();
    keyring.set("name", &secret()).await.expect("set");
    assert_eq!(vault.calls(), 4, "a probe of three calls, and one");
    keyring.clone().set("name", &Secret::new("other")).await.expect("set");
    assert_eq!(vault.calls(), 5);
    assert_eq!(keyring.get("name").await, Ok(Some(Secret::new("other"))));
    assert_eq!(keyring.delete("name").await, Ok(true));
    assert_eq!(keyring.delete("name").await, Ok(false));
    assert_eq!(keyring.get("name").await, Ok(None));
    assert_eq!(format!("{:?}", vault.inner), format!("{:?}", MemoryVault::new()));
}

#[tokio::test]
async fn one_that_failed_is_not_asked_again_for_now_and_says_why() {
    for disorder in [Disorder::Fault(KeyringFault::Locked), Disorder::Forgets, Disorder::Panics] {
        let vault = Odd::new(disorder);
        let keyring = vault.keyring();
        let fault = keyring.set("name", &secret()).await.expect_err("a fault");
        let calls = vault.calls();
        assert_eq!(keyring.set("name", &secret()).await, Err(fault.clone()));
        assert_eq!(keyring.clone().get("name").await, Err(fault.clone()));
        assert_eq!(keyring.probe().await, Err(fault.clone()));
        assert_eq!(vault.calls(), calls, "{fault}");
        assert!(fault.hint().is_some_and(|hint| hint.contains("CARTO_AUTH_KEYRING=off")));
    }
}

#[tokio::test]
async fn one_that_was_locked_is_asked_again_after_a_while_and_one_that_is_missing_is_not() {
    for (disorder, probes) in [
        (KeyringFault::Locked, 2),
        (KeyringFault::Silent(LIMIT), 2),
        (KeyringFault::Absent("gone".into()), 1),
    ] {
        let vault = Odd::new(Disorder::Fault(disorder.clone()));
        let keyring = Keyring::with(Ok(Arc::clone(&vault) as Arc<dyn Vault>), LIMIT, Duration::ZERO);
        for _ in 0..2 {
            assert_eq!(keyring.probe().await, Err(disorder.clone()));
        }
        assert_eq!(vault.calls(), probes, "{disorder}");
    }
}

#[tokio::test]
async fn one_that_is_silent_is_left_and_what_comes_too_late_is_taken_out_again() {
    let (go, wait) = channel();
    let (done, undone) = channel();
    let vault = Odd::new(Disorder::Hangs { go: Mutex::new(wait), done });
    let keyring = vault.keyring();
    // It has worked so far.
    keyring.remember(None);
    let fault = keyring.set("name", &secret()).await.expect_err("a fault");
    assert_eq!(fault.to_string(), "the system's keyring has not answered within 0.05 s");
    drop(go);
    undone.recv().expect("deleted");
    assert_eq!(vault.inner.get("name"), Ok(None));
}

#[tokio::test]
async fn another_process_finds_out_for_itself() {
    let vault = Odd::new(Disorder::None);
    let keyring = vault.keyring();
    keyring.remember(Some(&KeyringFault::Locked));
    assert_eq!(keyring.probe().await, Err(KeyringFault::Locked));
    // As a forked child finds it.
    let parents =
        Verdict { process: std::process::id() + 1, fault: Some(KeyringFault::Locked), at: Instant::now() };
    keyring.0.verdict.store(Some(Arc::new(parents)));
    assert_eq!(keyring.probe().await, Ok(()));
}

#[tokio::test]
async fn where_there_is_none_nothing_is_asked() {
    let nowhere = Keyring::none("there is no D-Bus session here");
    let fault = nowhere.set("name", &secret()).await.expect_err("a fault");
    assert_eq!((fault.to_string(), fault.hint()), ("there is no D-Bus session here".to_owned(), None));
    let system = Keyring::system(&Variables::default());
    assert!(cfg!(any(target_os = "macos", windows)) || system.probe().await.is_err());
}

#[cfg(all(feature = "keyring", unix, not(target_os = "macos")))]
#[test]
fn the_address_of_the_session_is_the_one_that_is_set_or_the_socket_of_systemd() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let address = |pairs: &[(&str, &str)]| secret_service::address(&pairs.iter().copied().collect());
    assert_eq!(address(&[]), None);
    assert_eq!(address(&[("XDG_RUNTIME_DIR", &path)]), None, "there is no socket");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("bus")).expect("a socket");
    assert_eq!(address(&[("XDG_RUNTIME_DIR", &path)]), Some(format!("unix:path={path}/bus")));
    let set = [("XDG_RUNTIME_DIR", &*path), ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/set")];
    assert_eq!(address(&set).as_deref(), Some("unix:path=/set"));
}
