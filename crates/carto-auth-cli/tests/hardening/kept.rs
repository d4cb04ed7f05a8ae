//! What a command has kept, as time would leave it, and tokens that say what a test wants.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::desk::Desk;

/// Every token that is kept was won that many seconds earlier, before this machine was started.
pub(crate) fn ago(desk: &Desk, seconds: i64) {
    let folder = desk.home().join(".carto-auth");
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let mut entry: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let entry_of = entry.as_object_mut().unwrap();
        let issued_at = entry_of["issued_at"].as_i64().unwrap() - seconds;
        entry_of.insert("issued_at".into(), issued_at.into());
        entry_of.remove("boot");
        std::fs::write(&file, entry.to_string()).unwrap();
    }
}

/// A token with these claims that may go to a sandbox.
pub(crate) fn jwt(claims: Value) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(json!({"alg": "RS256", "kid": "sandbox-test"})), part(claims))
}
