//! What is asked of Redis in one step, as scripts, and the names that they use.
//!
//! An entry is a hash: the number and the name of its last leader, the sealed token, and what a leader said. Its lease is
//! a key beside it, in the same slot of a cluster. All scripts take the same keys and values.

use redis::Cmd;

use super::super::sealed::Seal;

/// The field of the sealed token.
pub(super) const TOKEN: &str = "token";

/// The field of what the leader says that it does.
pub(super) const SAID: &str = "said";

/// The field of how a leader said that it failed.
pub(super) const FAILED: &str = "failed";

/// The key of an entry.
pub(super) fn entry(seal: &Seal) -> String {
    format!("carto-auth:{{{}}}", seal.name())
}

/// The key of its lease.
pub(super) fn lease(seal: &Seal) -> String {
    format!("carto-auth:{{{}}}:lease", seal.name())
}

/// Who acts: the holder's name, and its number where it has one.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) entry: String,
    pub(super) lease: String,
    pub(super) holder: String,
    pub(super) turn: i64,
}

impl Ticket {
    /// The command that runs a script. `EVAL` and not `EVALSHA`: it needs no second try and one permission.
    pub(super) fn run(&self, script: &str, value: &[u8]) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(script).arg(2).arg(&self.entry).arg(&self.lease);
        command.arg(&self.holder).arg(self.turn).arg(LEASE).arg(KEEP).arg(value);
        command
    }
}

/// Takes the lease and gives the next number; 0 where somebody else has it. Asked twice, it is still ours.
pub(super) const LOCK: &str = "
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[3]) and redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
local turn = redis.call('HINCRBY', KEYS[1], 'turn', 1)
redis.call('HSET', KEYS[1], 'leader', ARGV[1])
redis.call('HDEL', KEYS[1], 'said')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return turn";

/// Keeps the token.
pub(super) const SAVE: &str = guarded!(
    "
redis.call('HSET', KEYS[1], 'turn', ARGV[2], 'leader', ARGV[1], 'token', ARGV[5])
redis.call('HDEL', KEYS[1], 'failed')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1"
);

/// Forgets the token, and says whether there was one.
pub(super) const REMOVE: &str = guarded!("return redis.call('HDEL', KEYS[1], 'token')");

/// Keeps what the leader says, and makes the lease count anew.
pub(super) const SAY: &str = guarded!(
    "
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
redis.call('HSET', KEYS[1], 'turn', ARGV[2], 'leader', ARGV[1], 'said', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1"
);

/// Keeps how the leader failed, which outlives its lease.
pub(super) const FAIL: &str = guarded!(
    "
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
redis.call('HSET', KEYS[1], 'turn', ARGV[2], 'leader', ARGV[1], 'failed', ARGV[5])
redis.call('HDEL', KEYS[1], 'said')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1"
);

/// Makes the lease count anew.
pub(super) const STAY: &str = guarded!(
    "
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
return 1"
);

/// Gives the lease back, where it is still ours.
pub(super) const RELEASE: &str = "
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[2])
redis.call('HDEL', KEYS[1], 'said')
return 1";

/// What a script gives where another has led since.
pub(super) const OVERTAKEN: i64 = -1;

/// How many milliseconds a lease counts without a word of its holder. Those who wait for it give up after
/// thirty seconds: by then, one that was killed has to be gone, and the next to have asked. While its holder
/// lives it says so often enough that one word may be lost.
pub(super) const LEASE: u64 = 10_000;

/// How many milliseconds an entry stays that nobody touches: thirty days. It says nothing of its token.
const KEEP: u64 = 30 * 24 * 60 * 60 * 1_000;

/// A script that acts only for a leader that nobody has followed. The lease may have run out meanwhile: what
/// counts is that nobody has led since, which the number says; without a number, that the lease is still ours. The
/// numbers begin again where Redis has lost what it had, so the leader's name, which is random, has to be the same too.
macro_rules! guarded {
    ($script:literal) => {
        concat!(
            "
local holder, turn = redis.call('GET', KEYS[2]), redis.call('HGET', KEYS[1], 'turn')
local is_last = turn == ARGV[2] and redis.call('HGET', KEYS[1], 'leader') == ARGV[1]
if (holder and holder ~= ARGV[1]) or (turn and not is_last) or not (holder or turn) then
  return -1
end
",
            $script
        )
    };
}
use guarded;
