//! What holds for whatever a person pastes.

use super::{STATE, decoded, metadata, unknown};
use crate::canary::{CANARY, check_secrecy, check_words};
use crate::grant::AuthorizationRequest;
use crate::login::callback::Callback;
use crate::login::paste::{Bare, Mistake, read, strip};
use crate::secret::Secret;

/// What is pasted ends the sign-in only with its state, or as a bare code; a mistake is named and not shown.
pub(crate) fn paste(bytes: &[u8]) {
    let Some((mode, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let bare = if mode % 2 == 0 { Bare::Accepted } else { Bare::Refused };
    let found = read(text, &asked(STATE), &metadata(), bare);
    match &found {
        Ok(Callback::Code(code)) if !holds_state(text) => {
            let code = code.expose();
            assert_eq!(bare, Bare::Accepted);
            assert!((1..=4096).contains(&code.len()) && code.is_ascii() && !code.contains(['?', '&', ' ']));
            assert!(!code.starts_with("eyJ"), "an access token");
        }
        Ok(_) => assert!(holds_state(text), "another state: {found:?}"),
        Err(mistake) => check_mistake(mistake),
    }
    let other = read(text, &asked(&unknown(bytes)), &metadata(), Bare::Refused);
    assert!(other.is_err(), "another state: {other:?}");
    let decorated = read(&format!(" \"{text}\u{200b}\"\r\n"), &asked(STATE), &metadata(), bare);
    assert_eq!(found, decorated, "what copying adds changes it");
}

fn check_mistake(mistake: &Mistake) {
    let told = mistake.to_string();
    check_words(&told);
    assert!(told.len() <= 200, "{told}");
    // The host of an address is shown, whatever it is; a token with a `?` behind it is no address.
    let host = if let Mistake::OtherSite(host) = mistake { host.as_str() } else { "" };
    assert!(!host.starts_with("eyj"), "{told}");
    let is_host = host.contains(['.', ':']) || host == "localhost";
    check_secrecy(&if is_host { told.replace(host, "") } else { told }.to_lowercase());
}

fn holds_state(text: &str) -> bool {
    decoded(strip(text).as_bytes()).contains(&format!("state={STATE}"))
}

fn asked(state: &str) -> AuthorizationRequest {
    AuthorizationRequest {
        link: String::new(),
        state: Secret::new(state),
        verifier: Secret::new(CANARY),
        redirect_uri: "https://app.carto.com/auth/token".into(),
    }
}
