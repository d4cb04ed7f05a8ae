//! What is written inside a token, for people to read.
//!
//! Nothing here verifies a signature, and nothing but the take-over of a file of carto-auth 0.2.0 decides
//! by a claim (RFC 9068, section 6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The claims of a JWT (RFC 7519), unverified.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(pub(super) Map<String, Value>);

impl Claims {
    /// Reads the claims of a token; `None` for a token that is no JWT.
    pub fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        decode(header)?;
        Some(Self(decode(payload)?))
    }

    /// The `kid` in the header of a JWT, the name of the key it was signed with.
    pub fn key_id(token: &str) -> Option<String> {
        decode(token.split('.').next()?)?.get("kid")?.as_str().map(str::to_owned)
    }

    /// A claim that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Who it is for: `aud` is one audience or a list of them (RFC 7519, section 4.1.3).
    pub fn audiences(&self) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The client it was given to: `azp` as Auth0 writes it, or `client_id` (RFC 9068, section 2.2).
    pub fn client_id(&self) -> Option<&str> {
        self.text("azp").or_else(|| self.text("client_id"))
    }

    /// The end in seconds since 1970; a `NumericDate` may be fractional (RFC 7519, section 2).
    pub fn expires_at(&self) -> Option<i64> {
        self.seconds("exp")
    }

    /// The beginning in seconds since 1970.
    pub fn issued_at(&self) -> Option<i64> {
        self.seconds("iat")
    }

    /// The organization it was given in.
    pub fn organization(&self) -> Option<&str> {
        self.text("org_id")
    }

    /// The person's address, as CARTO writes it.
    pub fn email(&self) -> Option<&str> {
        self.text("http://app.carto.com/email").or_else(|| self.text("email"))
    }

    /// The account, as CARTO writes it.
    pub fn account_id(&self) -> Option<&str> {
        self.text("http://app.carto.com/account_id")
    }

    #[expect(clippy::cast_possible_truncation, reason = "a float cast to an integer saturates")]
    fn seconds(&self, name: &str) -> Option<i64> {
        let number = self.0.get(name)?.as_f64()?;
        number.is_finite().then_some(number as i64)
    }
}

fn decode(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(payload: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.signature", encode(r#"{"alg":"RS256","kid":"key-1"}"#), encode(payload))
    }

    #[test]
    fn both_profiles_of_an_access_token_are_read() {
        let auth0 = Claims::read(&jwt(r#"{"azp":"client","aud":["a","b"],"exp":1.9}"#)).expect("a JWT");
        assert_eq!((auth0.client_id(), auth0.audiences()), (Some("client"), vec!["a", "b"]));
        assert_eq!(auth0.expires_at(), Some(1));
        let rfc9068 = Claims::read(&jwt(r#"{"client_id":"client","aud":"a"}"#)).expect("a JWT");
        assert_eq!((rfc9068.client_id(), rfc9068.audiences()), (Some("client"), vec!["a"]));
        assert_eq!(Claims::key_id(&jwt("{}")).as_deref(), Some("key-1"));
    }

    #[test]
    fn what_is_no_jwt_has_no_claims() {
        for text in ["", "a", "a.b", "a.b.c", "a.b.c.d", "!.!.!", &format!("{}.x", jwt("{}"))] {
            assert_eq!(Claims::read(text), None, "{text}");
        }
        assert_eq!(Claims::read(&jwt("[]")), None);
    }
}
