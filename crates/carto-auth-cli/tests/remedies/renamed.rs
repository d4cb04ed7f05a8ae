//! A Redis whose owner has taken a command away, which it says in words of its own.

use crate::desk::Desk;
use crate::redis_server::RedisServer;
use crate::warning::{keeps, warned};

#[test]
fn what_a_redis_says_is_looked_at_and_mended() {
    for (taken, words) in [("GET", "Unknown Redis command"), ("EVAL", "unknown command 'EVAL'")] {
        let Some(mut server) = RedisServer::start(&format!("rename-command {taken} \"\"")) else { return };
        let mut desk = Desk::of_job();
        desk.set("CARTO_AUTH_STORE", server.url());
        let outcome = desk.run(&["token"]);
        warned(&outcome, "look-at-what-it").says("look at what it says");
        assert!(outcome.raw.1.contains(words), "{outcome:?}");
        server.restart_with("");
        keeps(&desk, Desk::run);
    }
}
