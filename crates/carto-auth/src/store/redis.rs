//! Tokens of a fleet, in a Redis or Valkey that all its machines reach.
//!
//! Only what a job gets rests here: a person's tokens belong to that person's machine. Each entry is sealed
//! ([`super::sealed`]), so that whoever runs or reads the Redis learns nothing from it.
//!
//! One credential has one leader at a time: who takes the lease (`SET NX PX`, kept alive while its holder
//! is) gets the next number of the credential, and every change is made by a script that looks at both, and at the name of
//! that leader, since the numbers begin again in a Redis that has lost what it had. Who was stopped for longer than its lease, while another led, changes nothing any more. What ends an entry is
//! the clock of those who read it; the ends that Redis knows only keep it tidy.
//!
//! Every operation is over within seconds. After one that failed, the next ones fail at once for a while.

mod address;
pub(super) mod aside;
pub(super) mod farewell;
mod fault;
mod lease;
mod line;
mod script;

use std::sync::Arc;

use async_trait::async_trait;

use self::lease::Lease;
use self::line::Line;
use super::announcement::Announcement;
use super::format::{self, Content};
use super::key::{Kind, TokenKey};
use super::sealed::Seal;
use super::{LockedEntry, TokenStore};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::Platform;
use crate::token::TokenSet;

pub use self::address::RedisAddress;

/// Keeps the tokens of jobs in a Redis or Valkey, sealed with their client secrets.
///
/// Cloning is cheap, and the clones share a connection. It is made when it is first needed and belongs to
/// the process: a forked child makes a store of its own.
#[derive(Clone, Debug)]
pub struct RedisStore(Arc<Line>);

impl RedisStore {
    /// A store at this address; nothing is sent yet.
    pub fn new(address: RedisAddress, platform: &Platform) -> Self {
        Self(Arc::new(Line::new(address, platform.network.clone())))
    }
}

#[async_trait]
impl TokenStore for RedisStore {
    async fn load(&self, key: &TokenKey) -> Result<Option<TokenSet>> {
        let seal = seal_of(key)?;
        let sealed = self.0.ask(redis::cmd("HGET").arg(script::entry(&seal)).arg(script::TOKEN)).await?;
        Ok(open(&seal, key, sealed).map(|entry| entry.token))
    }

    async fn try_lock(&self, key: &TokenKey) -> Result<Option<Box<dyn LockedEntry>>> {
        let lease = Lease::try_new(&self.0, key, seal_of(key)?).await?;
        Ok(lease.map(|lease| Box::new(lease) as Box<dyn LockedEntry>))
    }

    /// None: an entry is found, and opened, with its client secret alone.
    async fn keys(&self) -> Result<Vec<TokenKey>> {
        Ok(Vec::new())
    }

    async fn announcement(&self, key: &TokenKey) -> Result<Option<Announcement>> {
        let seal = seal_of(key)?;
        let purposes = [script::SAID, script::FAILED];
        let found: [Option<Vec<u8>>; 2] =
            self.0.ask(redis::cmd("HMGET").arg(script::entry(&seal)).arg(&purposes)).await?;
        let mut announcements = purposes.iter().zip(found).filter_map(|(purpose, sealed)| {
            let text = seal.open(purpose, &sealed?)?;
            serde_json::from_slice::<Announcement>(&text).ok()
        });
        Ok(announcements.next().map(Announcement::cleaned))
    }

    fn location(&self, _key: &TokenKey) -> String {
        format!("{} (sealed)", self.0.address())
    }
}

/// The entry in what Redis holds. What does not open was sealed with another secret or was never ours.
fn open(seal: &Seal, key: &TokenKey, sealed: Option<Vec<u8>>) -> Option<format::Entry> {
    let text = seal.open(script::TOKEN, &sealed?);
    let entry = match text.as_deref().map(|text| format::parse(text)) {
        Some(Content::Entry(entry)) => Some(*entry).filter(|entry| entry.key.id() == key.id()),
        _ => None,
    };
    if entry.is_none() {
        tracing::debug!("an entry in Redis does not open, and counts as missing");
    }
    entry
}

/// The seal of a job's key; for a person's there is none.
fn seal_of(key: &TokenKey) -> Result<Seal> {
    let refused = |why: &str| Error::new(ErrorKind::Config, format!("Redis keeps {why}"));
    match key.parts().kind {
        Kind::OAuth => Err(refused("the tokens of jobs alone, and this is a person's")
            .hint("keep it on the person's machine: set `CARTO_AUTH_STORE=file`")),
        Kind::M2m => Seal::of(key).ok_or_else(|| {
            refused("what is sealed with a client secret alone, and this key has none")
                .hint("give it with `TokenKey::with_secret`")
        }),
    }
}
