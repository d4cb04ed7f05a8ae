//! The Keychain of macOS and the Credential Manager of Windows.
//!
//! Neither has a connection of ours to be carried into another process.

use keyring_core::api::CredentialStoreApi as _;
use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(windows)]
use windows_native_keyring_store::Store;

use super::{KeyringFault, Vault};
use crate::secret::Secret;

/// The vault of the system.
#[derive(Debug)]
pub(super) struct NativeVault;

impl Vault for NativeVault {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyringFault> {
        match entry(name)?.get_secret() {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                // What is no text was not put there by us.
                Ok(std::str::from_utf8(&bytes).ok().map(Secret::new))
            }
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(fault(&error)),
        }
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyringFault> {
        entry(name)?.set_secret(secret.expose().as_bytes()).map_err(|error| fault(&error))
    }

    fn delete(&self, name: &str) -> Result<bool, KeyringFault> {
        match entry(name)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(fault(&error)),
        }
    }
}

fn entry(name: &str) -> Result<Entry, KeyringFault> {
    Store::new().and_then(|store| store.build("carto-auth", name, None)).map_err(|error| fault(&error))
}

fn fault(error: &Error) -> KeyringFault {
    match error {
        Error::NoStorageAccess(_) => KeyringFault::Locked,
        // Some of them carry the secret that they are about: their own words are not repeated.
        Error::BadEncoding(_) | Error::BadDataFormat(..) => {
            KeyringFault::Failed("what it gave is no text".into())
        }
        other => KeyringFault::Failed(other.to_string()),
    }
}
