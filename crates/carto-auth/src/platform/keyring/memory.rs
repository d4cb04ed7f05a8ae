//! Secrets that end with the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{KeyringFault, Vault};
use crate::secret::Secret;

/// A vault in memory, for tests and for a program that wants to touch nothing of the system.
///
/// Cloning is cheap, and the clones share what they keep.
#[derive(Clone, Debug, Default)]
pub struct MemoryVault(Arc<Mutex<HashMap<String, Secret>>>);

impl MemoryVault {
    /// A vault with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    fn secrets(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        // Nothing in here panics half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for MemoryVault {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyringFault> {
        Ok(self.secrets().get(name).cloned())
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyringFault> {
        self.secrets().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<bool, KeyringFault> {
        Ok(self.secrets().remove(name).is_some())
    }
}
