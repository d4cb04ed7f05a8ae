//! What keeps the secrets of a keyring.

use std::fmt::Debug;

use super::KeyringFault;
use crate::secret::Secret;

/// A place for secrets under names, each of a few kilobytes at most.
///
/// A call may block for as long as it likes: [`Keyring`](super::Keyring) makes it on a thread of its own and
/// does not wait for it for ever. It never asks a person for anything.
pub trait Vault: Debug + Send + Sync {
    /// The secret under a name; `None` where there is none.
    ///
    /// # Errors
    ///
    /// The [`KeyringFault`] says why that cannot be told.
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyringFault>;

    /// Keeps a secret under a name, in place of the one before.
    ///
    /// # Errors
    ///
    /// The [`KeyringFault`] says why it is not kept.
    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyringFault>;

    /// Forgets the secret under a name, and says whether there was one.
    ///
    /// # Errors
    ///
    /// The [`KeyringFault`] says why it may still be there.
    fn delete(&self, name: &str) -> Result<bool, KeyringFault>;
}
