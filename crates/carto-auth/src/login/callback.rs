//! What the browser brings back: a code, a refusal, or nothing of ours.

use url::form_urlencoded;

use crate::grant::{Metadata, Refusal};
use crate::secret::Secret;

/// An answer that belongs to this sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Callback {
    /// The code to be traded for tokens.
    Code(Secret),
    /// The person or the server said no.
    Refused(Refusal),
}

/// Why an answer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOurs {
    /// No `state`, or another one (RFC 6749, section 10.12).
    State,
    /// It comes from another authorization server (RFC 9207, section 2.4).
    Issuer,
    /// A parameter stands in it twice (RFC 6749, section 3.1).
    Repeated,
    /// Neither a code nor an error.
    Nothing,
}

/// Reads the query of a callback. Parameters that are not known are ignored (RFC 6749, section 4.1.2).
pub(crate) fn read(query: &str, state: &Secret, metadata: &Metadata) -> Result<Callback, NotOurs> {
    let mut found = Parameters::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let place = match &*name {
            "state" => &mut found.state,
            "iss" => &mut found.iss,
            "code" => &mut found.code,
            "error" => &mut found.error,
            "error_description" => &mut found.description,
            _ => continue,
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(NotOurs::Repeated);
        }
    }
    if !found.state.map(Secret::new).is_some_and(|given| given == *state) {
        return Err(NotOurs::State);
    }
    if !metadata.is_issuer(found.iss.as_deref()) {
        return Err(NotOurs::Issuer);
    }
    let filled = |value: Option<String>| value.filter(|text| !text.is_empty());
    match (filled(found.code), filled(found.error)) {
        // An answer that says both is no answer; the code is not used.
        (Some(_), Some(_)) => Ok(Callback::Refused(Refusal {
            error: "invalid_response".into(),
            description: Some("it holds both a code and an error".into()),
        })),
        (Some(code), None) => Ok(Callback::Code(Secret::new(code))),
        (None, Some(error)) => Ok(Callback::Refused(Refusal { error, description: found.description })),
        (None, None) => Err(NotOurs::Nothing),
    }
}

#[derive(Default)]
struct Parameters {
    state: Option<String>,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn read_query(query: &str) -> Result<Callback, NotOurs> {
        read(query, &Secret::new("State"), &Metadata::assumed(&Environment::default()))
    }

    #[test]
    fn only_the_callback_of_this_sign_in_is_taken() {
        let code = Ok(Callback::Code(Secret::new("c d")));
        assert_eq!(read_query("code=c+d&state=State"), code);
        assert_eq!(read_query("x=1&x=2&state=State&code=c%20d&iss=https%3A%2F%2Fauth.carto.com%2F"), code);
        assert_eq!(read_query("code=c"), Err(NotOurs::State));
        assert_eq!(read_query("code=c&state="), Err(NotOurs::State));
        assert_eq!(read_query("code=c&state=state"), Err(NotOurs::State));
        assert_eq!(read_query("code=c&state=State&iss=https://evil.example"), Err(NotOurs::Issuer));
        assert_eq!(read_query("code=c&code=c&state=State"), Err(NotOurs::Repeated));
        assert_eq!(read_query("state=State&state=State&code=c"), Err(NotOurs::Repeated));
        assert_eq!(read_query("state=State"), Err(NotOurs::Nothing));
        assert_eq!(read_query("state=State&code="), Err(NotOurs::Nothing));
        assert_eq!(read_query(""), Err(NotOurs::State));
    }

    #[test]
    fn a_refusal_says_why() {
        let refusal = Refusal { error: "access_denied".into(), description: Some("not today".into()) };
        let answer = read_query("state=State&error=access_denied&error_description=not+today");
        assert_eq!(answer, Ok(Callback::Refused(refusal)));
    }

    #[test]
    fn a_code_that_comes_with_an_error_is_not_used() {
        assert!(matches!(read_query("state=State&code=c&error=x"), Ok(Callback::Refused(_))));
    }
}
