//! The memory that a process goes on with while its Redis is away: one for each address, so that ten handles make
//! one request.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::RedisAddress;
use crate::store::MemoryStore;

/// The memory of this process beside the Redis at this address. A forked child has one of its own.
pub(crate) fn memory(address: &RedisAddress) -> MemoryStore {
    let name = (std::process::id(), address.to_string());
    let new = MemoryStore::new();
    let before = MEMORIES.rcu(|memories| {
        let mut memories = memories.as_deref().cloned().unwrap_or_default();
        memories.entry(name.clone()).or_insert_with(|| new.clone());
        Some(Arc::new(memories))
    });
    before.and_then(|before| before.get(&name).cloned()).unwrap_or(new)
}

/// Without a lock, which another thread could hold while this process forks.
static MEMORIES: ArcSwapOption<BTreeMap<(u32, String), MemoryStore>> = ArcSwapOption::const_empty();
