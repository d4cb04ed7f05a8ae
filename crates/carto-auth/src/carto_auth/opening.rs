//! What a handle is made of, by its settings: whose tokens they are, where they rest, and on which terms they are won.
//!
//! Nothing is sent, read or written here, and nobody is asked.

use std::sync::Arc;

use crate::api::Api;
use crate::grant::{Ask, Authority};
use crate::http::Sender;
use crate::platform::{Keyring, Platform};
use crate::session::{Identity, Job, JobCredentials, Session, Store, Terms};
use crate::settings::{Credential, KeyringUse, Settings, Source, StorePlace};
use crate::store::{FileStore, KeyParts, KeyringStore, Kind, MemoryStore, TokenKey, TokenStore};
#[cfg(feature = "redis")]
use crate::store::{RedisStore, memory_beside};

/// The session of these settings.
pub(super) fn session(platform: Platform, settings: &Settings) -> Session {
    let environment = settings.environment.clone();
    let sender = Arc::new(Sender::new(&platform));
    let authority = Authority::new(environment.clone(), Arc::clone(&sender), Arc::clone(&platform.clock));
    let api = Api::new(environment, sender);
    let identity = identity(&platform, settings);
    let store = store(&platform, settings);
    Session::new(platform, authority, api, identity, store, terms(settings))
}

fn identity(platform: &Platform, settings: &Settings) -> Identity {
    let job = |credentials| {
        Identity::Job(Job {
            credentials,
            environment: settings.environment.clone(),
            api_base_url: base_url_that_was_set(settings),
        })
    };
    match &settings.credential {
        Credential::Token { token } => Identity::Token { token: token.clone() },
        Credential::M2mFile(file) => job(JobCredentials::File(file.clone())),
        Credential::M2m(values) => job(JobCredentials::Values(values.clone())),
        Credential::Person => Identity::Person {
            key: TokenKey::new(KeyParts {
                kind: Kind::OAuth,
                issuer: settings.environment.auth_url.clone(),
                client_id: settings.environment.client_id.clone(),
                audience: settings.environment.audience.clone(),
                organization: settings.organization.clone(),
                scopes: settings.scopes.clone(),
                api_base_url: settings.api_base_url.clone(),
                account: platform.owner.account(&settings.profile),
            }),
        },
    }
}

/// The base URL that wins over the one in a credentials file.
fn base_url_that_was_set(settings: &Settings) -> Option<String> {
    let by_file = settings
        .choice("api_base_url")
        .is_some_and(|choice| matches!(choice.source, Source::CredentialsFile(_)));
    settings.api_base_url.clone().filter(|_| !by_file)
}

fn store(platform: &Platform, settings: &Settings) -> Store {
    let files = match (&settings.cache_file, &settings.cache_folder) {
        _ if !settings.may_keep(&platform.owner) || settings.store != StorePlace::File => None,
        (Some(file), _) => Some(FileStore::at_file(file.clone(), platform)),
        (None, Some(folder)) => Some(FileStore::in_folder(folder.clone(), platform)),
        (None, None) => None,
    };
    let memory = match &settings.store {
        // Where nothing is to be kept, each handle is on its own: they may be of two persons.
        #[cfg(feature = "redis")]
        StorePlace::Redis(address) if settings.may_keep(&platform.owner) => memory_beside(address),
        _ => MemoryStore::new(),
    };
    let lasting: Option<Arc<dyn TokenStore>> = match (&settings.store, &files) {
        #[cfg(feature = "redis")]
        (StorePlace::Redis(address), _) if settings.may_keep(&platform.owner) => {
            Some(Arc::new(RedisStore::new(address.clone(), platform)))
        }
        (_, Some(files)) if matches!(settings.credential, Credential::Person) => {
            Some(Arc::new(with_keyring(files.clone(), platform, settings)))
        }
        (_, Some(files)) => Some(Arc::new(files.clone())),
        (_, None) => None,
    };
    let is_memory = lasting.is_none();
    let shared = lasting.unwrap_or_else(|| Arc::new(memory.clone()));
    let is_homeless = settings.use_cache
        && settings.store == StorePlace::File
        && settings.cache_file.is_none()
        && settings.cache_folder.is_none();
    Store { shared, is_homeless, is_memory, files, memory }
}

/// The store of a person, whose refresh tokens rest where they are safest.
fn with_keyring(files: FileStore, platform: &Platform, settings: &Settings) -> KeyringStore {
    if platform.owner.shares_its_user() {
        return KeyringStore::in_process(files);
    }
    let keyring = match settings.keyring {
        KeyringUse::Off => Keyring::none("the keyring is turned off"),
        KeyringUse::Auto if settings.cache_file.is_some() => {
            Keyring::none("a file that was named holds it all")
        }
        KeyringUse::Auto => platform.keyring.clone(),
    };
    KeyringStore::new(files, keyring)
}

fn terms(settings: &Settings) -> Terms {
    Terms {
        ask: Ask {
            organization: settings.organization.clone(),
            scopes: settings.scopes.clone(),
            offline_access: settings.offline_access,
            another_person: false,
        },
        way: settings.way,
        timeout: settings.timeout,
        interactive: settings.interactive,
        unasked_browser: settings.unasked_browser,
        api_base_url: match settings.credential {
            Credential::M2mFile(_) | Credential::M2m(_) => base_url_that_was_set(settings),
            _ => settings.api_base_url.clone(),
        },
        folder: settings.cache_folder.clone().filter(|_| settings.use_cache),
    }
}
