//! What holds for whatever stands in a credentials file.

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use url::Url;

use super::content::credentials_in;
use super::fault::Origin;
use super::{CredentialsFault, M2mCredentials};
use crate::canary::{CANARY, check_error, check_error_secrecy};
use crate::environment::is_loopback;
use crate::error::{Error, ErrorKind, visible};

/// Credentials are whole, exactly as written and can be written again; a fault has a path, a place and no value.
pub(crate) fn file(bytes: &[u8]) {
    match credentials_in(bytes, &origin()) {
        Ok(credentials) => check_credentials(bytes, &credentials),
        Err(error) => check_fault(bytes, &error),
    }
}

fn check_credentials(bytes: &[u8], credentials: &M2mCredentials) {
    let object: Map<String, Value> = serde_json::from_slice(without_mark(bytes)).expect("JSON");
    assert_eq!(object.get("client_secret").and_then(Value::as_str), Some(credentials.client_secret.expose()));
    assert!(!credentials.client_secret.expose().trim().is_empty());
    let id = &credentials.client_id;
    assert!(!id.is_empty() && !id.chars().any(|c| c.is_whitespace() || c.is_control()), "{id:?}");
    let address = credentials.api_base_url.as_deref().expect("an address");
    let url = Url::parse(address).expect("an address");
    assert!(url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url), "{address}");
    assert!(url.has_host() && url.username().is_empty() && url.password().is_none(), "{address}");
    assert!(!address.ends_with('/') && !address.contains(['?', '#']), "{address}");
    let secret = credentials.client_secret.expose();
    let again = json!({"client_secret": secret, "client_id": id, "api_base_url": address}).to_string();
    assert_eq!(credentials_in(again.as_bytes(), &origin()).expect("the same"), *credentials);
}

fn check_fault(bytes: &[u8], error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Config);
    check_error(error);
    assert!(error.to_string().contains("job.json"), "no path: {error}");
    if let CredentialsFault::Syntax { line, column, .. } = CredentialsFault::of(error).expect("a fault") {
        assert!(error.causes().iter().any(|cause| cause.contains(&format!("line {line}, column {column}"))));
        let text = String::from_utf8_lossy(bytes);
        let found = text.split('\n').nth(line - 1).expect("a line of the file");
        assert!((1..=found.chars().count() + 1).contains(column), "line {line}, column {column}");
    }
    if !shows_an_address(bytes) {
        check_error_secrecy(error);
    }
}

/// A wrong address is shown, whatever it is; it is the only value that is.
fn shows_an_address(bytes: &[u8]) -> bool {
    let object: Map<String, Value> = serde_json::from_slice(without_mark(bytes)).unwrap_or_default();
    let address = object.get("api_base_url").and_then(Value::as_str).unwrap_or_default();
    let address = visible(address).collect::<String>().to_lowercase();
    let is_one = address.contains("://") || address.contains('.') || Url::parse(&address).is_ok();
    is_one && address.contains(CANARY) && !address.contains('@')
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

fn origin() -> Origin {
    Origin::File(PathBuf::from("job.json"))
}
