//! The keyring of the system, where a secret may rest that lives for months.
//!
//! It is a service that may be missing, locked or silent. So no call of a [`Keyring`] takes longer than 3
//! seconds: each runs on a thread of its own, which is never joined and keeps no process from its end. A
//! keyring is probed before the first secret is given to it, and one that has failed is not asked again for a minute,
//! one that is not there never by this process. Nothing else stays between two calls, and that stays under the id of the process,
//! so that a forked child finds out for itself. What belongs in a keyring is the store's to decide.

mod fault;
mod memory;
#[cfg(all(feature = "keyring", any(target_os = "macos", windows)))]
mod native;
#[cfg(all(feature = "keyring", unix, not(target_os = "macos")))]
mod secret_service;
#[cfg(test)]
mod tests;
mod vault;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use tokio::sync::oneshot;

use super::Variables;
use crate::secret::Secret;

pub use self::fault::KeyringFault;
pub use self::memory::MemoryVault;
pub use self::vault::Vault;

/// A keyring that answers within a time, or is none.
///
/// Cloning is cheap, and the clones share what is known of it.
#[derive(Clone, Debug)]
pub struct Keyring(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    vault: Result<Arc<dyn Vault>, KeyringFault>,
    limit: Duration,
    rest: Duration,
    verdict: ArcSwapOption<Verdict>,
}

/// What this process knows of a keyring.
#[derive(Debug)]
struct Verdict {
    process: u32,
    fault: Option<KeyringFault>,
    at: Instant,
}

impl Keyring {
    /// No keyring, and why, as in "there is no D-Bus session here".
    pub fn none(why: impl Into<String>) -> Self {
        Self::with(Err(KeyringFault::Absent(why.into())), LIMIT, REST)
    }

    /// The keyring that a vault makes.
    pub fn new(vault: Arc<dyn Vault>) -> Self {
        Self::with(Ok(vault), LIMIT, REST)
    }

    /// The same with another limit for each call than 3 seconds.
    pub fn with_limit(vault: Arc<dyn Vault>, limit: Duration) -> Self {
        Self::with(Ok(vault), limit, REST)
    }

    /// The keyring of this system. On Linux it is found by `DBUS_SESSION_BUS_ADDRESS`, or by the socket
    /// `bus` in `XDG_RUNTIME_DIR`; where there is neither, nothing is asked. It is the same one for a whole
    /// process.
    pub fn system(variables: &Variables) -> Self {
        let (address, vault) = system(variables);
        let process = std::process::id();
        if let Some(known) = SYSTEM.load_full()
            && known.process == process
            && known.address == address
        {
            return known.keyring.clone();
        }
        let keyring = Self::with(vault, LIMIT, REST);
        SYSTEM.store(Some(Arc::new(System { process, address, keyring: keyring.clone() })));
        keyring
    }

    /// Says whether a secret can be kept here: whether one that is put in comes out again. Asked once in a
    /// process.
    ///
    /// # Errors
    ///
    /// The [`KeyringFault`] says why not.
    pub async fn probe(&self) -> Result<(), KeyringFault> {
        if self.known().is_some() {
            return self.known_fault().map_or(Ok(()), Err);
        }
        let result = self.call(probe, |_| ()).await;
        self.remember(result.as_ref().err());
        result
    }

    /// The secret under a name; `None` where there is none.
    ///
    /// # Errors
    ///
    /// The [`KeyringFault`] says why that cannot be told.
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, KeyringFault> {
        let name = name.to_owned();
        self.call(move |vault| vault.get(&name), |_| ()).await
    }

    /// Keeps a secret under a name, in place of the one before.
    ///
    /// # Errors
    ///
    /// The [`KeyringFault`] says why it is not kept. What arrives after its time is taken out again.
    pub async fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyringFault> {
        self.probe().await?;
        let (name, secret) = (name.to_owned(), secret.clone());
        let late = (name.clone(), secret.clone());
        let undo = move |vault: &dyn Vault| {
            let (name, secret) = late;
            if matches!(vault.get(&name), Ok(Some(found)) if found == secret) {
                let _ = vault.delete(&name);
            }
        };
        self.call(move |vault| vault.set(&name, &secret), undo).await
    }

    /// Forgets the secret under a name, and says whether there was one.
    ///
    /// # Errors
    ///
    /// The [`KeyringFault`] says why it may still be there.
    pub async fn delete(&self, name: &str) -> Result<bool, KeyringFault> {
        let name = name.to_owned();
        self.call(move |vault| vault.delete(&name), |_| ()).await
    }

    fn with(vault: Result<Arc<dyn Vault>, KeyringFault>, limit: Duration, rest: Duration) -> Self {
        Self(Arc::new(Inner { vault, limit, rest, verdict: ArcSwapOption::empty() }))
    }

    /// Asks the vault on a thread of its own. An answer that nobody waits for any more is undone.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Vault) -> Result<T, KeyringFault> + Send + 'static,
        undo: impl FnOnce(&dyn Vault) + Send + 'static,
    ) -> Result<T, KeyringFault> {
        if let Some(fault) = self.known_fault() {
            return Err(fault);
        }
        let vault = self.0.vault.clone()?;
        // Whoever tries what needs no runtime without one sees here that this does.
        tokio::task::yield_now().await;
        let (sender, receiver) = oneshot::channel();
        let thread = std::thread::Builder::new().name("keyring".into()).spawn(move || {
            if sender.send(work(&*vault)).is_err() {
                undo(&*vault);
            }
        });
        let result = match thread {
            Err(error) => Err(KeyringFault::Failed(error.to_string())),
            Ok(_) => match tokio::time::timeout(self.0.limit, receiver).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(KeyringFault::Failed("it gave up".into())),
                Err(_) => Err(KeyringFault::Silent(self.0.limit)),
            },
        };
        if let Err(fault) = &result {
            tracing::debug!(%fault, "the keyring is not used for now");
            self.remember(Some(fault));
        }
        result
    }

    fn known(&self) -> Option<Arc<Verdict>> {
        let counts = |verdict: &Arc<Verdict>| {
            let may_mend = verdict.fault.as_ref().is_some_and(KeyringFault::may_mend);
            verdict.process == std::process::id() && !(may_mend && verdict.at.elapsed() >= self.0.rest)
        };
        self.0.verdict.load_full().filter(counts)
    }

    fn known_fault(&self) -> Option<KeyringFault> {
        self.known().and_then(|verdict| verdict.fault.clone())
    }

    fn remember(&self, fault: Option<&KeyringFault>) {
        let verdict = Verdict { process: std::process::id(), fault: fault.cloned(), at: Instant::now() };
        self.0.verdict.store(Some(Arc::new(verdict)));
    }
}

/// Puts something in, takes it out and forgets it: a keyring that only answers is no keyring.
fn probe(vault: &dyn Vault) -> Result<(), KeyringFault> {
    let text = format!("{:016x}", getrandom::u64().unwrap_or_default());
    // Two processes that probe at once must not find each other's.
    let (name, secret) = (format!("probe {text}"), Secret::new(text));
    vault.set(&name, &secret)?;
    let found = vault.get(&name);
    let forgotten = vault.delete(&name);
    match found?.filter(|found| *found == secret) {
        Some(_) => forgotten.map(drop),
        None => Err(KeyringFault::Forgetful),
    }
}

#[cfg(all(feature = "keyring", unix, not(target_os = "macos")))]
fn system(variables: &Variables) -> (Option<String>, Result<Arc<dyn Vault>, KeyringFault>) {
    match secret_service::address(variables) {
        Some(address) => {
            (Some(address.clone()), Ok(Arc::new(secret_service::SecretServiceVault::new(address))))
        }
        None => (None, Err(KeyringFault::Absent("there is no D-Bus session here".into()))),
    }
}

#[cfg(all(feature = "keyring", any(target_os = "macos", windows)))]
fn system(_: &Variables) -> (Option<String>, Result<Arc<dyn Vault>, KeyringFault>) {
    (None, Ok(Arc::new(native::NativeVault)))
}

#[cfg(not(feature = "keyring"))]
fn system(_: &Variables) -> (Option<String>, Result<Arc<dyn Vault>, KeyringFault>) {
    (None, Err(KeyringFault::Absent("this program was built without a keyring".into())))
}

/// The keyring of the system as this process knows it. It is read and written without a lock, which a
/// forked child could find held for ever.
static SYSTEM: ArcSwapOption<System> = ArcSwapOption::const_empty();

struct System {
    process: u32,
    address: Option<String>,
    keyring: Keyring,
}

/// How long a call may take.
const LIMIT: Duration = Duration::from_secs(3);

/// How long one that has failed is left alone. Somebody may unlock it meanwhile.
const REST: Duration = Duration::from_secs(60);
