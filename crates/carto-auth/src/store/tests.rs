//! What only a store in files can get wrong: damage, strangers, modes, faults of the system, 0.2.0.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::locked::LockedFile;
use super::shelf::{Hold, Shelf};
use super::spot::Place;
use super::*;
use crate::error::{Error, ErrorKind};
use crate::platform::{Clock, Heard, Links, Platform, Prompt, Variables, read_small, write_private};
use crate::secret::Secret;

mod damage;
mod faults;
mod old_files;
mod processes;

const NOON: i64 = 1_800_000_000;

/// A folder, a clock that stands still, and somebody who remembers what was said.
struct World {
    folder: tempfile::TempDir,
    said: Arc<Heard>,
    now: i64,
}

impl World {
    fn new() -> Self {
        Self::at_time(NOON)
    }

    fn at_time(now: i64) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), said: Arc::default(), now }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn platform(&self) -> Platform {
        Platform {
            clock: Arc::new(Still(self.now)),
            prompt: Arc::clone(&self.said) as Arc<dyn Prompt>,
            ..Platform::headless(Variables::default())
        }
    }

    /// A store in a folder, as a program that starts would open it.
    fn in_folder(&self) -> Opened {
        Opened::new(Place::Folder(self.at("cache")), self)
    }

    /// A store at a file.
    fn at_file(&self) -> Opened {
        Opened::new(Place::File(self.at("named")), self)
    }

    /// The names in a folder, sorted, without locks.
    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.at(folder))
            .expect("listed")
            .map(|file| file.expect("a file").file_name().into_string().expect("text"))
            .filter(|name| !name.ends_with(".lock"))
            .collect();
        names.sort();
        names
    }

    fn warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.said.0.lock().expect("a lock"))
    }
}

/// A store without the async face, which the suite of all stores covers.
struct Opened(Arc<Shelf>);

impl Opened {
    fn new(place: Place, world: &World) -> Self {
        Self(Arc::new(Shelf::new(place, &world.platform())))
    }

    fn read(&self, key: &TokenKey) -> Result<Option<TokenSet>> {
        self.0.load(key, Hold::Free)
    }

    fn text(&self, key: &TokenKey) -> Option<String> {
        self.read(key).expect("read").map(|token| token.access_token.expose().to_owned())
    }

    fn lock(&self, key: &TokenKey) -> LockedFile {
        LockedFile::try_new(&self.0, key).expect("tried").expect("free")
    }

    fn save(&self, key: &TokenKey, text: &str) {
        self.lock(key).write(&token(text)).expect("saved");
    }

    fn entry(&self, key: &TokenKey) -> PathBuf {
        self.0.place.spot(key).entry
    }
}

#[derive(Debug)]
struct Still(i64);

impl Clock for Still {
    fn now(&self) -> i64 {
        self.0
    }

    fn since_boot(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }

    fn boot(&self) -> Option<crate::token::Boot> {
        None
    }
}

fn parts(kind: Kind) -> KeyParts {
    KeyParts {
        kind,
        issuer: "https://auth.carto.com".into(),
        client_id: "client".into(),
        audience: "audience".into(),
        organization: None,
        scopes: vec![],
        api_base_url: None,
        account: "default".into(),
    }
}

fn key() -> TokenKey {
    TokenKey::new(parts(Kind::OAuth))
}

fn other_key() -> TokenKey {
    TokenKey::new(KeyParts { account: "work".into(), ..parts(Kind::OAuth) })
}

fn token(text: &str) -> TokenSet {
    TokenSet::new(Secret::new(text), NOON, Some(86_400))
}

fn jwt(claims: &Value) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.signature", encode(r#"{"alg":"RS256"}"#), encode(&claims.to_string()))
}

/// A file that anyone could have written.
fn put(path: &Path, content: impl AsRef<[u8]>) {
    crate::platform::make_private_dir(path.parent().expect("a folder")).expect("made");
    write_private(path, content.as_ref()).expect("written");
}

fn content(path: &Path) -> Vec<u8> {
    read_small(path, 1 << 20, Links::Refuse)
        .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()))
        .bytes
}

fn storage_error<T>(result: Result<T>) -> Error {
    let Err(error) = result else { panic!("it worked") };
    assert_eq!(error.kind(), ErrorKind::Storage, "{error:?}");
    assert!(error.hint_text().is_some(), "{error:?}");
    error
}
