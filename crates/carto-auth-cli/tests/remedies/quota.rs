//! A quota of tokens that runs out, and processes that share what they got.

use carto_sandbox::Settings;

use crate::desk::Desk;
use crate::hint::{Hint, fails, works};

#[test]
fn processes_share_one_folder_where_a_quota_runs_out() {
    let mut desk = of_quota(10);
    for machine in 0..8 {
        goes_to(&mut desk, machine);
        works(&desk, &["token"]);
    }
    goes_to(&mut desk, 8);
    let warned = desk.run(&["token"]);
    assert_eq!(warned.code, Some(0), "{warned:?}");
    shares_a_folder(&mut desk, &Hint::of(&warned, "processes-that-share-their"));
    goes_to(&mut desk, 9);
    assert_eq!(desk.run(&["token"]).code, Some(0));
    goes_to(&mut desk, 10);
    let hint = fails(&desk, &["token"], "quota-and-sharing");
    shares_a_folder(&mut desk, &hint);
}

#[cfg(unix)]
#[test]
fn machines_share_one_redis_where_a_quota_runs_out() {
    use crate::redis_server::RedisServer;
    let Some(redis) = RedisServer::start("") else { return };
    let mut desk = of_quota(1);
    desk.set("CARTO_AUTH_STORE", redis.url());
    assert_eq!(desk.run(&["token"]).code, Some(0));
    desk.unset("CARTO_AUTH_STORE");
    goes_to(&mut desk, 1);
    let hint = fails(&desk, &["token"], "quota-and-sharing");
    let (name, address) = hint.word("CARTO_AUTH_STORE").split_once('=').unwrap();
    assert_eq!(address, "redis://…");
    desk.set(name, redis.url());
    works(&desk, &["token"]);
}

fn of_quota(tokens: u32) -> Desk {
    Desk::of_job_with(Settings { m2m_tokens_per_hour: Some(tokens), ..Settings::default() })
}

/// A home of its own, as in another container.
fn goes_to(desk: &mut Desk, machine: usize) {
    let home = desk.folder.path().join(format!("machine-{machine}"));
    std::fs::create_dir_all(&home).unwrap();
    desk.set("HOME", home.display().to_string());
}

/// The tokens of the first one are given out on another, and nothing is warned of.
fn shares_a_folder(desk: &mut Desk, hint: &Hint) {
    let before = desk.sandbox.requests(carto_sandbox::Route::Token);
    goes_to(desk, 11);
    let shared = desk.folder.path().join("machine-0/.carto-auth").display().to_string();
    desk.set(hint.word("CARTO_AUTH_CACHE_DIR"), shared);
    works(desk, &["token"]);
    assert_eq!(desk.sandbox.requests(carto_sandbox::Route::Token), before);
    desk.unset("CARTO_AUTH_CACHE_DIR");
}
