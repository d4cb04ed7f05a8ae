//! What a real Redis learns and keeps: nothing that can be read, and nothing of a leader that was overtaken.
#![cfg(feature = "redis")]

mod world;

use std::time::Duration;

use carto_auth::platform::Variables;
use carto_auth::store::{
    Announcement, KeyParts, Kind, LockedEntry, RedisStore, TokenKey, TokenStore as _, locks_given_back,
};
use carto_auth::{Error, ErrorKind, Platform, Result, Secret, TokenSet};
use world::Redis;

#[tokio::test]
async fn nothing_can_be_read_of_what_rests_there_or_goes_there() {
    let Some(redis) = Redis::start() else { return };
    let heard = redis.listen();
    let (store, key) = (store(&redis.url()), key("canary-secret"));
    let mut entry = lock(&store, &key).await;
    entry.announce(&said()).await.expect("announced");
    entry.save(&token("canary-token")).await.expect("saved");
    let while_held = redis.dump();
    let failed = said().failed(&Error::new(ErrorKind::Refused, "canary-failure"));
    entry.announce(&failed).await.expect("announced");
    entry.release().await;
    assert_eq!(store.load(&key).await.expect("loaded"), Some(token("canary-token")));
    assert_eq!(store.announcement(&key).await.expect("read"), Some(failed));
    let (after, heard) = (redis.dump(), heard.lock().expect("whole").clone());
    assert!(while_held.matches("carto-auth:{").count() == 2 && heard.contains("\"EVAL\""), "{heard}");
    let parts = key.parts();
    let account = &TokenKey::account_of_secret(&Secret::new("canary-secret"));
    for readable in [
        "canary-secret",
        "canary-token",
        "canary-failure",
        "canary-scope",
        "canary-api",
        "canary-password",
        &parts.client_id,
        &parts.issuer,
        &parts.audience,
        account,
        &account[..8],
        key.id(),
        &key.id()["m2m-".len()..],
        "86400",
        "1800000000",
        "1800086400",
        "m2m",
        "access_token",
        "process",
    ] {
        for text in [&while_held, &after, &heard] {
            assert!(!text.to_lowercase().contains(&readable.to_lowercase()), "`{readable}` in {text}");
        }
    }
}

#[tokio::test]
async fn how_long_an_entry_stays_does_not_tell_how_long_its_token_lives() {
    let Some(redis) = Redis::start() else { return };
    let store = store(&redis.url());
    for (secret, lifetime) in [("one", Some(30)), ("two", Some(86_400)), ("three", None)] {
        let token = TokenSet::new(Secret::new("token"), NOON, lifetime);
        save(&store, &key(secret), &token).await;
    }
    lock(&store, &key("four")).await.release().await;
    let stays: Vec<i64> =
        redis.keys().iter().map(|key| redis.ask(redis::cmd("PEXPIRETIME").arg(key))).collect();
    let (first, last) = (stays.iter().min().expect("one"), stays.iter().max().expect("one"));
    assert!(stays.len() == 4 && *first > 0 && last - first < 60_000, "{stays:?}");
}

#[tokio::test]
async fn another_secret_opens_nothing_and_takes_nothing_away() {
    let Some(redis) = Redis::start() else { return };
    let store = store(&redis.url());
    let own = key("secret");
    save(&store, &own, &token("one")).await;
    // The same name, as somebody would have it who knows all but the secret.
    let guessed = TokenKey::new(own.parts().clone()).with_secret(&Secret::new("another"));
    assert_eq!(guessed.id(), own.id());
    assert_eq!(store.load(&guessed).await.expect("loaded"), None);
    assert!(!lock(&store, &guessed).await.remove().await.expect("nothing there"));
    assert_eq!(store.load(&own).await.expect("loaded"), Some(token("one")));
}

#[tokio::test]
async fn what_was_damaged_or_moved_counts_as_missing_and_is_replaced() {
    let Some(redis) = Redis::start() else { return };
    let store = store(&redis.url());
    save(&store, &key("one"), &token("one")).await;
    let [name] = redis.keys().try_into().expect("one entry");
    let sealed: Vec<u8> = redis.ask(redis::cmd("HGET").arg(&name).arg("token"));
    save(&store, &key("two"), &token("two")).await;
    let other = redis.keys().into_iter().find(|key| *key != name).expect("another");
    for (name, key, bad) in [
        (&name, key("one"), &sealed[..sealed.len() - 1]),
        (&name, key("one"), b"canary"),
        (&name, key("one"), b""),
        (&other, key("two"), &sealed[..]),
    ] {
        redis.ask::<()>(redis::cmd("HSET").arg(name).arg("token").arg(bad));
        assert_eq!(store.load(&key).await.expect("no error"), None);
        save(&store, &key, &token("again")).await;
        assert_eq!(store.load(&key).await.expect("loaded"), Some(token("again")));
    }
}

#[tokio::test]
async fn a_leader_that_was_overtaken_changes_nothing() {
    let Some(redis) = Redis::start() else { return };
    let (one, other, key) = (store(&redis.url()), store(&redis.url()), key("secret"));
    let mut first = lock(&one, &key).await;
    redis.end_leases();
    let mut second = lock(&other, &key).await;
    overtaken(first.save(&token("late")).await);
    overtaken(first.announce(&said()).await);
    second.save(&token("second")).await.expect("saved");
    overtaken(first.save(&token("late")).await);
    second.release().await;
    // Also where the lease is free again.
    overtaken(first.save(&token("late")).await);
    overtaken(first.remove().await);
    let third = lock(&other, &key).await;
    first.release().await;
    assert!(one.try_lock(&key).await.expect("tried").is_none(), "the lease of the third is not given back");
    assert_eq!(one.load(&key).await.expect("loaded"), Some(token("second")));
    third.release().await;
}

#[tokio::test]
async fn a_leader_that_nobody_followed_keeps_what_it_got() {
    let Some(redis) = Redis::start() else { return };
    let (store, key) = (store(&redis.url()), key("secret"));
    let mut entry = lock(&store, &key).await;
    redis.end_leases();
    entry.save(&token("one")).await.expect("saved");
    assert_eq!(store.load(&key).await.expect("loaded"), Some(token("one")));
}

#[tokio::test]
async fn what_was_signed_out_of_does_not_come_back() {
    let Some(redis) = Redis::start() else { return };
    let (one, other, key) = (store(&redis.url()), store(&redis.url()), key("secret"));
    save(&one, &key, &token("one")).await;
    let mut renewal = lock(&one, &key).await;
    redis.end_leases();
    let mut sign_out = lock(&other, &key).await;
    assert!(sign_out.remove().await.expect("removed"));
    sign_out.release().await;
    overtaken(renewal.save(&token("two")).await);
    assert_eq!(one.load(&key).await.expect("loaded"), None);
}

#[tokio::test]
async fn what_a_flush_takes_away_is_not_brought_back_by_halves() {
    let Some(redis) = Redis::start() else { return };
    let (store, key) = (store(&redis.url()), key("secret"));
    let mut entry = lock(&store, &key).await;
    redis.ask::<()>(&redis::cmd("FLUSHALL"));
    overtaken(entry.save(&token("one")).await);
    // The numbers begin again: that of the next leader is the same.
    let mut next = lock(&store, &key).await;
    overtaken(entry.save(&token("one")).await);
    next.save(&token("two")).await.expect("saved");
    next.release().await;
    // Also where the lease is free again, and after a sign-out.
    overtaken(entry.save(&token("one")).await);
    assert_eq!(store.load(&key).await.expect("loaded"), Some(token("two")));
    overtaken(entry.remove().await);
    redis.ask::<()>(&redis::cmd("FLUSHALL"));
    let mut sign_out = lock(&store, &key).await;
    sign_out.remove().await.expect("removed");
    sign_out.release().await;
    overtaken(entry.save(&token("one")).await);
    assert_eq!(store.load(&key).await.expect("loaded"), None);
}

#[tokio::test]
async fn an_entry_that_is_only_dropped_is_given_back_too() {
    let Some(redis) = Redis::start() else { return };
    let (one, other, key) = (store(&redis.url()), store(&redis.url()), key("secret"));
    drop(lock(&one, &key).await);
    while other.try_lock(&key).await.expect("tried").is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_runtime_that_ends_after_a_call_was_dropped_can_wait_until_its_lease_is_given_back() {
    let Some(redis) = Redis::start() else { return };
    let (one, other, key) = (store(&redis.url()), store(&redis.url()), key("secret"));
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let ends = runtime();
    ends.block_on(async {
        let call = async {
            let _entry = lock(&one, &key).await;
            std::future::pending::<()>().await;
        };
        tokio::time::timeout(Duration::from_millis(300), call).await.expect_err("it is dropped");
        locks_given_back().await;
    });
    ends.shutdown_background();
    assert!(runtime().block_on(other.try_lock(&key)).expect("tried").is_some(), "at once");
}

#[tokio::test]
async fn a_lease_counts_as_long_as_its_holder_lives() {
    let Some(redis) = Redis::start() else { return };
    let (one, other, key) = (store(&redis.url()), store(&redis.url()), key("secret"));
    let mut held = lock(&one, &key).await;
    tokio::time::sleep(LEASE + Duration::from_secs(2)).await;
    assert!(other.try_lock(&key).await.expect("tried").is_none());
    held.save(&token("one")).await.expect("saved");
}

#[tokio::test]
async fn a_holder_that_stands_still_keeps_nobody_from_leading_without_end() {
    let Some(redis) = Redis::start() else { return };
    let (store, key) = (store(&redis.url()), key("secret"));
    let held = lock(&store, &key).await;
    tokio::time::pause();
    let pass = async |seconds: u64| {
        for _ in 0..seconds {
            tokio::time::advance(Duration::from_secs(1)).await;
            // Redis answers in a time of its own.
            let answers = || std::thread::sleep(Duration::from_millis(15));
            tokio::task::spawn_blocking(answers).await.expect("no panic");
        }
    };
    pass(60).await;
    let lease = redis.keys().into_iter().find(|key| key.ends_with(":lease")).expect("a lease");
    redis.ask::<()>(redis::cmd("PEXPIRE").arg(&lease).arg(4_000));
    pass(20).await;
    let left: i64 = redis.ask(redis::cmd("PTTL").arg(&lease));
    assert!(left <= 4_000, "it is kept alive: {left} ms");
    drop(held);
}

#[tokio::test]
async fn a_persons_token_and_one_without_a_secret_are_refused() {
    let Some(redis) = Redis::start() else { return };
    let store = store(&redis.url());
    let person = TokenKey::new(KeyParts { kind: Kind::OAuth, ..key("secret").parts().clone() });
    for key in
        [person.clone().with_secret(&Secret::new("x")), person, TokenKey::new(key("x").parts().clone())]
    {
        for error in [
            store.load(&key).await.map(drop).expect_err("refused"),
            store.announcement(&key).await.map(drop).expect_err("refused"),
            store.try_lock(&key).await.map(drop).expect_err("refused"),
        ] {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.hint_text().is_some());
        }
    }
    assert!(redis.keys().is_empty());
}

#[tokio::test]
async fn tls_is_spoken_to_whom_a_known_authority_has_signed() {
    let Some(redis) = Redis::start_with_tls() else { return };
    let address = || redis.url().parse().expect("an address");
    let trusting = |authority| {
        let variables = [("SSL_CERT_FILE", world::certificate(authority))];
        RedisStore::new(address(), &Platform::headless(variables.into_iter().collect::<Variables>()))
    };
    let key = key("secret");
    save(&trusting("authority"), &key, &token("one")).await;
    assert_eq!(trusting("authority").load(&key).await.expect("loaded"), Some(token("one")));
    let error = unusable(trusting("stranger").load(&key).await);
    assert!(error.hint_text().expect("a hint").contains("SSL_CERT_FILE"), "{error:?}");
    unusable(store(&redis.url().replace("rediss:", "redis:")).load(&key).await);
    assert!(trusting("authority").location(&key).starts_with("rediss://localhost:"));
}

#[tokio::test]
async fn every_way_to_log_in_to_a_redis_works() {
    let Some(redis) = Redis::start() else { return };
    let key = key("secret");
    save(&store(&redis.url()), &key, &token("one")).await;
    let default_user = redis.bare_url().replace("://", "://:canary-password@");
    for url in [default_user, redis.socket_url(), redis.url().replace("redis:", "valkey:")] {
        assert_eq!(store(&url).load(&key).await.expect(&url), Some(token("one")));
    }
}

#[tokio::test]
async fn a_redis_that_does_not_let_us_in_is_an_error_that_says_what_to_do() {
    let Some(redis) = Redis::start() else { return };
    let wrong = redis.url().replace("canary-password", "canary-wrong");
    let tls = redis.url().replace("redis:", "rediss:").replace("127.0.0.1", "localhost");
    for (url, hint) in [
        (redis.bare_url(), "user and password"),
        (wrong, "user and password"),
        (redis.url() + "/99", "look at what it says"),
        (tls, "start it"),
        ("redis://canary-user:canary-password@127.0.0.1:1".to_owned(), "start it"),
        ("redis://canary-user:canary-password@redis.invalid".to_owned(), "start it"),
        ("unix:///nowhere/redis.sock?pass=canary-password".to_owned(), "start it"),
    ] {
        let error = unusable(store(&url).load(&key("secret")).await);
        assert!(error.hint_text().expect("a hint").contains(hint), "{error:?}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    redis.ask::<()>(redis::cmd("ACL").arg(&["SETUSER", world::REDIS_USER, "-hincrby"]));
    let error = unusable(store(&redis.url()).try_lock(&key("secret")).await);
    assert!(error.hint_text().expect("a hint").contains("HINCRBY"), "{error:?}");
}

#[tokio::test]
async fn a_redis_that_answers_nothing_is_given_up() {
    let Some(redis) = Redis::start() else { return };
    let (store, key) = (store(&redis.url()), key("secret"));
    save(&store, &key, &token("one")).await;
    redis.freeze();
    for _ in 0..100 {
        let error = unusable(store.load(&key).await);
        assert!(error.to_string().ends_with("has not answered in 2 s"), "{error:?}");
    }
}

#[tokio::test]
async fn a_redis_that_was_started_again_is_used_again_at_once() {
    let Some(mut redis) = Redis::start() else { return };
    let (store, key) = (store(&redis.url()), key("secret"));
    save(&store, &key, &token("one")).await;
    redis.kill();
    redis.start_again();
    assert_eq!(store.load(&key).await.expect("loaded"), None);
    save(&store, &key, &token("two")).await;
}

#[test]
fn a_store_serves_one_runtime_after_another() {
    let Some(redis) = Redis::start() else { return };
    let (store, key) = (store(&redis.url()), key("secret"));
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let first = runtime();
    first.block_on(save(&store, &key, &token("one")));
    // The first one is there and does nothing.
    assert_eq!(runtime().block_on(store.load(&key)).expect("loaded"), Some(token("one")));
    drop(first);
    assert_eq!(runtime().block_on(store.load(&key)).expect("loaded"), Some(token("one")));
}

fn store(url: &str) -> RedisStore {
    let address = url.parse().unwrap_or_else(|why| panic!("{url}: {why}"));
    RedisStore::new(address, &Platform::headless(Variables::default()))
}

async fn lock(store: &RedisStore, key: &TokenKey) -> Box<dyn LockedEntry> {
    store.try_lock(key).await.expect("tried").expect("free")
}

async fn save(store: &RedisStore, key: &TokenKey, token: &TokenSet) {
    let mut entry = lock(store, key).await;
    entry.save(token).await.expect("saved");
    entry.release().await;
}

fn overtaken<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.expect_err("another has led since");
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().contains("another has taken its turn"), "{error:?}");
}

fn unusable<T>(result: Result<T>) -> Error {
    let Err(error) = result else { panic!("it worked") };
    assert_eq!(error.kind(), ErrorKind::Storage, "{error:?}");
    error
}

fn said() -> Announcement {
    let platform = Platform::headless(Variables::default());
    Announcement::new(&platform, Some("https://canary-api.example/authorize".into()))
}

fn token(text: &str) -> TokenSet {
    let mut token = TokenSet::new(Secret::new(text), NOON, Some(86_400));
    token.scope = Some("canary-scope".into());
    token.api_base_url = Some("https://canary-api.example".into());
    token
}

fn key(secret: &str) -> TokenKey {
    let secret = Secret::new(secret);
    let parts = KeyParts {
        kind: Kind::M2m,
        issuer: "https://canary-issuer.example".into(),
        client_id: "canary-client".into(),
        audience: "canary-audience".into(),
        organization: None,
        scopes: Vec::new(),
        api_base_url: None,
        account: TokenKey::account_of_secret(&secret),
    };
    TokenKey::new(parts).with_secret(&secret)
}

const NOON: i64 = 1_800_000_000;

/// How long a lease counts without a word of its holder.
const LEASE: Duration = Duration::from_secs(10);
