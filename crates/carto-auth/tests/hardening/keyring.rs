//! K13: a keyring that is missing, locked, silent or mad. The command's tests play it with a real one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use carto_auth::platform::{Keyring, KeyringFault, MemoryVault, Vault};
use carto_auth::{CartoAuth, ErrorKind, Options, Platform, Secret, Wanted};

use crate::world::{DAY, World};

/// A vault that is out of order in one way from the start.
#[derive(Debug)]
struct Odd {
    inner: MemoryVault,
    calls: AtomicUsize,
    disorder: Disorder,
    is_mad: AtomicBool,
}

#[derive(Clone, Copy, Debug)]
enum Disorder {
    Locked,
    Broken,
    Hangs,
    Forgets,
    Panics,
    /// Windows takes no more than this many bytes.
    Small(usize),
    /// What was put in comes out otherwise, once it is mad.
    Damages(fn(&str) -> String),
}

impl Odd {
    fn keyring(disorder: Disorder) -> (Arc<Self>, Keyring) {
        let vault = Arc::new(Self {
            inner: MemoryVault::new(),
            calls: AtomicUsize::new(0),
            disorder,
            is_mad: AtomicBool::new(false),
        });
        let keyring = Keyring::with_limit(Arc::clone(&vault) as Arc<dyn Vault>, Duration::from_millis(100));
        (vault, keyring)
    }

    fn enter(&self, size: usize) -> Result<(), KeyringFault> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match self.disorder {
            Disorder::Locked => Err(KeyringFault::Locked),
            Disorder::Broken => Err(KeyringFault::Failed("canary\u{1b}[2J".into())),
            Disorder::Hangs => loop {
                std::thread::park();
            },
            Disorder::Panics => std::panic::resume_unwind(Box::new("a panic of the keyring")),
            Disorder::Small(most) if size > most => Err(KeyringFault::Failed("too long".into())),
            Disorder::Forgets | Disorder::Small(_) | Disorder::Damages(_) => Ok(()),
        }
    }
}

impl Vault for Odd {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyringFault> {
        self.enter(0)?;
        let found = self.inner.get(name)?;
        Ok(match self.disorder {
            Disorder::Damages(damage) if self.is_mad.load(Ordering::SeqCst) => {
                found.map(|secret| Secret::new(damage(secret.expose())))
            }
            _ => found,
        })
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyringFault> {
        self.enter(secret.expose().len())?;
        if matches!(self.disorder, Disorder::Forgets) { Ok(()) } else { self.inner.set(name, secret) }
    }

    fn delete(&self, name: &str) -> Result<bool, KeyringFault> {
        self.enter(0)?;
        self.inner.delete(name)
    }
}

fn person(world: &World, keyring: &Keyring) -> CartoAuth {
    let platform = Platform { keyring: keyring.clone(), ..world.platform() };
    CartoAuth::open(platform, &Options::default(), Wanted::Person).expect("settings")
}

#[tokio::test]
async fn k13_one_that_does_not_work_costs_a_moment_and_the_refresh_token_rests_in_the_file() {
    for (disorder, why) in [
        (Disorder::Locked, "the system's keyring is locked"),
        (Disorder::Broken, "the system's keyring does not work (canary"),
        (Disorder::Hangs, "has not answered within 0.1 s"),
        (Disorder::Forgets, "does not give back what it was given"),
        (Disorder::Panics, ""),
        (Disorder::Small(20), ""),
    ] {
        let world = World::new();
        let (vault, keyring) = Odd::keyring(disorder);
        let auth = person(&world, &keyring);
        auth.sign_in().await.expect("signed in");
        auth.access_token().await.expect("a token");
        let place = auth.status().await.expect("a status").refresh_location.expect("somewhere");
        assert!(place.starts_with("in the file, since ") && place.contains(why), "{disorder:?}: {place}");
        assert!(!place.contains('\u{1b}'), "{place}");
        let calls = vault.calls.load(Ordering::SeqCst);
        world.clock.pass(2 * DAY);
        person(&world, &keyring).access_token().await.expect("renewed from the file");
        assert_eq!(vault.calls.load(Ordering::SeqCst), calls, "{disorder:?}: what has failed is remembered");
        assert_eq!((world.refreshes(), world.browser.opened().len()), (1, 1), "{disorder:?}");
    }
}

#[tokio::test]
async fn k13_where_there_is_none_nothing_is_asked_and_nobody_is_warned() {
    let world = World::new();
    let keyring = Keyring::none("there is no D-Bus session here");
    let auth = person(&world, &keyring);
    auth.sign_in().await.expect("signed in");
    let place = auth.status().await.expect("a status").refresh_location;
    assert_eq!(place.as_deref(), Some("in the file, since there is no D-Bus session here"));
    world.clock.pass(2 * DAY);
    person(&world, &keyring).access_token().await.expect("renewed");
    assert_eq!(world.person.told().matches("warning: ").count(), 0, "{}", world.person.told());
}

#[tokio::test]
async fn k13_what_comes_out_of_it_and_is_not_what_was_put_in_is_never_sent() {
    let damages: [fn(&str) -> String; 6] = [
        |secret: &str| secret[..secret.len() / 2].to_owned(),
        |secret: &str| format!("{secret}{secret}"),
        |_: &str| "garbage".to_owned(),
        |_: &str| String::new(),
        |_: &str| "\0\0\0\0".to_owned(),
        |secret: &str| secret.to_uppercase(),
    ];
    // One entry a key: there are no pieces that could be missing or be counted wrong.
    for damage in damages {
        let world = World::new();
        let (vault, keyring) = Odd::keyring(Disorder::Damages(damage));
        let auth = person(&world, &keyring);
        auth.sign_in().await.expect("signed in");
        let token = auth.access_token().await.expect("a token");
        assert_eq!(world.entry()["refresh_in_keyring"], true);
        vault.is_mad.store(true, Ordering::SeqCst);
        let headless = Platform {
            keyring: keyring.clone(),
            place: carto_auth::platform::Place::Headless,
            ..world.platform()
        };
        let next = CartoAuth::open(headless, &Options::default(), Wanted::Person).expect("settings");
        assert_eq!(next.access_token().await.expect("it rests in the file"), token);
        world.clock.pass(2 * DAY);
        let error = next.access_token().await.expect_err("it cannot be renewed");
        assert_eq!(error.kind(), ErrorKind::PersonNeeded, "{error:?}");
        assert_eq!(world.refreshes(), 0);
        person(&world, &keyring).sign_in().await.expect("signed in anew");
        assert_eq!(world.browser.opened().len(), 2);
        vault.is_mad.store(false, Ordering::SeqCst);
        world.clock.pass(2 * DAY);
        person(&world, &keyring).access_token().await.expect("renewed");
        assert_eq!(world.refreshes(), 1);
    }
}
