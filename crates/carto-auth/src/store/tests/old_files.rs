//! K04, K16: the files of carto-auth 0.2.0.

use super::*;

const HOUR: i64 = 3_600;

fn claims() -> Value {
    json!({
        "iss": "https://auth.carto.com/", "azp": "client", "aud": ["audience", "more"], "scope": "read:maps",
        "iat": NOON - HOUR, "exp": NOON + HOUR,
    })
}

/// A file as 0.2.0 writes it in a zone this many seconds east of UTC: `utcnow().timestamp()` takes UTC
/// for local time, so that what it writes is too small in the east and too large in the west.
fn put_legacy(world: &World, name: &str, token: &str, east: i64) {
    let document = json!({
        "api_base_url": "https://somebody-elses.example.com",
        "access_token": token,
        "expiration": (NOON + HOUR - east) as f64 + 0.5,
    });
    put(&world.at(name), document.to_string());
}

#[test]
fn a_token_of_0_2_0_is_served_until_its_true_end_wherever_it_was_written() {
    let dst = [HOUR, 2 * HOUR];
    for east in [0, 2 * HOUR, -5 * HOUR, 14 * HOUR, -12 * HOUR].into_iter().chain(dst) {
        for (now, alive) in [(NOON, true), (NOON + HOUR - 1, true), (NOON + HOUR, false)] {
            let world = World::at_time(now);
            let text = jwt(&claims());
            put_legacy(&world, "cache/token_oauth.json", &text, east);
            let token = world.in_folder().read(&key()).expect("read");
            assert_eq!(token.is_some(), alive, "{east} {now}");
            if let Some(token) = token {
                assert_eq!(token.access_token.expose(), text);
                assert_eq!((token.issued_at, token.expires_in), (NOON - HOUR, Some(2 * HOUR)));
                assert_eq!(token.api_base_url, None, "the file's may be of another account");
            }
        }
    }
}

#[test]
fn a_token_of_0_2_0_lasts_ten_years_at_most() {
    let mut claims = claims();
    claims["exp"] = json!(1e300);
    let world = World::new();
    put_legacy(&world, "cache/token_oauth.json", &jwt(&claims), 0);
    let token = world.in_folder().read(&key()).expect("read").expect("alive");
    assert_eq!(token.expires_in, Some(315_360_000));
}

#[test]
fn a_token_of_0_2_0_that_is_not_the_one_asked_for_is_a_miss() {
    let asked = |change: fn(&mut KeyParts)| {
        let mut parts = parts(Kind::OAuth);
        change(&mut parts);
        TokenKey::new(parts)
    };
    for key in [
        asked(|parts| parts.client_id = "other".into()),
        asked(|parts| parts.audience = "other".into()),
        asked(|parts| parts.organization = Some("org_1".into())),
        asked(|parts| parts.scopes = vec!["write:maps".into()]),
        asked(|parts| parts.issuer = "https://auth.example.com".into()),
        asked(|parts| parts.account = "work".into()),
        asked(|parts| parts.kind = Kind::M2m),
    ] {
        let world = World::new();
        put_legacy(&world, "cache/token_oauth.json", &jwt(&claims()), 0);
        assert_eq!(world.in_folder().text(&key), None, "{:?}", key.parts());
    }
    let said = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        jwt(&claims)
    };
    for text in [
        said("azp", json!("other")),
        said("azp", Value::Null),
        said("aud", json!(["other"])),
        said("aud", Value::Null),
        said("org_id", json!("org_1")),
        said("exp", Value::Null),
        said("exp", json!(NOON)),
        said("exp", json!("tomorrow")),
        "opaque".into(),
        String::new(),
        format!("{}\n", jwt(&claims())),
    ] {
        let world = World::new();
        put_legacy(&world, "cache/token_oauth.json", &text, 0);
        assert_eq!(world.in_folder().text(&key()), None);
    }
    for document in ["", "{", "null", "[]", r#"{"access_token": null, "expiration": null}"#] {
        let world = World::new();
        put(&world.at("cache/token_oauth.json"), document);
        assert_eq!(world.in_folder().text(&key()), None);
        assert_eq!(content(&world.at("cache/token_oauth.json")), document.as_bytes());
        assert_eq!(world.warnings(), [""; 0]);
    }
}

#[test]
fn the_organization_and_the_scopes_may_be_the_ones_asked_for() {
    let mut claims = claims();
    claims["org_id"] = json!("org_1");
    let world = World::new();
    put_legacy(&world, "cache/token_oauth.json", &jwt(&claims), 0);
    let key = TokenKey::new(KeyParts {
        organization: Some("org_1".into()),
        scopes: vec!["read:maps".into()],
        ..parts(Kind::OAuth)
    });
    assert_eq!(world.in_folder().text(&key), Some(jwt(&claims)));
}

#[test]
fn a_job_takes_its_own_file_over() {
    let world = World::new();
    put_legacy(&world, "cache/token_m2m.json", &jwt(&claims()), 0);
    let account = TokenKey::account_of_secret(&Secret::new("secret"));
    let job = TokenKey::new(KeyParts { account, ..parts(Kind::M2m) });
    assert_eq!(world.in_folder().text(&job), Some(jwt(&claims())));
    assert_eq!(world.in_folder().text(&key()), None);
}

#[test]
fn a_token_is_taken_over_once_and_the_old_file_stays_as_it_is() {
    for signs_out_first in [false, true] {
        let world = World::new();
        let path = world.at("cache/token_oauth.json");
        put_legacy(&world, "cache/token_oauth.json", &jwt(&claims()), 2 * HOUR);
        let before = content(&path);
        let store = world.in_folder();
        assert_eq!(store.text(&key()), Some(jwt(&claims())));
        if !signs_out_first {
            store.save(&key(), "ours");
            assert_eq!(store.text(&key()).as_deref(), Some("ours"));
        }
        assert!(store.lock(&key()).delete().expect("removed"));
        assert_eq!(store.text(&key()), None, "it must not come back");
        assert!(!store.lock(&key()).delete().expect("nothing left"));
        assert_eq!(content(&path), before);
        assert_eq!(world.names("cache"), ["token_oauth.json", "token_oauth.json.taken"]);
        // A sign-in with 0.2.0 later on is another token.
        let mut claims = claims();
        claims["iat"] = json!(NOON);
        put_legacy(&world, "cache/token_oauth.json", &jwt(&claims), 0);
        assert_eq!(store.text(&key()), Some(jwt(&claims)));
    }
}

#[test]
fn a_sign_in_to_another_account_does_not_use_the_old_token_up() {
    let world = World::new();
    put_legacy(&world, "cache/token_oauth.json", &jwt(&claims()), 0);
    let store = world.in_folder();
    store.save(&other_key(), "another");
    assert_eq!(store.text(&key()), Some(jwt(&claims())));
}

#[test]
fn a_file_of_0_2_0_that_the_caller_names_is_taken_over_and_stays() {
    let world = World::new();
    put_legacy(&world, "named", &jwt(&claims()), -5 * HOUR);
    let before = content(&world.at("named"));
    assert_eq!(world.at_file().text(&key()), Some(jwt(&claims())));
    world.at_file().save(&key(), "ours");
    assert_eq!(world.at_file().text(&key()).as_deref(), Some("ours"));
    assert_eq!(world.warnings().len(), 1);
    assert!(world.at_file().lock(&key()).delete().expect("removed"));
    assert_eq!(world.at_file().text(&key()), None);
    assert_eq!(content(&world.at("named")), before);
    assert_eq!(world.names(""), ["named", "named.taken"]);
}
