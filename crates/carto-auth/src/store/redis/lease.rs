//! The entry of a credential while this process leads.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio::task::AbortHandle;

use super::super::announcement::Announcement;
use super::super::fault::unfit;
use super::super::key::{TokenKey, hex};
use super::super::sealed::Seal;
use super::super::{LockedEntry, format};
use super::farewell::Farewell;
use super::line::Line;
use super::script::{self, Ticket};
use super::{fault, open};
use crate::error::Result;
use crate::token::TokenSet;

/// A lease that is held. While it is, a task says so to Redis.
#[derive(Debug)]
pub(super) struct Lease {
    line: Arc<Line>,
    key: TokenKey,
    seal: Seal,
    ticket: Arc<Ticket>,
    /// Fields of the last entry that this version does not know.
    unknown: Map<String, Value>,
    heart: AbortHandle,
    is_over: bool,
}

impl Lease {
    /// Takes the lease, unless somebody has it.
    pub(super) async fn try_new(line: &Arc<Line>, key: &TokenKey, seal: Seal) -> Result<Option<Self>> {
        let mut name = [0; 16];
        getrandom::fill(&mut name).map_err(|_| fault::no_randomness())?;
        let mut ticket =
            Ticket { entry: script::entry(&seal), lease: script::lease(&seal), holder: hex(&name), turn: 0 };
        let turn: i64 = line.ask(&ticket.run(script::LOCK, &[])).await?;
        if turn == 0 {
            return Ok(None);
        }
        ticket.turn = turn;
        let ticket = Arc::new(ticket);
        let heart = tokio::spawn(stay(Arc::clone(line), Arc::clone(&ticket))).abort_handle();
        let (line, key) = (Arc::clone(line), key.clone());
        Ok(Some(Self { line, key, seal, ticket, unknown: Map::new(), heart, is_over: false }))
    }

    /// Runs a script for this leader, if it still is the last one.
    async fn act(&self, script: &str, value: &[u8]) -> Result<i64> {
        match self.line.ask(&self.ticket.run(script, value)).await? {
            script::OVERTAKEN => Err(fault::overtaken(self.line.address())),
            answer => Ok(answer),
        }
    }

    fn close(&self, purpose: &str, text: &[u8]) -> Result<Vec<u8>> {
        self.seal.close(purpose, text).ok_or_else(fault::no_randomness)
    }
}

#[async_trait]
impl LockedEntry for Lease {
    async fn load(&mut self) -> Result<Option<TokenSet>> {
        let sealed = self.line.ask(redis::cmd("HGET").arg(&self.ticket.entry).arg(script::TOKEN)).await?;
        let Some(entry) = open(&self.seal, &self.key, sealed) else { return Ok(None) };
        self.unknown = entry.unknown;
        Ok(Some(entry.token))
    }

    async fn save(&mut self, token: &TokenSet) -> Result<()> {
        if let Some(why) = format::unfit(token) {
            return Err(unfit(why));
        }
        let text = format::write(&self.key, token, None, &self.unknown);
        self.act(script::SAVE, &self.close(script::TOKEN, &text)?).await.map(drop)
    }

    async fn remove(&mut self) -> Result<bool> {
        self.act(script::REMOVE, &[]).await.map(|removed| removed == 1)
    }

    async fn announce(&mut self, announcement: &Announcement) -> Result<()> {
        let (purpose, script) = match announcement.outcome {
            None => (script::SAID, script::SAY),
            Some(_) => (script::FAILED, script::FAIL),
        };
        // Writing to memory fails for no value that these types can have.
        let text = serde_json::to_vec(announcement).unwrap_or_default();
        self.act(script, &self.close(purpose, &text)?).await.map(drop)
    }

    async fn release(mut self: Box<Self>) {
        self.is_over = true;
        self.heart.abort();
        release(Arc::clone(&self.line), Arc::clone(&self.ticket)).await;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.heart.abort();
        // Without a runtime, the lease runs out by itself.
        if !self.is_over
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let farewell = Farewell::begin();
            let release = release(Arc::clone(&self.line), Arc::clone(&self.ticket));
            runtime.spawn(async move {
                release.await;
                drop(farewell);
            });
        }
    }
}

async fn release(line: Arc<Line>, ticket: Arc<Ticket>) {
    if let Err(error) = line.ask::<i64>(&ticket.run(script::RELEASE, &[])).await {
        tracing::debug!(%error, "a lease was not given back, and runs out by itself");
    }
}

/// Makes the lease count anew, as long as nobody else leads and a request may take. Whoever holds it for longer stands
/// still, like a future that is kept and not polled, and would keep a fleet from its token without end.
async fn stay(line: Arc<Line>, ticket: Arc<Ticket>) {
    for _ in 0..BEATS {
        tokio::time::sleep(BEAT).await;
        match line.ask::<i64>(&ticket.run(script::STAY, &[])).await {
            Ok(script::OVERTAKEN) => return,
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "a lease could not be kept alive"),
        }
    }
}

const BEAT: Duration = Duration::from_millis(script::LEASE / 4);

/// How often the heart beats: with the lease that counts after the last beat for longer than a request for a token takes
/// with what is asked before it, and for less than those wait who wait for the lease.
const BEATS: u32 = 13;
