//! K01, K02, K05, K06: what is damaged is moved aside, what is not ours stays.

use super::*;

#[test]
fn damage_is_a_miss_with_one_warning_and_nothing_is_lost() {
    let whole = {
        let world = World::new();
        world.in_folder().save(&key(), "canary");
        content(&world.in_folder().entry(&key()))
    };
    let mut cases: Vec<Vec<u8>> = (0..whole.len() - 1).step_by(17).map(|cut| whole[..cut].to_vec()).collect();
    cases.push([&whole[..], b"Extra data"].concat());
    cases.push(vec![0; whole.len()]);
    cases.push(b"null".to_vec());
    cases.push(b"[]".to_vec());
    cases.push(b"not ours at all, but in our place".to_vec());
    cases.push(vec![b'{'; 300 * 1024]);
    for case in cases {
        let world = World::new();
        let store = world.in_folder();
        put(&store.entry(&key()), &case);
        assert_eq!(store.text(&key()), None);
        assert_eq!(store.text(&key()), None);
        let warnings = world.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(!warnings[0].contains("canary"), "{warnings:?}");
        let aside = format!("{}.json.corrupt-{NOON}", key().id());
        assert_eq!(world.names("cache"), std::slice::from_ref(&aside));
        assert_eq!(content(&world.at("cache").join(aside)), case);
        store.save(&key(), "new");
        assert_eq!(store.text(&key()).as_deref(), Some("new"));
    }
}

#[test]
fn the_holder_of_the_lock_finds_damage_too() {
    let world = World::new();
    let store = world.in_folder();
    put(&store.entry(&key()), "{");
    let mut entry = store.lock(&key());
    assert_eq!(store.text(&key()), None);
    assert_eq!(world.warnings(), [""; 0], "a reader leaves it to whoever holds the lock");
    entry.write(&token("new")).expect("saved");
    assert_eq!(world.warnings().len(), 1);
    assert_eq!(store.text(&key()).as_deref(), Some("new"));
}

#[test]
fn only_a_few_damaged_files_are_kept_and_none_after_a_logout() {
    let world = World::new();
    let store = world.in_folder();
    // All in one second, and as if the clock had been set back since the first.
    for later in ["9", "8", "7"] {
        put(&world.at("cache").join(format!("{}.json.corrupt-9{later}00000000", key().id())), "{");
    }
    for round in 0..6 {
        let damage = format!("{{ {round}");
        put(&store.entry(&key()), &damage);
        assert_eq!(store.text(&key()), None);
        let kept = world.names("cache");
        assert_eq!(kept.len(), 3);
        let is_newest = |name: &String| content(&world.at("cache").join(name)) == damage.as_bytes();
        assert!(kept.iter().any(is_newest), "the newest is there: {kept:?}");
    }
    store.lock(&key()).delete().expect("removed");
    assert_eq!(world.names("cache"), [""; 0]);
}

#[test]
fn a_damaged_file_that_the_caller_names_is_moved_aside() {
    for case in ["", "{\"version\": 1", "\0\0\0"] {
        let world = World::new();
        put(&world.at("named"), case);
        assert_eq!(world.at_file().text(&key()), None);
        assert_eq!(world.warnings().len(), 1);
        assert_eq!(world.names(""), [format!("named.corrupt-{NOON}")]);
    }
}

#[test]
fn half_a_file_that_somebody_is_writing_is_left_alone() {
    let world = World::new();
    put(&world.at("named"), "");
    let path = world.at("named");
    let whole = r#"{"api_base_url": null, "access_token": "t", "expiration": 1}"#;
    let writer = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(2));
        put(&path, whole);
    });
    assert_eq!(world.at_file().text(&key()), None);
    writer.join().expect("written");
    assert_eq!(content(&world.at("named")), whole.as_bytes());
    assert_eq!(world.warnings(), [""; 0]);
}

#[test]
fn what_is_not_ours_stays_and_ours_goes_beside_it_said_once() {
    for stranger in [
        r#"{"version": 2, "access_token": "newer"}"#,
        r#"{"api_base_url": null, "access_token": "t", "expiration": 1.5}"#,
        r#"{"client_id": "c", "client_secret": "s"}"#,
        "#!/bin/sh\n",
    ] {
        let world = World::new();
        put(&world.at("named"), stranger);
        assert_eq!(world.at_file().text(&key()), None);
        assert_eq!(world.warnings(), [""; 0]);
        for text in ["one", "two"] {
            world.at_file().save(&key(), text);
            assert_eq!(world.at_file().text(&key()).as_deref(), Some(text));
        }
        let warnings = world.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("named.v1"), "{warnings:?}");
        assert_eq!(content(&world.at("named")), stranger.as_bytes());
        assert!(world.at_file().lock(&key()).delete().expect("removed"));
        assert_eq!(world.names(""), ["named"]);
        assert_eq!(content(&world.at("named")), stranger.as_bytes());
    }
}

#[test]
fn a_newer_version_in_the_folder_is_never_overwritten() {
    let world = World::new();
    let store = world.in_folder();
    let newer = r#"{"version": 2, "access_token": "newer", "key": 5}"#;
    put(&store.entry(&key()), newer);
    assert_eq!(store.text(&key()), None);
    store.save(&key(), "ours");
    assert_eq!(world.in_folder().text(&key()).as_deref(), Some("ours"));
    assert_eq!(content(&store.entry(&key())), newer.as_bytes());
    assert_eq!(world.warnings().len(), 1);
    world.in_folder().save(&key(), "again");
    assert_eq!(world.warnings(), [""; 0]);
    let keys = FileStore(Arc::clone(&store.0)).keys().expect("listed");
    assert_eq!(keys, [key()]);
}

#[test]
fn fields_of_another_version_are_kept_for_the_same_key_only() {
    let world = World::new();
    let store = world.at_file();
    store.save(&key(), "one");
    let mut document: Value = serde_json::from_slice(&content(&world.at("named"))).expect("JSON");
    document["colour"] = json!({"of": "the future"});
    put(&world.at("named"), document.to_string());
    store.save(&key(), "two");
    let colour =
        || serde_json::from_slice::<Value>(&content(&world.at("named"))).expect("JSON")["colour"].clone();
    assert_eq!(colour(), json!({"of": "the future"}));
    store.save(&other_key(), "three");
    assert_eq!(colour(), Value::Null);
}

#[test]
fn an_entry_under_the_name_of_another_key_is_a_miss() {
    let world = World::new();
    let store = world.in_folder();
    store.save(&key(), "one");
    put(&store.entry(&other_key()), content(&store.entry(&key())));
    assert_eq!(store.text(&other_key()), None);
    let named = world.at_file();
    named.save(&key(), "one");
    assert_eq!(named.text(&other_key()), None);
    named.save(&other_key(), "two");
    assert_eq!((named.text(&key()), named.text(&other_key())), (None, Some("two".into())));
    assert_eq!(world.warnings(), [""; 0]);
}

#[test]
fn all_keys_are_listed_and_can_be_removed() {
    let world = World::new();
    let store = world.in_folder();
    let account = TokenKey::account_of_secret(&Secret::new("secret"));
    let job = TokenKey::new(KeyParts { account, ..parts(Kind::M2m) });
    for key in [&key(), &other_key(), &job] {
        store.save(key, "token");
    }
    let files = FileStore(Arc::clone(&store.0));
    let keys = files.keys().expect("listed");
    assert_eq!(keys.len(), 3);
    let listed = keys.iter().find(|key| key.parts().kind == Kind::M2m).expect("the job");
    assert_eq!((listed.id(), listed.parts().account.len()), (job.id(), 8));
    for key in &keys {
        assert!(store.lock(key).delete().expect("removed"));
    }
    assert_eq!(files.keys().expect("listed"), []);
}
