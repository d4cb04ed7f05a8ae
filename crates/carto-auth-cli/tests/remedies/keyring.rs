//! A refresh token in the keyring of the system that is locked, silent or turned off.

use serde_json::{Map, Value};

use crate::desk::{Desk, files};
use crate::hint::{Hint, sign_in, works};
use crate::secret_service::{SecretService, SilentBus};

const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// A desk of somebody who is signed in, and whose refresh token rests in this keyring.
fn desk_at(service: &SecretService) -> Desk {
    let mut desk = Desk::with_browser();
    desk.set(BUS, service.address.clone());
    desk.sign_in(&[]);
    assert_ne!(service.ours(), "", "it rests in the keyring");
    desk
}

#[test]
fn a_keyring_that_is_locked_is_unlocked_or_done_without() {
    let Some(mut service) = SecretService::start() else { return };
    let mut desk = desk_at(&service);
    service.lock();
    let [warning, error] = refused(&desk, ["unlock-it-or-sign", "unlock-the-keyring-or"]);
    warning.says("unlock it");
    error.says("unlock the keyring");
    service.unlock();
    renews(&desk);

    service.lock();
    let [warning, error] = refused(&desk, ["unlock-it-or-sign", "unlock-the-keyring-or"]);
    let off = warning.word("CARTO_AUTH_KEYRING");
    assert_eq!(error.word("CARTO_AUTH_KEYRING"), off, "both say the same");
    // While it is locked, a sign-in rests in the file.
    sign_in(&desk, error.word("carto-auth login"));
    renews(&desk);
    let (name, value) = off.split_once('=').unwrap();
    desk.set(name, value);
    sign_in(&desk, &format!("{} --force", error.word("carto-auth login")));
    renews(&desk);
}

#[test]
fn a_keyring_that_does_not_answer_is_done_without() {
    let Some(service) = SecretService::start() else { return };
    let mut desk = desk_at(&service);
    let bus = SilentBus::start();
    desk.set(BUS, bus.address.clone());
    let [warning, error] = refused(&desk, ["sign-in-again-with-off", "unlock-the-keyring-or"]);
    let (name, value) = warning.word("CARTO_AUTH_KEYRING").split_once('=').unwrap();
    warning.says("sign in again");
    desk.set(name, value);
    while bus.connections.try_recv().is_ok() {}
    sign_in(&desk, error.word("carto-auth login"));
    renews(&desk);
    assert!(bus.connections.try_recv().is_err(), "it is not waited for any more");
}

#[test]
fn a_folder_that_machines_share_keeps_it_in_the_file() {
    let (Some(here), Some(there)) = (SecretService::start(), SecretService::start()) else { return };
    let mut desk = desk_at(&here);
    desk.set(BUS, there.address.clone());
    let place = desk.run(&["status", "--json"]).json()["refresh_location"].as_str().unwrap().to_owned();
    // Not a hint of an error, but one of the status.
    let (name, value) = place.split('`').nth(1).and_then(|typed| typed.split_once('=')).unwrap();
    desk.set(name, value);
    desk.sign_in(&["--force"]);
    renews(&desk);
    desk.set(BUS, here.address.clone());
    renews(&desk);
}

#[test]
fn a_sign_out_is_repeated_where_the_keyring_can_be_reached() {
    let Some(mut service) = SecretService::start() else { return };
    let mut desk = desk_at(&service);
    service.lock();
    signs_out_again(&desk).says("sign out again where the keyring can be reached and is unlocked");
    service.unlock();
    works(&desk, &["logout"]);
    assert_eq!(service.ours(), "", "nothing is left");

    desk.sign_in(&[]);
    desk.set("CARTO_AUTH_KEYRING", "off");
    let hint = signs_out_again(&desk);
    hint.says("without `CARTO_AUTH_KEYRING=off`");
    desk.unset(hint.word("CARTO_AUTH_KEYRING").trim_end_matches("=off"));
    works(&desk, &["logout"]);
    assert_eq!(service.ours(), "", "nothing is left");
}

fn signs_out_again(desk: &Desk) -> Hint {
    let outcome = desk.run(&["logout"]);
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    Hint::of(&outcome, "sign-out-again-where")
}

/// Asks for a token that would have to be renewed, and is not; gives the hints of the warning and of the error.
fn refused(desk: &Desk, ids: [&str; 2]) -> [Hint; 2] {
    age(desk);
    let outcome = desk.run(&["token"]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    ids.map(|id| Hint::of(&outcome, id))
}

/// The fault is gone: the next token is won without a person.
fn renews(desk: &Desk) {
    age(desk);
    works(desk, &["token"]);
}

/// The access token was won two days earlier, before this machine was started.
fn age(desk: &Desk) {
    let folder = desk.home().join(".carto-auth");
    let [name] = &files(&folder)[..] else { panic!("one entry: {:?}", files(&folder)) };
    let path = folder.join(name);
    let mut entry: Map<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    entry.insert("issued_at".into(), (entry["issued_at"].as_i64().unwrap() - 2 * 86_400).into());
    entry.remove("boot");
    std::fs::write(path, serde_json::to_string(&entry).unwrap()).unwrap();
}
