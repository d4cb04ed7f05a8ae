//! What the bytes of a credentials file hold: the three attributes, or what is there in their place.

use serde_json::Value;

use super::M2mCredentials;
use super::draft::{ATTRIBUTES, Draft, Given};
use super::fault::{CredentialsFault, Origin, Problem};
use super::foreign::Foreign;
use super::syntax::{self, Object};
use crate::error::{Result, clean};

/// The credentials that the bytes of a file hold.
pub(super) fn credentials_in(bytes: &[u8], origin: &Origin) -> Result<M2mCredentials> {
    let mut object = syntax::parse(bytes).map_err(|fault| fault.into_error(origin))?;
    let foreign = Foreign::recognise(&object);
    let whole = ATTRIBUTES.iter().all(|attribute| object.iter().any(|(name, _)| name == attribute));
    if let Some(foreign) = foreign
        && (!whole || foreign.is_another_kind())
    {
        return Err(CredentialsFault::Foreign(foreign.what).into_error(origin).hint(foreign.hint));
    }
    let [api_base_url, client_id, client_secret] = ATTRIBUTES.map(|attribute| take(&mut object, attribute));
    Draft { api_base_url, client_id, client_secret }.check(origin)
}

/// Takes an attribute out of the object.
fn take(object: &mut Object, attribute: &str) -> Given {
    let mut found: Vec<Value> =
        object.extract_if(.., |(name, _)| name == attribute).map(|(_, value)| value).collect();
    match (found.pop(), found.is_empty()) {
        (None, _) => match object.iter().find(|(name, _)| means(name, attribute)) {
            Some((other, _)) => Given::Wrong(Problem::Misnamed(clean(other))),
            None => Given::Missing,
        },
        (Some(_), false) => Given::Wrong(Problem::Twice),
        (Some(Value::String(text)), true) => Given::text(text),
        (Some(Value::Null), true) => Given::Wrong(Problem::Empty),
        (Some(other), true) => Given::Wrong(Problem::WrongType(syntax::kind_of(&other))),
    }
}

/// Says whether a name means an attribute and is only written differently: `clientId`, `CLIENT-ID`, or the
/// variable's name.
fn means(name: &str, attribute: &str) -> bool {
    let bare = |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).collect() };
    let bare_name = bare(name).to_lowercase();
    let bare_name = bare_name.strip_prefix("cartom2m").unwrap_or(&bare_name);
    let bare_name = bare_name.strip_prefix("carto").unwrap_or(bare_name);
    bare_name == bare(attribute) || attribute == "api_base_url" && ["baseurl", "apiurl"].contains(&bare_name)
}
