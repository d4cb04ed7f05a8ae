//! The tokens that were given out, and since when.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use carto_auth::platform::Clock as _;
use carto_auth::{CartoAuth, Secret};
use carto_sandbox::{Answer, Route};
use serde_json::json;
use tokio::task::JoinSet;

use super::{SetClock, World};

/// Holds every token that is given out to its life, by a clock that nobody sets.
///
/// A token counts from when it is seen for the first time, which is when it is won: whoever wins one gives it out.
pub struct Given {
    clock: Arc<SetClock>,
    life: Duration,
    first: HashMap<String, Duration>,
}

impl Given {
    /// Tokens of this world, which live that many seconds.
    pub fn in_world(world: &World, life: i64) -> Self {
        let life = Duration::from_secs(life.unsigned_abs());
        Self { clock: Arc::clone(&world.clock), life, first: HashMap::new() }
    }

    /// A token that is given out lives.
    pub fn take(&mut self, token: &Secret) {
        let now = self.clock.since_boot();
        let first = *self.first.entry(token.expose().to_owned()).or_insert(now);
        let age = now.checked_sub(first).expect("a clock that never goes back");
        assert!(age < self.life, "a token that has ended is given out after {age:?}");
    }

    /// All of them ask at once, and each gets a token that lives.
    pub async fn give_all(&mut self, who: &[CartoAuth]) {
        let mut callers = JoinSet::new();
        for auth in who {
            let auth = auth.clone();
            callers.spawn(async move { auth.access_token().await });
        }
        for result in callers.join_all().await {
            self.take(&result.expect("a token"));
        }
    }

    /// How many tokens that were.
    pub fn count(&self) -> usize {
        self.first.len()
    }
}

impl World {
    /// The sandbox tells the real time in its answers; from now on it tells the time of the test.
    pub fn answer_by_the_clock(&self, life: i64) {
        let (clock, count) = (Arc::clone(&self.clock), AtomicUsize::new(0));
        self.sandbox.plan_always_with(Route::Token, move |_| {
            let token = format!("sandbox-{}", count.fetch_add(1, Ordering::Relaxed));
            let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": life });
            let now = UNIX_EPOCH + Duration::from_secs(clock.now().unsigned_abs());
            Answer::json(200, &body).header("date", httpdate::fmt_http_date(now)).into()
        });
    }
}
