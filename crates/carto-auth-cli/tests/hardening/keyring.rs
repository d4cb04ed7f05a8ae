//! K13: refresh tokens in a real keyring, by real processes.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::desk::{Desk, files};
use crate::secret_service::{SecretService, SilentBus};

#[test]
fn k13_a_refresh_token_rests_in_the_keyring_renews_from_another_process_and_goes_with_the_sign_out() {
    let Some(service) = SecretService::start() else { return };
    let desk = desk_at(&service.address);
    desk.sign_in(&[]);
    let status = desk.run(&["status", "--json"]);
    assert_eq!(status.json()["refresh_location"], "in the system's keyring", "{status:?}");
    assert_eq!(status.json()["renews"], true);
    let (_, entry) = entry(&desk);
    assert_eq!((&entry["refresh_token"], &entry["refresh_in_keyring"]), (&Value::Null, &Value::Bool(true)));
    let first = service.lookup().expect("in the keyring");
    let text = serde_json::to_string(&entry).unwrap();
    assert!(!text.contains(&first) && !status.raw.0.contains(&first));
    assert!(!service.ours().contains("probe"), "the probe leaves nothing: {}", service.ours());

    age(&desk);
    let renewed = desk.run(&["token"]);
    assert_eq!(renewed.code, Some(0), "{renewed:?}");
    assert_eq!(sent(&desk), std::slice::from_ref(&first));
    let second = service.lookup().expect("in the keyring");
    assert_ne!(first, second);
    age(&desk);
    assert_eq!(desk.run(&["token"]).code, Some(0));
    assert_eq!(sent(&desk), [first, second]);

    let out = desk.run(&["logout"]);
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(service.ours(), "");
    assert!(files(&desk.home().join(".carto-auth")).is_empty());
}

#[test]
fn k13_a_token_that_lives_touches_no_keyring() {
    let Some(service) = SecretService::start() else { return };
    let mut desk = desk_at(&service.address);
    desk.sign_in(&[]);
    let bus = SilentBus::start();
    desk.set("DBUS_SESSION_BUS_ADDRESS", bus.address.clone());
    assert_eq!(desk.run(&["token"]).code, Some(0));
    assert!(bus.connections.try_recv().is_err(), "the keyring was asked");
}

#[test]
fn k13_a_keyring_that_was_killed_is_told_and_the_next_sign_in_rests_in_the_file() {
    let Some(mut service) = SecretService::start() else { return };
    let desk = desk_at(&service.address);
    desk.sign_in(&[]);
    service.kill();
    let status = desk.run(&["status", "--json"]).json();
    assert_eq!(
        status["refresh_location"],
        "in the system's keyring, out of reach, since there is no keyring at this D-Bus session"
    );
    assert_eq!((&status["renews"], &status["signed_in"]), (&Value::Bool(false), &Value::Bool(true)));
    age(&desk);
    let ended = desk.run(&["token"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.error.contains("cannot be read, since there is no keyring"), "{ended:?}");

    desk.sign_in(&[]);
    let status = desk.run(&["status", "--json"]).json();
    assert_eq!(status["refresh_location"], "in the file, since there is no keyring at this D-Bus session");
    age(&desk);
    assert_eq!(desk.run(&["token"]).code, Some(0));
    assert_eq!(sent(&desk).len(), 1);
}

#[test]
fn k13_a_keyring_that_is_locked_asks_nobody_and_is_told() {
    let Some(service) = SecretService::start() else { return };
    let desk = desk_at(&service.address);
    desk.sign_in(&[]);
    service.lock();
    age(&desk);
    let ended = desk.run(&["token"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.error.contains("the system's keyring is locked (unlock it, or"), "{ended:?}");
    desk.sign_in(&[]);
    let status = desk.run(&["status", "--json"]).json();
    assert_eq!(status["refresh_location"], "in the file, since the system's keyring is locked");
}

#[test]
fn k13_one_that_never_answers_costs_a_few_seconds_and_nothing_else() {
    let bus = SilentBus::start();
    let desk = desk_at(&bus.address);
    let begun = Instant::now();
    desk.sign_in(&[]);
    assert!(begun.elapsed() < NEVER_HANGS);
    assert_eq!(bus.connections.try_iter().count(), 1, "it is asked once");
    let begun = Instant::now();
    let status = desk.run(&["status"]);
    assert!(begun.elapsed() < NEVER_HANGS);
    let words = "a refresh token in the file, since the system's keyring has not answered within 3 s";
    assert!(status.output.contains(words), "{status:?}");
    age(&desk);
    assert_eq!(desk.run(&["token"]).code, Some(0));
}

#[test]
fn k13_a_command_ends_while_a_keyring_is_being_asked() {
    let bus = SilentBus::start();
    let desk = desk_at(&bus.address);
    desk.sign_in(&[]);
    while bus.connections.try_recv().is_ok() {}
    let status = desk.start(&["status"]);
    bus.connections.recv_timeout(NEVER_HANGS).expect("the keyring is asked");
    status.signal("-INT");
    // Had it waited for the answer, it would have ended well.
    assert_eq!(status.wait().code, Some(130));
}

#[test]
fn k13_it_can_be_turned_off() {
    let bus = SilentBus::start();
    let mut desk = desk_at(&bus.address);
    desk.set("CARTO_AUTH_KEYRING", "off");
    desk.sign_in(&[]);
    let status = desk.run(&["status", "--json"]).json();
    assert_eq!(status["refresh_location"], "in the file, since the keyring is turned off");
    assert!(bus.connections.try_recv().is_err(), "the keyring was asked");
    desk.set("CARTO_AUTH_KEYRING", "maybe");
    let wrong = desk.run(&["status"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.error.contains("`CARTO_AUTH_KEYRING` is neither `auto` nor `off`"), "{wrong:?}");
}

#[test]
fn k13_a_file_that_was_named_holds_it_all() {
    let bus = SilentBus::start();
    let desk = desk_at(&bus.address);
    desk.sign_in(&["--cache", "mine"]);
    let entry: Map<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(desk.folder.path().join("mine")).unwrap()).unwrap();
    assert!(entry["refresh_token"].is_string());
    assert!(bus.connections.try_recv().is_err(), "the keyring was asked");
}

#[test]
fn k13_where_no_session_answers_at_its_address_the_file_is_used_and_nobody_is_warned() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("no socket");
    std::fs::write(&file, "").unwrap();
    for address in [
        "unix:path=/nowhere/bus".to_owned(),
        format!("unix:path={}", file.display()),
        "tcp:host=127.0.0.1,port=1".to_owned(),
        "autolaunch:".to_owned(),
        "nonsense".to_owned(),
        ";;;".to_owned(),
    ] {
        let desk = desk_at(&address);
        desk.sign_in(&[]);
        let status = desk.run(&["status", "--json"]);
        let place = status.json()["refresh_location"].as_str().unwrap().to_owned();
        assert!(place.starts_with("in the file, since "), "{address}: {place}");
        assert_eq!(status.error, "", "{address}");
        age(&desk);
        assert_eq!(desk.run(&["token"]).code, Some(0), "{address}");
        assert_eq!(sent(&desk).len(), 1, "{address}");
    }
}

/// A desk whose D-Bus session has this address.
fn desk_at(address: &str) -> Desk {
    let mut desk = Desk::new();
    desk.set("DBUS_SESSION_BUS_ADDRESS", address);
    desk
}

/// The name of the one entry, and what is in it.
fn entry(desk: &Desk) -> (String, Map<String, Value>) {
    let folder = desk.home().join(".carto-auth");
    let [name] = &files(&folder)[..] else { panic!("one entry: {:?}", files(&folder)) };
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    (name.trim_end_matches(".json").to_owned(), serde_json::from_str(&text).unwrap())
}

/// The access token was won two days earlier, before this machine was started.
fn age(desk: &Desk) {
    let (name, mut entry) = entry(desk);
    entry.insert("issued_at".into(), (entry["issued_at"].as_i64().unwrap() - 2 * 86_400).into());
    entry.remove("boot");
    let path = desk.home().join(".carto-auth").join(format!("{name}.json"));
    std::fs::write(path, serde_json::to_string(&entry).unwrap()).unwrap();
}

/// Every refresh token that was sent to be renewed.
fn sent(desk: &Desk) -> Vec<String> {
    desk.sandbox.recorded().iter().filter_map(|request| request.parameter("refresh_token")).collect()
}

/// Longer than any call of a keyring, on a machine that is busy.
const NEVER_HANGS: Duration = Duration::from_secs(15);
