//! What was acknowledged and what was seen, and the rules that hold between the two.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use carto_auth::TokenSet;

use crate::version::version;
use crate::writer::Writer;

/// The book of one entry. Everything that goes in is checked.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    acknowledged: HashSet<u64>,
    highest: u64,
    seen: u64,
    pub(crate) reads: usize,
    pub(crate) kills: u64,
}

impl Ledger {
    /// A writer has said that these versions are kept. No two writers raise the same one.
    pub(crate) fn acknowledge(&mut self, versions: impl IntoIterator<Item = u64>) {
        for version in versions {
            assert!(
                self.acknowledged.insert(version),
                "version {version} was kept twice: one of both is lost"
            );
            self.highest = self.highest.max(version);
        }
    }

    /// A reader has found this: a whole version, none older than what was acknowledged or seen before.
    pub(crate) fn see(&mut self, found: Option<TokenSet>) {
        let found = version(&found.expect("there is always an entry"));
        assert!(found >= self.highest, "version {found}, and {} was acknowledged", self.highest);
        assert!(found >= self.seen, "version {found} after {}", self.seen);
        (self.seen, self.reads) = (found, self.reads + 1);
    }

    /// Reads again and again until this time after the first version that the writer has kept; once where it is none.
    pub(crate) fn see_until(
        &mut self,
        instant: Option<Duration>,
        writers: &mut [Writer],
        dies: usize,
        read: impl Fn() -> Option<TokenSet>,
    ) {
        let (mut begun, lost) = (None, Instant::now() + Duration::from_secs(60));
        loop {
            for (number, writer) in writers.iter_mut().enumerate() {
                let said = writer.said();
                if number == dies && !said.is_empty() {
                    begun.get_or_insert_with(Instant::now);
                }
                self.acknowledge(said);
            }
            self.see(read());
            let Some(instant) = instant else { return };
            if begun.is_some_and(|begun| begun.elapsed() >= instant) {
                return;
            }
            assert!(Instant::now() < lost, "the writer does not write");
            if begun.is_none() {
                // Its start takes long, and is none of what is looked at.
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    /// How many versions were kept by writers that were killed before they could say so. A kill explains one.
    pub(crate) fn unsaid(&self) -> u64 {
        let unsaid = self.seen - self.acknowledged.len() as u64;
        assert!(unsaid <= self.kills, "{unsaid} versions that nobody wrote, after {} kills", self.kills);
        unsaid
    }

    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }
}
