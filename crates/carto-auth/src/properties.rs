//! What holds for whatever comes from outside: one property for each door, as `fuzz/` and `cargo test` play it.
//!
//! A property takes bytes as an attacker may make them and panics where something is not so. Those of a part stand in
//! its `properties.rs`, where they see what the part hides. No other module uses them: they are compiled for tests and
//! for the fuzzer, and are no part of what this crate offers.

use crate::api;
use crate::credentials;
use crate::grant;
use crate::http;
use crate::login;
use crate::settings;
use crate::store;
use crate::token;

/// A property by the name of its target in `fuzz/`.
pub type Property = (&'static str, fn(&[u8]));

/// All of them.
pub const PROPERTIES: [Property; 10] = [
    ("callback", callback),
    ("paste", paste),
    ("credentials", credentials),
    ("cache", cache),
    ("token_answer", token_answer),
    ("error_body", error_body),
    ("config_yaml", config_yaml),
    ("config_toml", config_toml),
    ("headers", headers),
    ("claims", claims),
];

/// A request to the listener that waits for a browser.
pub fn callback(request: &[u8]) {
    login::properties::callback(request);
}

/// The first byte says whether a bare code will do; the rest is what was pasted.
pub fn paste(bytes: &[u8]) {
    login::properties::paste(bytes);
}

/// A credentials file.
pub fn credentials(file: &[u8]) {
    credentials::properties::file(file);
}

/// A file where tokens are kept, of any version, that of carto-auth 0.2.0 among them.
pub fn cache(file: &[u8]) {
    store::properties::file(file);
}

/// The body of a 200 of a token endpoint.
pub fn token_answer(body: &[u8]) {
    grant::properties::token_answer(body);
}

/// The first byte picks the status; the rest is the body, for Auth0's token endpoint and for CARTO's APIs.
pub fn error_body(bytes: &[u8]) {
    grant::properties::refusal(bytes);
    api::properties::refusal(bytes);
    http::properties::failure(bytes);
}

/// The first line is the tenant's domain; the rest is its `config.yaml`.
pub fn config_yaml(bytes: &[u8]) {
    api::properties::config_yaml(bytes);
}

/// The text of `config.toml`.
pub fn config_toml(file: &[u8]) {
    settings::properties::config_toml(file);
}

/// The headers of an answer, one a line, each with a letter for its name.
pub fn headers(lines: &[u8]) {
    http::properties::headers(lines);
}

/// The claims of an access token, or a whole token.
pub fn claims(bytes: &[u8]) {
    token::properties::claims(bytes);
    store::properties::legacy_claims(bytes);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_was_ever_found_is_found_no_more() {
        for (name, property) in PROPERTIES {
            assert!(play("seeds", name, property) > 0, "no seeds for {name}");
            assert!(play("corpus", name, property) > 0, "no corpus for {name}");
            play("findings", name, property);
        }
    }

    /// Plays every file of a folder of `fuzz/`, and says how many that were.
    #[expect(clippy::disallowed_methods, reason = "this test reads the project's own files")]
    fn play(folder: &str, name: &str, property: fn(&[u8])) -> usize {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(folder).join(name);
        let files = std::fs::read_dir(folder).into_iter().flatten();
        let paths = files.map(|file| file.expect("a file").path());
        paths
            .map(|path| {
                let bytes = std::fs::read(&path).expect("a file");
                let played = std::panic::catch_unwind(|| property(&bytes));
                assert!(played.is_ok(), "{name}: {}", path.display());
            })
            .count()
    }
}
