//! What holds for whatever is written inside a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Claims;

/// Claims are read exactly as they are written, or not at all.
pub(crate) fn claims(bytes: &[u8]) {
    let token =
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"kid":"a"}"#), URL_SAFE_NO_PAD.encode(bytes));
    let object: Option<Map<String, Value>> = serde_json::from_slice(bytes).ok();
    let claims = Claims::read(&token);
    assert_eq!(claims.as_ref().map(|claims| &claims.0), object.as_ref());
    assert_eq!(Claims::key_id(&token).as_deref(), Some("a"));
    if let (Some(claims), Some(object)) = (&claims, &object) {
        check_claims(claims, object);
    }
    let text = String::from_utf8_lossy(bytes);
    let read = Claims::read(&text);
    assert!(read.is_none() || text.matches('.').count() == 2, "no JWT: {text}");
    let _ = Claims::key_id(&text);
}

fn check_claims(claims: &Claims, object: &Map<String, Value>) {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    assert_eq!(claims.client_id(), text("azp").or(text("client_id")));
    assert_eq!(claims.organization(), text("org_id"));
    assert_eq!(claims.email(), text("http://app.carto.com/email").or(text("email")));
    assert_eq!(claims.account_id(), text("http://app.carto.com/account_id"));
    let aud = object.get("aud");
    let many =
        aud.and_then(Value::as_array).map_or(0, |many| many.iter().filter(|one| one.is_string()).count());
    assert_eq!(claims.audiences().len(), many + usize::from(aud.is_some_and(Value::is_string)));
    for (name, seconds) in [("exp", claims.expires_at()), ("iat", claims.issued_at())] {
        match object.get(name).and_then(Value::as_i64) {
            Some(whole) if whole.unsigned_abs() < 1 << 53 => assert_eq!(seconds, Some(whole)),
            _ => assert!(seconds.is_none() || object.get(name).is_some_and(Value::is_number)),
        }
    }
}
