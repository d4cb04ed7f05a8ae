//! K01, K02, K05, K06: what stands in the files that tokens rest in.

use std::path::{Path, PathBuf};

use carto_auth::{CartoAuth, M2mCredentials, Options, Secret, Wanted};
use carto_sandbox::Route;
use serde_json::{Value, json};

use crate::world::{Entry, World};

#[tokio::test]
async fn k01_an_entry_cut_at_any_byte_is_moved_aside_with_one_warning_and_asked_for_anew() {
    let world = World::new();
    world.job().access_token().await.expect("a token");
    let file = entry(&world);
    let whole = std::fs::read(&file).expect("read");
    for cut in 0..whole.len() - 1 {
        assert_moved_aside(&world, &file, &whole[..cut]);
        if cut % 250 == 0 {
            asked_for_anew(&world, &file).await;
        }
    }
    std::fs::write(&file, &whole[..whole.len() - 1]).expect("written");
    assert!(kept(&world).is_some(), "only the last line break is missing");
}

#[tokio::test]
async fn k01_garbage_of_every_kind_is_moved_aside_with_one_warning_and_asked_for_anew() {
    let world = World::new();
    world.job().access_token().await.expect("a token");
    let file = entry(&world);
    let text = World::read(&file);
    let whole = text.as_bytes();
    let mut cases = vec![
        b" \n\t".to_vec(),
        vec![0; whole.len()],
        vec![0xff; 64],
        [whole, b"Extra data"].concat(),
        [whole, whole].concat(),
        [whole, b"\0\0\0\0"].concat(),
        [b"\xef\xbb\xbf", whole].concat(),
        [b"\xff\xfe".to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
        b"\x1f\x8b\x08\0\0\0\0\0canary".to_vec(),
        b"#!/bin/sh\necho canary\n".to_vec(),
        text.replace("\"access_token\"", "\"access_token\": \"canary\", \"access_token\"").into_bytes(),
        text.replace("\"version\": 1", "\"version\": 1, \"version\": 1").into_bytes(),
        format!("{{\"version\": 1, \"deep\": {}", "[".repeat(100_000)).into_bytes(),
        format!("{{\"version\": 1, \"huge\": \"{}\"}}", "x".repeat(2 << 20)).into_bytes(),
        br#"{"client_id": "canary", "client_secret": "canary"}"#.to_vec(),
        br#"{"api_base_url": null, "access_token": "canary", "expiration": 1}"#.to_vec(),
    ];
    // What a power cut leaves: the length is right, the end was never written.
    cases.extend((0..whole.len() - 1).step_by(101).map(|cut| {
        let mut zeroed = whole.to_vec();
        zeroed[cut..].fill(0);
        zeroed
    }));
    for case in cases {
        assert_moved_aside(&world, &file, &case);
        asked_for_anew(&world, &file).await;
    }
}

#[tokio::test]
async fn k01_a_file_that_the_caller_names_is_moved_aside_only_where_it_was_ours() {
    let world = World::new();
    let file = world.folder.path().join("a token.json");
    let options = Options { cache_file: Some(file.clone()), ..Options::default() };
    let job = || crate::world::job(&world, &options);
    job().access_token().await.expect("a token");
    let whole = std::fs::read(&file).expect("read");
    for cut in (0..whole.len() - 1).step_by(211) {
        std::fs::write(&file, &whole[..cut]).expect("written");
        assert_eq!(job().cached_access_token().expect("a miss"), None, "cut at {cut}");
        assert!(!file.exists(), "cut at {cut}: {}", world.person.told());
        job().access_token().await.expect("another");
    }
    for stranger in ["#!/bin/sh\n", r#"{"client_id": "c"}"#, "token: x\n"] {
        std::fs::write(&file, stranger).expect("written");
        let token = job().access_token().await.expect("a token");
        assert_eq!(job().cached_access_token().expect("kept beside"), Some(token));
        assert_eq!(World::read(&file), stranger, "it was never ours");
    }
}

#[tokio::test]
async fn k02_json_of_a_wrong_type_is_moved_aside_with_one_warning_and_asked_for_anew() {
    let world = World::new();
    world.job().access_token().await.expect("a token");
    let file = entry(&world);
    let whole = world.entry();
    for text in ["null", "[]", "[{}]", "7", "\"token\"", "true", "{}"] {
        assert_moved_aside(&world, &file, text.as_bytes());
    }
    for (field, value) in [
        ("access_token", Value::Null),
        ("access_token", "".into()),
        ("access_token", " ".into()),
        ("access_token", 5.into()),
        ("access_token", "can\nary".into()),
        ("access_token", "canary\r".into()),
        ("access_token", "can\0ary".into()),
        ("access_token", json!(["canary"])),
        ("access_token", json!({"canary": 1})),
        ("refresh_token", 5.into()),
        ("refresh_token", "canary\n".into()),
        ("issued_at", Value::Null),
        ("issued_at", "yesterday".into()),
        ("issued_at", 1.5.into()),
        ("issued_at", json!(u64::MAX)),
        ("expires_in", "86400".into()),
        ("expires_in", json!(1e300)),
        ("boot", json!([])),
        ("scope", json!(["read"])),
        ("api_base_url", json!(7)),
        ("key", Value::Null),
        ("key", json!({"id": 1})),
        ("version", "1".into()),
        ("version", 0.into()),
        ("version", json!(-1)),
        ("version", 1.5.into()),
    ] {
        let mut changed = whole.clone();
        changed.insert(field.to_owned(), value);
        assert_moved_aside(&world, &file, json!(changed).to_string().as_bytes());
        asked_for_anew(&world, &file).await;
    }
    for field in ["access_token", "issued_at", "key"] {
        let mut changed: Entry = whole.clone();
        changed.remove(field);
        assert_moved_aside(&world, &file, json!(changed).to_string().as_bytes());
    }
}

#[tokio::test]
async fn k05_whatever_changes_the_answer_of_a_person_is_a_miss() {
    let world = World::new();
    world.write_config("[profiles.other]\n");
    world.person().sign_in().await.expect("signed in");
    let kept =
        |world: &World, options: &Options| world.open(options).cached_access_token().expect("read").is_some();
    let text = |text: &str| Some(text.to_owned());
    assert!(kept(&world, &Options::default()));
    for options in [
        Options { profile: text("other"), ..Options::default() },
        Options { organization: text("org_sandbox"), ..Options::default() },
        Options { scopes: Some(vec!["read:account".into()]), ..Options::default() },
        Options { api_base_url: text(world.sandbox.url()), ..Options::default() },
    ] {
        assert!(!kept(&world, &options), "{options:?}");
    }
    let mut world = world;
    for (name, value) in [
        ("CARTO_AUTH_AUDIENCE", "another-api"),
        ("CARTO_AUTH_CLIENT_ID", "sandbox-another-client"),
        ("CARTO_AUTH_URL", "http://127.0.0.1:1"),
        ("CARTO_AUTH_ORG", "org_sandbox"),
        ("CARTO_AUTH_SCOPES", "read:account"),
        ("CARTO_API_BASE_URL", "http://127.0.0.1:1"),
    ] {
        world.more = vec![(name.into(), value.into())];
        assert!(!kept(&world, &Options::default()), "{name}");
    }
    world.more.clear();
    assert!(kept(&world, &Options::default()), "it is still there");
}

#[tokio::test]
async fn k05_whatever_changes_the_answer_of_a_job_is_a_miss() {
    let world = World::new();
    let (id, secret) = world.sandbox.m2m_client();
    let url = world.sandbox.url().to_owned();
    let job = |url: &str, id: &str, secret: &str, more: &[(&str, &str)]| {
        let credentials = M2mCredentials::new(url, id, Secret::new(secret)).expect("credentials");
        let wanted = Wanted::Credentials(credentials);
        CartoAuth::open(world.platform_with(more), &Options::default(), wanted).expect("settings")
    };
    let token = job(&url, &id, &secret, &[]).access_token().await.expect("a token");
    type Given<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)]);
    let others: [Given<'_>; 6] = [
        ("http://127.0.0.1:1", &id, &secret, &[]),
        (&url, "sandbox-another", &secret, &[]),
        (&url, &id, "sandbox-another", &[]),
        (&url, &id, &format!("{secret} "), &[]),
        (&url, &id, &secret, &[("CARTO_AUTH_URL", "http://127.0.0.1:1")]),
        (&url, &id, &secret, &[("CARTO_AUTH_AUDIENCE", "another-api")]),
    ];
    for (url, id, secret, more) in others {
        assert_eq!(
            job(url, id, secret, more).cached_access_token().expect("read"),
            None,
            "{url} {id} {more:?}"
        );
    }
    // What changes nothing is a hit.
    assert_eq!(job(&format!("{url}/"), &id, &secret, &[]).cached_access_token().expect("read"), Some(token));
    assert_eq!(world.person().cached_access_token().expect("read"), None);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn k06_an_entry_of_a_newer_version_stays_and_ours_goes_beside_it_told_once() {
    for newer in [
        json!({"version": 2, "access_token": "newer", "key": 5}),
        json!({"version": 2, "tokens": [{"of": "the future"}]}),
        json!({"version": 1_000_000}),
    ] {
        let world = World::new();
        world.job().access_token().await.expect("a token");
        let file = entry(&world);
        std::fs::write(&file, newer.to_string()).expect("written");
        let auth = world.job();
        assert_eq!(auth.cached_access_token().expect("a miss"), None);
        let token = auth.access_token().await.expect("a token of our own");
        let told = world.person.told();
        assert_eq!(told.matches("warning: ").count(), 1, "{told}");
        assert!(told.contains("a file of a newer version") && told.contains(".json.v1`"), "{told}");
        assert_eq!(kept(&world), Some(token), "found by the next program");
        world.job().access_token().await.expect("the same");
        assert_eq!(world.sandbox.requests(Route::Token), 2);
        assert_eq!(World::read(&file), newer.to_string());
        assert!(world.job().log_out().await.expect("signed out").removed);
        assert_eq!((World::read(&file), kept(&world)), (newer.to_string(), None));
    }
}

/// What is there counts as missing, is said once, and is kept aside for whoever wants to look.
fn assert_moved_aside(world: &World, file: &Path, content: &[u8]) {
    std::fs::write(file, content).expect("written");
    let before = world.person.told().len();
    let auth = world.job();
    let shown = String::from_utf8_lossy(&content[..content.len().min(80)]).into_owned();
    for _ in 0..2 {
        assert_eq!(auth.cached_access_token().expect("a miss is no error"), None, "{shown}");
    }
    let told = &world.person.told()[before..];
    assert_eq!(told.matches("warning: ").count(), 1, "{shown}: {told}");
    assert!(told.contains("was damaged") && told.contains("it was moved to"), "{told}");
    assert!(!told.contains("canary") && !told.contains("eyJ"), "{told}");
    assert!(!file.exists(), "{shown}");
    let is_aside = |path: &PathBuf| std::fs::read(path).is_ok_and(|bytes| bytes == content);
    assert!(world.kept().iter().any(is_aside), "{shown} is lost");
}

async fn asked_for_anew(world: &World, file: &Path) {
    let before = world.sandbox.requests(Route::Token);
    let token = world.job().access_token().await.expect("asked for anew");
    assert_eq!(world.sandbox.requests(Route::Token), before + 1);
    assert!(file.exists());
    assert_eq!(kept(world), Some(token));
}

/// What the next program finds.
fn kept(world: &World) -> Option<Secret> {
    world.job().cached_access_token().expect("read")
}

/// The one file with a token in it.
fn entry(world: &World) -> PathBuf {
    let is_entry = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    world.kept().into_iter().find(is_entry).expect("an entry")
}
