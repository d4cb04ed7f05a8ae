//! A warning before a quota of tokens runs out.

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::Session;
use crate::platform::Notice;
use crate::token::SHARING;

impl Session {
    /// Warns when a tenth or less is left of what the token endpoint gives: once in a process for each count.
    pub(super) fn warn_of_quota(&self) {
        let Some(quota) = self.authority.quota() else { return };
        let Ok(Some(key)) = self.identity.key() else { return };
        let (issuer, client_id) = (&key.parts().issuer, &key.parts().client_id);
        for (whose, allowance) in quota.running_out(self.moment().now) {
            if is_new(format!("{issuer} {client_id} {whose} {}", allowance.period)) {
                let text = format!("{allowance} (the quota of this {whose}); {SHARING}");
                self.platform.prompt.tell(&Notice::Warning(&text));
            }
        }
    }
}

/// Says whether this was not warned of before in this process.
pub(super) fn is_new(count: String) -> bool {
    let before = WARNED.rcu(|warned| {
        let mut warned = warned.as_deref().cloned().unwrap_or_default();
        warned.insert(count.clone());
        Some(Arc::new(warned))
    });
    !before.is_some_and(|before| before.contains(&count))
}

/// Without a lock, which another thread could hold while this process forks.
static WARNED: ArcSwapOption<BTreeSet<String>> = ArcSwapOption::const_empty();
