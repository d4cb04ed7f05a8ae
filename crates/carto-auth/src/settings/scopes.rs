//! What a token is asked to be good for.

use super::source::Source;
use super::{Options, Profile};
use crate::error::{Error, ErrorKind, Result};

/// The scopes of a variable: separated by spaces, and by commas where a person wrote them so.
pub(super) fn split(text: &str) -> Vec<String> {
    text.split([' ', ',', '\t', '\n']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// The scopes without repetition and without `offline_access`, which is a setting of its own.
pub(super) fn checked(source: &Source, scopes: Vec<String>) -> Result<Vec<String>> {
    let mut kept: Vec<String> = Vec::new();
    for scope in scopes {
        // RFC 6749, section 3.3.
        let fits = !scope.is_empty()
            && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if !fits {
            let shown: String = scope.chars().filter(|c| !c.is_control()).take(40).collect();
            return Err(Error::new(ErrorKind::Config, format!("`{shown}` from {source} is no scope"))
                .hint("write each scope by itself, as in `openid profile`"));
        }
        if scope != OFFLINE_ACCESS && !kept.contains(&scope) {
            kept.push(scope);
        }
    }
    Ok(kept)
}

/// Who decides on `offline_access`: the setting of that name, and a list of scopes that has it in it.
pub(super) fn offline(
    options: &Options,
    profile: &Profile,
    scopes: &[(Source, Option<Vec<String>>); 3],
    name: &str,
) -> Vec<(Source, Option<bool>)> {
    let listed = |at: usize| {
        let (source, scopes) = &scopes[at];
        let listed = scopes.as_ref().is_some_and(|scopes| scopes.iter().any(|scope| scope == OFFLINE_ACCESS));
        (source.clone(), listed.then_some(true))
    };
    vec![
        (Source::Option, options.offline_access),
        listed(0),
        listed(1),
        (Source::Profile(name.to_owned()), profile.offline_access),
        listed(2),
        (Source::Default, Some(true)),
    ]
}

/// Asks for a token that renews without a person (OpenID Connect Core, section 11).
const OFFLINE_ACCESS: &str = "offline_access";
