//! K01, K02, K04 to K06, K16: what the command finds in the folder of its tokens.

use std::path::PathBuf;

use carto_sandbox::{ADA, Route};
use serde_json::{Map, Value, json};

use crate::desk::{Desk, files};

/// A desk of a job whose token is kept, with the path and the text of its entry.
fn kept() -> (Desk, PathBuf, String) {
    let desk = Desk::of_job();
    assert_eq!(desk.run(&["token"]).code, Some(0));
    let path = entry(&desk);
    let text = std::fs::read_to_string(&path).unwrap();
    (desk, path, text)
}

pub(crate) fn entry(desk: &Desk) -> PathBuf {
    let folder = desk.home().join(".carto-auth");
    let name = files(&folder).into_iter().find(|name| name.ends_with(".json")).unwrap();
    folder.join(name)
}

/// Somebody writes into the one entry.
pub(crate) fn change(desk: &Desk, change: impl FnOnce(&mut Map<String, Value>)) {
    let path = entry(desk);
    let mut document = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut document);
    std::fs::write(path, serde_json::to_string(&document).unwrap()).unwrap();
}

/// A damaged entry costs one warning and one request; the next command finds the new one.
fn assert_asked_for_anew(desk: &Desk, path: &PathBuf, content: &[u8]) {
    std::fs::write(path, content).unwrap();
    let requests = desk.sandbox.requests(Route::Token);
    let first = desk.run(&["token"]);
    let shown = String::from_utf8_lossy(&content[..content.len().min(60)]).into_owned();
    assert_eq!((first.code, first.output.as_str()), (Some(0), "[TOKEN]\n"), "{shown}: {first:?}");
    assert_eq!(first.error.matches("warning: ").count(), 1, "{shown}: {first:?}");
    assert!(first.error.contains("was damaged") && !first.raw.1.contains("canary"), "{first:?}");
    assert!(!first.error.contains("panicked"), "{first:?}");
    let next = desk.run(&["token"]);
    assert_eq!((next.raw.0.as_str(), next.error.as_str()), (first.raw.0.as_str(), ""), "{shown}");
    assert_eq!(desk.sandbox.requests(Route::Token), requests + 1);
}

#[test]
fn k01_what_is_damaged_is_moved_aside_with_one_warning_and_asked_for_anew() {
    let (desk, path, text) = kept();
    let whole = text.as_bytes();
    // The library's own tests cut at each byte.
    for cut in (0..whole.len() - 1).step_by(61) {
        assert_asked_for_anew(&desk, &path, &whole[..cut]);
    }
    for case in [
        vec![0; whole.len()],
        [&whole[..500], &[0; 500]].concat(),
        [whole, b"Extra data"].concat(),
        [whole, whole].concat(),
        [b"\xef\xbb\xbf", whole].concat(),
        b"\x1f\x8b\x08 canary".to_vec(),
        format!("{{\"version\": 1, \"deep\": {}", "[".repeat(100_000)).into_bytes(),
        vec![b'x'; 2 << 20],
    ] {
        assert_asked_for_anew(&desk, &path, &case);
    }
}

#[test]
fn k01_status_and_logout_take_a_damaged_entry_for_none() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    let path = entry(&desk);
    for (arguments, code) in [(&["status"][..], 3), (&["token"], 3), (&["profiles"], 0), (&["logout"], 0)] {
        std::fs::write(&path, "{\"version\": 1, \"access_token\": \"canary").unwrap();
        let outcome = desk.run(arguments);
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        assert!(!format!("{outcome:?}").contains("canary"), "{outcome:?}");
    }
}

#[test]
fn k02_json_of_a_wrong_type_is_moved_aside_with_one_warning_and_asked_for_anew() {
    let (desk, path, text) = kept();
    for text in ["null", "[]", "7", "\"canary\"", "{}"] {
        assert_asked_for_anew(&desk, &path, text.as_bytes());
    }
    let whole: Map<String, Value> = serde_json::from_str(&text).unwrap();
    for (field, value) in [
        ("access_token", Value::Null),
        ("access_token", "".into()),
        ("access_token", 7.into()),
        ("access_token", "can\nary".into()),
        ("issued_at", "canary".into()),
        ("expires_in", "86400".into()),
        ("key", json!([])),
        ("version", "1".into()),
    ] {
        let mut changed = whole.clone();
        changed.insert(field.to_owned(), value);
        assert_asked_for_anew(&desk, &path, json!(changed).to_string().as_bytes());
    }
}

/// What 0.2.0 leaves in a zone so many seconds east of UTC.
fn sign_in_with_0_2_0(desk: &Desk, token: &str, end: i64, east: i64) -> (PathBuf, String) {
    let folder = desk.home().join(".carto-auth");
    std::fs::create_dir_all(&folder).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let path = folder.join("token_oauth.json");
    let kept = json!({"api_base_url": null, "access_token": token, "expiration": (end - east) as f64 + 0.5});
    std::fs::write(&path, kept.to_string()).unwrap();
    (path, kept.to_string())
}

fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

const HOUR: i64 = 3_600;

#[test]
fn k04_a_token_of_0_2_0_is_used_to_its_true_end_whatever_its_file_and_this_zone_say() {
    let life = std::time::Duration::from_secs(5 * 3_600);
    let settings = carto_sandbox::Settings { token_life: life, ..carto_sandbox::Settings::default() };
    let mut desk = Desk::with(settings);
    for (east, zone) in [
        (2 * HOUR, "Europe/Madrid"),
        (-5 * HOUR, "America/New_York"),
        (14 * HOUR, "UTC"),
        (-12 * HOUR, "UTC"),
    ] {
        desk.set("TZ", zone);
        let token = desk.sandbox.issue(ADA).access_token;
        sign_in_with_0_2_0(&desk, &token, now() + 5 * HOUR, east);
        assert_eq!(desk.run(&["token"]).raw.0.trim(), token, "{zone}: thrown away while it lives");
    }
    let short = carto_sandbox::Settings {
        token_life: std::time::Duration::from_secs(1),
        ..carto_sandbox::Settings::default()
    };
    let desk = Desk::with(short);
    let token = desk.sandbox.issue(ADA).access_token;
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    for east in [2 * HOUR, -5 * HOUR, -12 * HOUR] {
        sign_in_with_0_2_0(&desk, &token, now() + HOUR, east);
        assert_eq!(desk.run(&["token"]).code, Some(3), "{east}: served after its end");
    }
}

#[test]
fn k05_whatever_changes_the_answer_is_a_miss() {
    let mut desk = Desk::new();
    desk.sign_in(&[]);
    assert_eq!(desk.run(&["token"]).code, Some(0));
    for (name, value) in [
        ("CARTO_AUTH_AUDIENCE", "another-api"),
        ("CARTO_AUTH_CLIENT_ID", "sandbox-another-client"),
        ("CARTO_AUTH_URL", "http://127.0.0.1:1"),
        ("CARTO_AUTH_ORG", "org_sandbox"),
        ("CARTO_AUTH_SCOPES", "read:account"),
        ("CARTO_API_BASE_URL", "http://127.0.0.1:1"),
    ] {
        let before = desk
            .command(&[])
            .get_envs()
            .find(|(own, _)| *own == name)
            .and_then(|(_, value)| value.map(ToOwned::to_owned));
        desk.set(name, value);
        assert_eq!(desk.run(&["token"]).code, Some(3), "{name}");
        match before {
            Some(before) => desk.set(name, before.into_string().unwrap()),
            None => desk.unset(name),
        }
        assert_eq!(desk.run(&["token"]).code, Some(0), "{name}: it is still there");
    }
    assert_eq!(desk.run(&["token", "--base-url", "http://127.0.0.1:1"]).code, Some(3));
}

#[test]
fn k06_an_entry_of_a_newer_version_stays_and_ours_goes_beside_it_told_once() {
    let (desk, path, _) = kept();
    let newer = r#"{"version": 2, "tokens": ["canary"], "key": 5}"#;
    std::fs::write(&path, newer).unwrap();
    let first = desk.run(&["token"]);
    assert_eq!((first.code, first.output.as_str()), (Some(0), "[TOKEN]\n"), "{first:?}");
    assert_eq!(first.error.matches("warning: ").count(), 1, "{first:?}");
    assert!(first.error.contains("is a file of a newer version and stays as it is"), "{first:?}");
    let next = desk.run(&["token"]);
    assert_eq!((next.raw.0, next.error.as_str()), (first.raw.0, ""), "ours is found beside it");
    assert_eq!(desk.run(&["logout"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(path).unwrap(), newer);
}

#[test]
fn k16_the_file_of_0_2_0_is_taken_over_and_never_changed() {
    let desk = Desk::new();
    let theirs = desk.sandbox.issue(ADA).access_token;
    let (path, text) = sign_in_with_0_2_0(&desk, &theirs, now() + 24 * HOUR, 0);
    assert_eq!(desk.run(&["token"]).raw.0.trim(), theirs, "nobody has to sign in again");
    desk.sign_in(&["--force"]);
    assert_ne!(desk.run(&["token"]).raw.0.trim(), theirs);
    assert_eq!(desk.run(&["logout"]).code, Some(0));
    assert_eq!(desk.run(&["token"]).code, Some(3), "nor does it come back");
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}
