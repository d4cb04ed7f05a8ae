//! The tokens of a fleet in a Redis that is away, says no, or cannot keep them.

use crate::desk::Desk;
use crate::hint::Hint;
use crate::redis_server::RedisServer;
use crate::tls::certificate;
use crate::warning::{keeps, warned, warns};

const STORE: &str = "CARTO_AUTH_STORE";

/// A desk of a job whose tokens rest there.
fn desk_at(url: &str) -> Desk {
    let mut desk = Desk::of_job();
    desk.set(STORE, url);
    desk
}

#[test]
fn one_that_is_away_is_started_or_its_address_put_right() {
    let Some(mut server) = RedisServer::at_rest("port [PORT]") else { return };
    let mut desk = desk_at(&server.url());
    let outcome = desk.run(&["token"]);
    let hint = warned(&outcome, "start-it-or-look");
    hint.says("meanwhile each process gets a token of its own");
    assert_ne!(desk.run(&["token"]).raw.0, outcome.raw.0, "one of its own");
    hint.says("start it, or look at the address");
    server.go();
    keeps(&desk, Desk::run);
    desk.set(hint.word(STORE), "redis://127.0.0.1:1");
    let hint = warns(&desk, Desk::run, "start-it-or-look");
    desk.set(hint.word(STORE), server.url());
    keeps(&desk, Desk::run);
}

#[test]
fn one_that_speaks_tls_is_spoken_to_in_tls_with_its_authority() {
    let Some(server) = RedisServer::start_with_tls() else { return };
    let mut desk = desk_at(&server.url());
    let hint = warns(&desk, Desk::run, "start-it-or-look");
    desk.set(hint.word(STORE), format!("{}localhost:{}", hint.word("rediss"), server.port));
    let hint = warns(&desk, Desk::run, "set-ssl-cert-file-to-the");
    hint.says("to the authority that signed its certificate");
    desk.set(hint.word("SSL_CERT_FILE"), certificate("authority"));
    keeps(&desk, Desk::run);
}

#[test]
fn one_that_wants_a_password_is_given_user_and_password() {
    let Some(server) = RedisServer::start("user fleet on >secret ~* +@all") else { return };
    server.does("ACL SETUSER default resetpass >another");
    for wrong in ["", "fleet:wrong@", ":wrong@"] {
        let url = format!("redis://{wrong}127.0.0.1:{}", server.port);
        let mut desk = desk_at(&url);
        let hint = warns(&desk, Desk::run, "write-its-user-and");
        let right = hint.word("redis://").replace("user:password@host:port/db", "");
        assert_eq!(right, "redis://", "it shows where each part goes");
        let shown = hint.word("redis://").replace("user:password", "fleet:secret");
        let shown = shown.replace("host", "127.0.0.1").replace("port", &server.port.to_string());
        desk.set(hint.word(STORE), shown.replace("/db", "/0"));
        keeps(&desk, Desk::run);
    }
}

#[test]
fn a_user_who_may_not_is_let() {
    let Some(server) = RedisServer::start("user fleet on >secret ~other:* +select") else { return };
    let desk = desk_at(&format!("redis://fleet:secret@127.0.0.1:{}", server.port));
    let hint = warns(&desk, Desk::run, "let-its-user-run");
    let commands = ["EVAL", "GET", "SET", "DEL", "HGET", "HMGET", "HSET", "HDEL", "HINCRBY", "PEXPIRE"];
    let rights = |commands: &[&str]| {
        let run = commands.iter().map(|command| format!(" +{}", hint.word(command))).collect::<String>();
        format!("ACL SETUSER fleet ~{}{run}", hint.word("carto-auth:"))
    };
    // Told by the script that it may not, and not at the first question.
    server.does(&rights(&commands[..8]));
    warns(&desk, Desk::run, "let-its-user-run");
    server.does(&rights(&commands));
    keeps(&desk, Desk::run);
}

#[test]
fn a_replica_gives_way_to_its_primary() {
    let Some(primary) = RedisServer::start("") else { return };
    let Some(replica) = RedisServer::start(&format!("replicaof 127.0.0.1 {}", primary.port)) else { return };
    let mut desk = desk_at(&replica.url());
    let hint = until_told(&desk, "name-the-primary-in");
    hint.says("name the primary in `CARTO_AUTH_STORE`, not a replica");
    desk.set(hint.word(STORE), primary.url());
    keeps(&desk, Desk::run);
}

#[test]
fn a_cluster_gives_way_to_one_that_is_none() {
    let Some(cluster) = RedisServer::start("cluster-enabled yes") else { return };
    let Some(plain) = RedisServer::start("") else { return };
    let mut desk = desk_at(&cluster.url());
    let hint = warns(&desk, Desk::run, "name-a-redis-in");
    hint.says("that is no cluster");
    desk.set(hint.word(STORE), plain.url());
    keeps(&desk, Desk::run);
}

#[test]
fn one_without_memory_is_given_more_or_what_its_log_asks_for() {
    let Some(server) = RedisServer::start("maxmemory 1") else { return };
    let desk = desk_at(&server.url());
    let hint = warns(&desk, Desk::run, "give-it-more-memory");
    hint.says("give it more memory, or what its own log asks for");
    server.does("CONFIG SET maxmemory 0");
    keeps(&desk, Desk::run);
}

/// Waits until a replica has heard of its primary: before, it says that it is still loading.
fn until_told(desk: &Desk, id: &str) -> Hint {
    let ends = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let outcome = desk.run(&["token"]);
        if outcome.raw.1.contains("replica") || std::time::Instant::now() > ends {
            return warned(&outcome, id);
        }
    }
}
