//! What can be wrong with a Redis, as errors that say what to do.

use redis::{ErrorKind as RedisKind, RedisError};

use super::address::RedisAddress;
use crate::error::{Error, ErrorKind, clean};

/// It cannot be reached.
pub(super) fn unreachable(
    address: &RedisAddress,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    storage(format!("`{address}` cannot be reached")).because(why).hint(AWAY)
}

/// It takes too long.
pub(super) fn silent(address: &RedisAddress, seconds: u64) -> Error {
    storage(format!("`{address}` has not answered in {seconds} s")).hint(AWAY)
}

/// It said no, or hung up.
pub(super) fn refused(address: &RedisAddress, error: &RedisError) -> Error {
    let code = error.code().unwrap_or_default();
    let detail = error.detail().unwrap_or_default();
    let hint = match code {
        "NOAUTH" | "WRONGPASS" => LOGIN,
        _ if error.kind() == RedisKind::AuthenticationFailed => LOGIN,
        // What a script may not do is told without a code of its own.
        _ if code == "NOPERM" || detail.contains("user executing the script") => {
            "let its user run `EVAL`, and `GET`, `SET`, `DEL`, `HGET`, `HMGET`, `HSET`, `HDEL`, `HINCRBY` and \
             `PEXPIRE` on keys `carto-auth:*`"
        }
        "READONLY" => "name the primary in `CARTO_AUTH_STORE`, not a replica",
        "MOVED" | "ASK" | "CLUSTERDOWN" => "name a Redis in `CARTO_AUTH_STORE` that is no cluster",
        "OOM" | "MISCONF" => "give it more memory, or what its own log asks for",
        _ if error.is_io_error() => AWAY,
        _ => "look at what it says, and at its own log",
    };
    let words = if detail.is_empty() { error.to_string() } else { format!("{code} {detail}") };
    let did = if error.is_io_error() { "has hung up" } else { "refused" };
    storage(format!("`{address}` {did}")).because(clean(words.trim())).hint(hint)
}

/// Another process has led since.
pub(super) fn overtaken(address: &RedisAddress) -> Error {
    storage(format!("this process was too slow, and another has taken its turn at `{address}`"))
        .hint("nothing is lost: what the other one gets is kept")
}

/// The system gives no randomness.
pub(super) fn no_randomness() -> Error {
    storage("the system gives no randomness to seal a token with".into())
        .hint("look at what forbids `getrandom` here")
}

fn storage(message: String) -> Error {
    Error::new(ErrorKind::Storage, message)
}

const AWAY: &str = "start it, or look at the address in `CARTO_AUTH_STORE` (`rediss://` where it speaks TLS); meanwhile each process gets a token of its own";
const LOGIN: &str =
    "write its user and password into `CARTO_AUTH_STORE`, as in `redis://user:password@host:port/db`";
