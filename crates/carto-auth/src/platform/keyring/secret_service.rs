//! The Secret Service of a Linux desktop (freedesktop.org, Secret Service API Draft 0.2).
//!
//! Every call has a connection and a runtime of its own, which end with it: nothing is there for a fork to
//! carry over. What is locked stays locked, since unlocking would open a window in the middle of somebody's
//! work.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use ::secret_service::{EncryptionType, Error, SecretService};
use zeroize::Zeroizing;

use super::{KeyringFault, Vault};
use crate::platform::Variables;
use crate::secret::Secret;

/// The Secret Service at the D-Bus session with this address.
#[derive(Debug)]
pub(super) struct SecretServiceVault {
    address: String,
}

/// The address of the D-Bus session (D-Bus specification, "Well-known Message Bus Instances"), or where its
/// socket is on a system with systemd.
pub(super) fn address(variables: &Variables) -> Option<String> {
    if let Some(address) = variables.get("DBUS_SESSION_BUS_ADDRESS") {
        return Some(address.to_owned());
    }
    let socket = Path::new(variables.get("XDG_RUNTIME_DIR")?).join("bus");
    socket.exists().then(|| format!("unix:path={}", socket.display()))
}

impl SecretServiceVault {
    pub(super) fn new(address: String) -> Self {
        Self { address }
    }

    /// Does something at the service, and stops by itself when nobody waits for it any more.
    fn at_service<T>(
        &self,
        work: impl AsyncFnOnce(&SecretService<'_>) -> Result<T, Fault>,
    ) -> Result<T, KeyringFault> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| KeyringFault::Failed(error.to_string()))?;
        let work = async {
            let connection = zbus::connection::Builder::address(self.address.as_str())?.build().await?;
            let service = SecretService::connect_with_existing(EncryptionType::Dh, connection).await?;
            work(&service).await
        };
        let done = runtime.block_on(async { tokio::time::timeout(LIMIT, work).await });
        done.map_err(|_| KeyringFault::Silent(LIMIT))?.map_err(|fault| fault.0)
    }
}

impl Vault for SecretServiceVault {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyringFault> {
        self.at_service(async |service| {
            let found = service.search_items(attributes(name)).await?;
            let Some(item) = found.unlocked.first() else {
                return if found.locked.is_empty() { Ok(None) } else { Err(Fault(KeyringFault::Locked)) };
            };
            let secret = Zeroizing::new(item.get_secret().await?);
            // What is no text was not put there by us.
            Ok(std::str::from_utf8(&secret).ok().map(Secret::new))
        })
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyringFault> {
        self.at_service(async |service| {
            let collection = service.get_default_collection().await?;
            collection.ensure_unlocked().await?;
            let item = collection
                .create_item(LABEL, attributes(name), secret.expose().as_bytes(), true, "text/plain")
                .await?;
            // One of the same name may be in a collection that was the default before, and would be found first.
            for other in service.search_items(attributes(name)).await?.unlocked {
                if other.item_path != item.item_path {
                    other.delete().await?;
                }
            }
            Ok(())
        })
    }

    fn delete(&self, name: &str) -> Result<bool, KeyringFault> {
        self.at_service(async |service| {
            let found = service.search_items(attributes(name)).await?;
            if !found.locked.is_empty() {
                return Err(Fault(KeyringFault::Locked));
            }
            for item in &found.unlocked {
                item.delete().await?;
            }
            Ok(!found.unlocked.is_empty())
        })
    }
}

/// What an item is found by.
fn attributes(name: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", "carto-auth"), ("username", name)])
}

/// Lets `?` turn the errors of two crates into what is wrong with the keyring.
struct Fault(KeyringFault);

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self(match error {
            Error::Locked | Error::Prompt | Error::PromptDisconnected => KeyringFault::Locked,
            Error::Unavailable => no_service(),
            Error::NoResult => KeyringFault::Failed("it has no collection that is the default".into()),
            Error::Zbus(error) => return error.into(),
            Error::ZbusFdo(zbus::fdo::Error::ZBus(error)) => return error.into(),
            other => KeyringFault::Failed(other.to_string()),
        })
    }
}

impl From<zbus::Error> for Fault {
    fn from(error: zbus::Error) -> Self {
        Self(match error {
            zbus::Error::InputOutput(error) => {
                KeyringFault::Absent(format!("the D-Bus session cannot be reached ({error})"))
            }
            zbus::Error::Address(_) => {
                KeyringFault::Absent("the address of the D-Bus session is none".into())
            }
            zbus::Error::MethodError(name, text, _) => match name.as_str() {
                "org.freedesktop.Secret.Error.IsLocked" => KeyringFault::Locked,
                name if NO_SERVICE.contains(&name) || name.starts_with(NOT_STARTED) => no_service(),
                name => KeyringFault::Failed(text.unwrap_or_else(|| name.to_owned())),
            },
            other => KeyringFault::Failed(other.to_string()),
        })
    }
}

fn no_service() -> KeyringFault {
    KeyringFault::Absent("there is no keyring at this D-Bus session".into())
}

/// What the bus answers for a service that it does not know.
const NO_SERVICE: [&str; 3] = [
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.NoReply",
];

/// What it answers for one that it could not start, with the reason behind it.
const NOT_STARTED: &str = "org.freedesktop.DBus.Error.Spawn";

/// How people see an entry in the program that shows their keyring.
const LABEL: &str = "CARTO sign-in (carto-auth)";

/// When a call gives up: whoever made it has gone by then.
const LIMIT: Duration = Duration::from_secs(3);
