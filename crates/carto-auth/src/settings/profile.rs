//! One profile: the settings of one account, installation or organization.

use std::path::PathBuf;

use toml_edit::{TableLike, Value};

use super::document::Reader;
use crate::error::{Error, ErrorKind, Result};

/// A table `[profiles.NAME]` of `config.toml`. Everything may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// The organization to sign in to.
    pub organization: Option<String>,
    /// The authorization server.
    pub auth_url: Option<String>,
    /// The API that tokens are asked for.
    pub audience: Option<String>,
    /// The public client that people sign in through.
    pub client_id: Option<String>,
    /// Where the browser is sent after a sign-in on this machine.
    pub redirect_uri: Option<String>,
    /// The page that shows the code to be copied.
    pub paste_redirect_uri: Option<String>,
    /// Where the account of a token is looked up.
    pub accounts_url: Option<String>,
    /// The API base URL of the account.
    pub api_base_url: Option<String>,
    /// Hosts that may serve the account's API besides CARTO's own and the tenant's.
    pub api_hosts: Option<Vec<String>>,
    /// The scopes to ask for.
    pub scopes: Option<Vec<String>>,
    /// Whether to ask for a token that renews without a person.
    pub offline_access: Option<bool>,
    /// How many seconds a person has to sign in.
    pub login_timeout: Option<u64>,
    /// The credentials file of a job that uses this profile.
    pub credentials_file: Option<PathBuf>,
}

impl Profile {
    /// Reads a profile's table; what is wrong with it stays with the reader.
    pub(super) fn of_table(table: &dyn TableLike, reader: &mut Reader<'_>) -> Self {
        let mut profile = Self::default();
        for (key, item) in table.iter() {
            match key {
                "organization" => profile.organization = reader.text(key, item),
                "auth_url" => profile.auth_url = reader.text(key, item),
                "audience" => profile.audience = reader.text(key, item),
                "client_id" => profile.client_id = reader.text(key, item),
                "redirect_uri" => profile.redirect_uri = reader.text(key, item),
                "paste_redirect_uri" => profile.paste_redirect_uri = reader.text(key, item),
                "accounts_url" => profile.accounts_url = reader.text(key, item),
                "api_base_url" => profile.api_base_url = reader.text(key, item),
                "api_hosts" => profile.api_hosts = reader.texts(key, item),
                "scopes" => profile.scopes = reader.texts(key, item),
                "offline_access" => profile.offline_access = reader.yes_or_no(key, item),
                "login_timeout" => profile.login_timeout = reader.number(key, item),
                "credentials_file" => {
                    profile.credentials_file = reader.text(key, item).map(PathBuf::from);
                }
                _ => reader.unknown(key, table, &KEYS),
            }
        }
        profile
    }

    /// The values that are set, as they stand in a table.
    pub(super) fn values(&self) -> Vec<(&'static str, Value)> {
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let list = |list: &Option<Vec<String>>| list.as_ref().map(|list| list.iter().collect());
        let file = self.credentials_file.as_ref().map(|file| file.display().to_string());
        let values = [
            ("organization", text(&self.organization)),
            ("auth_url", text(&self.auth_url)),
            ("audience", text(&self.audience)),
            ("client_id", text(&self.client_id)),
            ("redirect_uri", text(&self.redirect_uri)),
            ("paste_redirect_uri", text(&self.paste_redirect_uri)),
            ("accounts_url", text(&self.accounts_url)),
            ("api_base_url", text(&self.api_base_url)),
            ("api_hosts", list(&self.api_hosts)),
            ("scopes", list(&self.scopes)),
            ("offline_access", self.offline_access.map(Value::from)),
            ("login_timeout", self.login_timeout.and_then(|time| i64::try_from(time).ok()).map(Value::from)),
            ("credentials_file", text(&file)),
        ];
        values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}

/// Checks that a text can be a profile's name.
///
/// CARTO's own command names its profiles `tenant/organization/user@example.com`; such a name will do.
pub(super) fn check_name(name: &str) -> Result<()> {
    let fits = (1..=LONGEST_NAME).contains(&name.len())
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._@/+-".contains(c));
    if fits {
        return Ok(());
    }
    let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    Err(Error::new(ErrorKind::Config, format!("`{shown}` cannot be a profile's name"))
        .hint(format!("use 1 to {LONGEST_NAME} letters, digits and `. _ @ / + -`, not with a `-` in front")))
}

/// Every key of a profile.
pub(super) const KEYS: [&str; 13] = [
    "organization",
    "auth_url",
    "audience",
    "client_id",
    "redirect_uri",
    "paste_redirect_uri",
    "accounts_url",
    "api_base_url",
    "api_hosts",
    "scopes",
    "offline_access",
    "login_timeout",
    "credentials_file",
];

const LONGEST_NAME: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_something_that_can_be_typed() {
        for good in ["default", "work", "ac_1/acme/ada+x@example.com", &"x".repeat(128)] {
            check_name(good).expect(good);
        }
        for bad in ["", "-x", "a b", "a\nb", "ü", "a\"b", "$(id)", &"x".repeat(129)] {
            assert_eq!(check_name(bad).expect_err(bad).kind(), ErrorKind::Config);
        }
    }
}
