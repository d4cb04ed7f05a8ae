//! The kind of store that tokens rest in.

use std::fmt;
use std::str::FromStr;

use super::source::{Choices, Source};
use super::{Credential, Options};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Variables, names};
#[cfg(feature = "redis")]
use crate::store::RedisAddress;

/// Where tokens rest between runs.
///
/// ```
/// use carto_auth::StorePlace;
///
/// assert_eq!("memory".parse::<StorePlace>().expect("a place"), StorePlace::Memory);
/// assert!("disk".parse::<StorePlace>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorePlace {
    /// In files that only their owner can read.
    #[default]
    File,
    /// In this process only.
    Memory,
    /// In a Redis or Valkey that many machines share, sealed. Tokens of jobs only.
    #[cfg(feature = "redis")]
    Redis(RedisAddress),
}

impl FromStr for StorePlace {
    type Err = Error;

    /// Reads `file`, `memory` or the address of a Redis. What the text says is not in the error: it may hold
    /// a password.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] says what would be valid.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        match text {
            "file" => Ok(Self::File),
            "memory" => Ok(Self::Memory),
            _ => Self::elsewhere(text),
        }
    }
}

impl StorePlace {
    #[cfg(feature = "redis")]
    fn elsewhere(text: &str) -> Result<Self> {
        if !RedisAddress::is_meant_by(text) {
            return Err(Error::new(ErrorKind::Config, "there is no such store").hint(VALID));
        }
        text.parse().map(Self::Redis).map_err(|why: String| {
            Error::new(ErrorKind::Config, "this is no address of a Redis").because(why).hint(VALID)
        })
    }

    #[cfg(not(feature = "redis"))]
    fn elsewhere(text: &str) -> Result<Self> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| ["redis", "rediss", "valkey", "valkeys", "unix"].contains(&scheme)) {
            return Err(Error::new(ErrorKind::Config, "this application was built without Redis").hint(
                "build it with the feature `redis` of the crate `carto-auth`, or take `file` or `memory`",
            ));
        }
        Err(Error::new(ErrorKind::Config, "there is no such store").hint(VALID))
    }
}

impl fmt::Display for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("file"),
            Self::Memory => f.write_str("memory"),
            #[cfg(feature = "redis")]
            Self::Redis(address) => address.fmt(f),
        }
    }
}

/// Decides where tokens rest. A file that the caller names wins over a store from a variable.
pub(super) fn decide(
    choices: &mut Choices,
    options: &Options,
    variables: &Variables,
) -> Result<(Source, StorePlace)> {
    let text = variables.get(names::STORE);
    // A text that names no store is `Some(None)`: an error only where the variable is the one that wins.
    let candidates = [
        (Source::Option, options.store.clone().map(Some)),
        (Source::Option, options.cache_file.as_ref().map(|_| Some(StorePlace::File))),
        (Source::Variable(names::STORE), text.map(|text| text.parse().ok())),
        (Source::Default, Some(Some(StorePlace::File))),
    ];
    let show = |place: &Option<StorePlace>| place.as_ref().map(ToString::to_string).unwrap_or_default();
    match (choices.first("store", candidates, show), text) {
        (Some((source, Some(place))), _) => Ok((source, place)),
        (Some((source, None)), Some(text)) => {
            text.parse().map(|place| (source, place)).map_err(|error: Error| {
                let hint = error.hint_text().unwrap_or_default().to_owned();
                Error::new(ErrorKind::Config, format!("`{}` cannot be used", names::STORE))
                    .because(error)
                    .hint(hint)
            })
        }
        _ => Ok((Source::Default, StorePlace::File)),
    }
}

/// Keeps persons out of a store that is not theirs alone.
#[cfg_attr(not(feature = "redis"), allow(unused_variables))]
pub(super) fn keep_persons_out(
    (source, place): &(Source, StorePlace),
    credential: &Credential,
    use_cache: bool,
) -> Result<()> {
    match (place, credential) {
        #[cfg(feature = "redis")]
        (StorePlace::Redis(_), Credential::Person) if use_cache => Err(Error::new(
            ErrorKind::Config,
            format!("a person's sign-in is not kept in the Redis from {source}"),
        )
        .because("a person's tokens belong to one machine, that person's; a Redis is for the jobs of a fleet")
        .hint(
            "sign in with `CARTO_AUTH_STORE=file`; a job names its credentials, as with \
                     `CARTO_CREDENTIALS_FILE` or `--m2m FILE`",
        )),
        _ => Ok(()),
    }
}

const VALID: &str =
    "it is `file`, `memory` or `redis://[user:password@]host[:port][/db]`, `rediss://…` with TLS";
