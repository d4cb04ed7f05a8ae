//! Another process that has changed the same sign-in in between.

use carto_sandbox::{Fault, Route};
use serde_json::{Map, Value};

use crate::desk::{Desk, files};
use crate::hint::{Hint, works};

#[test]
fn a_sign_in_that_was_changed_meanwhile_is_tried_again() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    let folder = desk.home().join(".carto-auth");
    let [name] = &files(&folder)[..] else { panic!("one entry: {:?}", files(&folder)) };
    let path = folder.join(name);
    let old = std::fs::read_to_string(&path).unwrap();
    desk.sign_in(&["--force"]);
    let new = std::fs::read_to_string(&path).unwrap();
    let mut entry: Map<String, Value> = serde_json::from_str(&old).unwrap();
    entry.insert("issued_at".into(), (entry["issued_at"].as_i64().unwrap() - 2 * 86_400).into());
    entry.remove("boot");
    std::fs::write(&path, serde_json::to_string(&entry).unwrap()).unwrap();
    let theirs = serde_json::from_str::<Value>(&new).unwrap()["access_token"].as_str().unwrap().to_owned();
    // Somebody who does not see the lock puts theirs there, just before the refresh token is sent.
    desk.sandbox.plan_with(Route::Discovery, move |_| {
        std::fs::write(&path, &new).unwrap();
        Fault::None
    });
    let changed = desk.run(&["token"]);
    assert_ne!(changed.code, Some(0), "{changed:?}");
    Hint::of(&changed, "try-again").says("try again");
    assert!(changed.raw.1.ends_with("hint: try again\n"), "and no more than that: {changed:?}");
    assert_eq!(works(&desk, &["token"]).output.trim(), theirs, "what the other one has put there");
}
