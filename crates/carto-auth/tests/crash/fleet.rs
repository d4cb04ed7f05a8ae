//! K09 on a real Redis: three writers, one entry, and SIGKILL at random.
//!
//! After each kill every lease is ended, as time would end that of the dead. It ends that of the living as well: a third
//! writer, that waits, leads at once, and whoever was overtaken may not write any more.

use crate::figure::{any_below, any_instant, tell, wanted};
use crate::ledger::Ledger;
use crate::world::{Redis, World};
use crate::writer::{Shelf, Writer};

#[test]
fn k09_whoever_reads_a_redis_while_writers_are_killed_at_random_finds_one_whole_version_and_never_an_older_one()
 {
    let kills = wanted("REDIS_KILLS", 20);
    let Some(redis) = Redis::start() else { return };
    let (shelf, platform) = (Shelf::Redis(redis.url()), World::new().platform());
    let (store, key) = (shelf.store(&platform), shelf.key());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let read = || runtime.block_on(store.load(&key)).expect("an entry that can be read");
    let (mut ledger, mut held, mut overtaken) = (Ledger::default(), 0, 0);
    let mut writers = [0; 3].map(|_| Writer::start(&shelf));
    ledger.acknowledge([writers[0].hears()]);
    while ledger.kills < kills {
        let dies = usize::try_from(any_below(3)).expect("one of three");
        ledger.see_until(any_instant(), &mut writers, dies, read);
        ledger.acknowledge(writers[dies].kill());
        ledger.kills += 1;
        ledger.see(read());
        held += u64::from(redis.keys().iter().any(|key| key.ends_with(":lease")));
        redis.end_leases();
        overtaken += writers[dies].overtaken;
        writers[dies] = Writer::start(&shelf);
    }
    for mut writer in writers {
        ledger.acknowledge(writer.kill());
        overtaken += writer.overtaken;
        ledger.kills += 1;
    }
    ledger.see(read());
    redis.end_leases();
    let entry = runtime.block_on(store.try_lock(&key)).expect("tried").expect("free once its lease is over");
    runtime.block_on(entry.release());
    assert_eq!(redis.keys().len(), 1, "an entry and nothing else: {:?}", redis.keys());
    assert!(held > 0 || kills < 200, "none of {} kills was under a lease", ledger.kills);
    tell("Redis: kills of a writer at random, three at work on one entry", ledger.kills);
    tell("Redis: of these while somebody led, whose lease was then ended", held);
    tell("Redis: writes refused to one that led on after its lease, since another had led", overtaken);
    tell("Redis: of the kills after the write, before its writer could say so", ledger.unsaid());
    tell("Redis: versions written", ledger.seen());
    tell(
        "Redis: reads, each of one whole version and of none older than one acknowledged or seen",
        ledger.reads,
    );
}
