//! What a job signs in with: the id and the secret of a machine-to-machine client, and where its API is.
//!
//! They come from a file, from variables or from values in code, and are checked the same way: every fault
//! is told at once, by name and never by value. Nothing here goes to the network; whether CARTO accepts
//! the credentials is for the grant to find out.

mod address;
mod content;
mod draft;
#[cfg(test)]
mod every_row;
mod fault;
mod file;
mod foreign;
mod namesake;
mod openness;
mod placeholder;
mod position;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod snapshot;
mod syntax;

use std::path::Path;

pub use self::fault::{CredentialsFault, Fault, Problem};
pub use self::file::CredentialsFile;

pub(crate) use self::address::checked_base_url;
pub(crate) use self::namesake::letters_between;
pub(crate) use self::placeholder::is_placeholder;
pub(crate) use self::position::position_of;

use self::draft::{Draft, Given};
use self::fault::Origin;
use crate::error::Result;
use crate::platform::{Platform, Variables, names};
use crate::secret::Secret;

/// A machine-to-machine client of CARTO and the account it belongs to.
///
/// ```
/// use carto_auth::{M2mCredentials, Secret};
///
/// let credentials =
///     M2mCredentials::new("https://gcp-us-east1.api.carto.com/", "an id", Secret::new("a secret"));
/// assert!(credentials.expect_err("an id has no space").to_string().contains("`client_id`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct M2mCredentials {
    /// The API base URL of the account, without a slash at the end; `None` where CARTO is to be asked for it.
    pub api_base_url: Option<String>,
    /// The client's id.
    pub client_id: String,
    /// The client's secret, exactly as it was given.
    pub client_secret: Secret,
}

impl M2mCredentials {
    /// Takes the three values over.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) lists every value that cannot be used;
    /// [`CredentialsFault::of`] gives them one by one.
    pub fn new(
        api_base_url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: Secret,
    ) -> Result<Self> {
        Draft {
            api_base_url: Given::text(api_base_url),
            client_id: Given::text(client_id),
            client_secret: Given::Text(client_secret),
        }
        .check(&Origin::Code)
    }

    /// Takes a client over whose account CARTO is to be asked for, as of a person's.
    ///
    /// # Errors
    ///
    /// As [`M2mCredentials::new`].
    pub fn of_client(client_id: impl Into<String>, client_secret: Secret) -> Result<Self> {
        let client_id = Given::text(client_id);
        Draft { api_base_url: Given::Sought, client_id, client_secret: Given::Text(client_secret) }
            .check(&Origin::Code)
    }

    /// Reads a credentials file once. [`CredentialsFile`] notices when it changes later.
    ///
    /// A file that others can read works, and the person is warned; where `CARTO_AUTH_STRICT_FILES` is set it is
    /// refused.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when it cannot be read or is no credentials file,
    /// and for the faults of its content, all at once.
    pub fn read(path: &Path, platform: &Platform) -> Result<Self> {
        file::read(path, platform)
    }

    /// Takes the three values from `CARTO_API_BASE_URL`, `CARTO_M2M_CLIENT_ID` and
    /// `CARTO_M2M_CLIENT_SECRET`; `None` where neither the id nor the secret is set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when only some of them are set, or one cannot be
    /// used.
    pub fn from_variables(variables: &Variables) -> Result<Option<Self>> {
        Self::from_variables_at(variables, None)
    }

    /// As [`M2mCredentials::from_variables`], with an API base URL that was set elsewhere and wins.
    pub(crate) fn from_variables_at(
        variables: &Variables,
        api_base_url: Option<&str>,
    ) -> Result<Option<Self>> {
        let given = |name: &str| variables.get(name).map_or(Given::Missing, Given::text);
        let (client_id, client_secret) = (given(names::M2M_CLIENT_ID), given(names::M2M_CLIENT_SECRET));
        if matches!((&client_id, &client_secret), (Given::Missing, Given::Missing)) {
            return Ok(None);
        }
        let api_base_url = api_base_url.map_or_else(|| given(names::API_BASE_URL), Given::text);
        Draft { api_base_url, client_id, client_secret }.check(&Origin::Variables).map(Some)
    }

    /// Says whether the secret is a sandbox's: one that may go over plain http and must never leave this
    /// machine.
    pub fn is_sandbox(&self) -> bool {
        self.client_secret.expose().starts_with(SANDBOX)
    }
}

/// How the secrets of a sandbox begin.
const SANDBOX: &str = "sandbox-";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const BASE: &str = "https://gcp-us-east1.api.carto.com";

    #[test]
    fn values_in_code_are_kept_and_the_base_url_loses_its_last_slash() {
        let secret = " %+&=\"'\\ü\u{1F5FA} ".repeat(300);
        let credentials =
            M2mCredentials::new(format!("{BASE}/"), " id\n", Secret::new(secret.as_str())).expect("good");
        assert_eq!(credentials.api_base_url.as_deref(), Some(BASE));
        assert_eq!(credentials.client_id, "id");
        assert_eq!(credentials.client_secret.expose(), secret);
    }

    #[test]
    fn all_faults_of_values_are_told_at_once() {
        let error = M2mCredentials::new("ftp://x", "XXXX", Secret::new("  ")).expect_err("three faults");
        assert_eq!(error.kind(), ErrorKind::Config);
        let faults = CredentialsFault::of(&error).expect("a typed source").faults();
        let problems: Vec<_> = faults.iter().map(|fault| (fault.attribute, &fault.problem)).collect();
        assert!(
            matches!(
                problems[..],
                [
                    ("api_base_url", Problem::Address { .. }),
                    ("client_id", Problem::Placeholder),
                    ("client_secret", Problem::Empty)
                ]
            ),
            "{problems:?}"
        );
        for name in ["`api_base_url`", "`client_id`", "`client_secret`"] {
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn a_placeholder_is_one_however_the_address_is_written() {
        for address in ["https://{host}", "https:{host}", "https:/{host}", "https://ＸＸＸＸ.example"] {
            let error = M2mCredentials::new(address, "id", Secret::new("s")).expect_err(address);
            assert!(error.to_string().contains("still holds the placeholder"), "{address}: {error}");
        }
    }

    #[test]
    fn half_set_variables_name_the_missing_one() {
        let all = [
            (names::API_BASE_URL, BASE),
            (names::M2M_CLIENT_ID, "id"),
            (names::M2M_CLIENT_SECRET, "secret-canary"),
        ];
        assert!(M2mCredentials::from_variables(&all.into_iter().collect()).expect("whole").is_some());
        for missing in 0..3 {
            let some = all.into_iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, pair)| pair);
            let error = M2mCredentials::from_variables(&some.collect()).expect_err("half set");
            assert_eq!(error.to_string(), format!("`{}` is not set", all[missing].0));
            assert!(!format!("{error:?}").contains("canary"));
        }
        let only_base = Variables::from_iter([all[0]]);
        assert_eq!(M2mCredentials::from_variables(&only_base).expect("not begun"), None);
    }

    #[test]
    fn a_base_url_set_elsewhere_completes_the_variables() {
        let variables =
            Variables::from_iter([(names::M2M_CLIENT_ID, "id"), (names::M2M_CLIENT_SECRET, "sandbox-s")]);
        let credentials = M2mCredentials::from_variables_at(&variables, Some(BASE)).expect("good");
        assert!(credentials.is_some_and(|credentials| credentials.is_sandbox()));
    }
}
