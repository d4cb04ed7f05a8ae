//! The text of `config.toml`: typed, with line and column for whatever is wrong.

use std::collections::BTreeMap;
use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::profile::{KEYS, Profile, check_name};
use crate::credentials::{letters_between, position_of};
use crate::error::{Error, ErrorKind, Result};

/// What `config.toml` says.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) current: Option<String>,
    pub(super) profiles: BTreeMap<String, Profile>,
    pub(super) warnings: Vec<String>,
}

/// Reads the text; `shown` is what errors call the file.
pub(super) fn read(text: &str, shown: &str) -> Result<Content> {
    let document = parse(text, shown)?;
    let mut reader = Reader { text, faults: Vec::new(), warnings: Vec::new(), secret: None };
    let mut content = Content::default();
    let root = document.as_table();
    for (key, item) in root.iter() {
        match key {
            CURRENT => content.current = reader.text(key, item),
            PROFILES => content.profiles = reader.profiles(item),
            _ => reader.unknown(key, root, &[CURRENT, PROFILES]),
        }
    }
    reader.finish(shown)?;
    content.warnings = reader.warnings.iter().map(|warning| format!("`{shown}`, {warning}")).collect();
    Ok(content)
}

/// Parses the text without a look at what it says.
pub(super) fn parse<'a>(text: &'a str, shown: &str) -> Result<Document<&'a str>> {
    Document::parse(text).map_err(|error| {
        // Its `Display` quotes the line, which may hold a secret; its message does not.
        let position = position_of(text, error.span().map_or(0, |span| span.start));
        Error::new(ErrorKind::Config, format!("`{shown}` is not TOML"))
            .because(format!("{position}: {}", error.message()))
            .hint("a text stands in double quotes, as in `organization = \"org_acme\"`")
    })
}

/// Reads values, and collects what is wrong so that all of it is told at once.
pub(super) struct Reader<'a> {
    text: &'a str,
    faults: Vec<String>,
    warnings: Vec<String>,
    secret: Option<String>,
}

impl Reader<'_> {
    pub(super) fn text(&mut self, key: &str, item: &Item) -> Option<String> {
        self.wanted(key, item, "text in quotes", |item| item.as_str().map(str::to_owned))
            .filter(|text| !text.trim().is_empty())
    }

    pub(super) fn texts(&mut self, key: &str, item: &Item) -> Option<Vec<String>> {
        self.wanted(key, item, "a list of texts, as in `[\"one\", \"two\"]`", |item| {
            item.as_array()?.iter().map(|value| value.as_str().map(str::to_owned)).collect()
        })
    }

    pub(super) fn yes_or_no(&mut self, key: &str, item: &Item) -> Option<bool> {
        self.wanted(key, item, "`true` or `false`", Item::as_bool)
    }

    pub(super) fn number(&mut self, key: &str, item: &Item) -> Option<u64> {
        self.wanted(key, item, "a whole number", |item| u64::try_from(item.as_integer()?).ok())
    }

    /// Notes a key that means nothing here: as a secret, which has no place in this file, or with the
    /// known key that was probably meant.
    pub(super) fn unknown(&mut self, key: &str, table: &dyn TableLike, known: &[&'static str]) {
        let place = self.place(table.key(key).and_then(toml_edit::Key::span));
        let key = shown(key);
        if is_secret(&key) {
            self.secret.get_or_insert(format!("{place}: `{key}`"));
            return;
        }
        let nearest = known
            .iter()
            .map(|known| (letters_between(&key.to_lowercase().replace('-', "_"), known), *known))
            .min()
            .filter(|(letters, known)| letters * 3 <= known.len());
        let what = match nearest {
            Some((_, known)) => format!("`{key}` is not known; did you mean `{known}`?"),
            None if KEYS.contains(&&*key) => {
                format!("`{key}` is ignored here: it belongs in a table `[profiles.NAME]`")
            }
            None => format!("`{key}` is not known and is ignored"),
        };
        self.warnings.push(format!("{place}: {what}"));
    }

    fn profiles(&mut self, item: &Item) -> BTreeMap<String, Profile> {
        let Some(tables) = item.as_table_like() else {
            self.fault(PROFILES, item.span(), "tables, as in `[profiles.work]`");
            return BTreeMap::new();
        };
        let mut profiles = BTreeMap::new();
        for (name, item) in tables.iter() {
            let span = tables.key(name).and_then(toml_edit::Key::span);
            match item.as_table_like() {
                _ if check_name(name).is_err() => {
                    let place = self.place(span);
                    self.faults.push(format!("{place}: `{}` cannot be a profile's name", shown(name)));
                }
                Some(table) => {
                    profiles.insert(name.to_owned(), Profile::of_table(table, self));
                }
                None if is_secret(name) => self.unknown(name, tables, &[]),
                None => self.fault(name, span, "a table, as in `[profiles.work]`"),
            }
        }
        profiles
    }

    fn wanted<T>(
        &mut self,
        key: &str,
        item: &Item,
        what: &str,
        read: impl FnOnce(&Item) -> Option<T>,
    ) -> Option<T> {
        let value = read(item);
        if value.is_none() {
            self.fault(key, item.span().or_else(|| item.as_value().and_then(Value::span)), what);
        }
        value
    }

    fn fault(&mut self, key: &str, span: Option<Range<usize>>, wanted: &str) {
        let place = self.place(span);
        self.faults.push(format!("{place}: `{}` must be {wanted}", shown(key)));
    }

    fn place(&self, span: Option<Range<usize>>) -> String {
        position_of(self.text, span.map_or(0, |span| span.start)).to_string()
    }

    fn finish(&self, shown: &str) -> Result<()> {
        if let Some(secret) = &self.secret {
            return Err(Error::new(ErrorKind::Config, format!("`{shown}` holds a secret"))
                .because(secret.clone())
                .hint(
                    "delete that line: a job's secret belongs in a file of its own that `credentials_file` names, or in a variable such as `CARTO_API_TOKEN`; a person's token is kept by `carto-auth login`",
                ));
        }
        if !self.faults.is_empty() {
            return Err(Error::new(ErrorKind::Config, format!("`{shown}` cannot be used"))
                .because(self.faults.join("; "))
                .hint(format!("mend `{shown}` in an editor")));
        }
        Ok(())
    }
}

/// The key that says which profile is used.
pub(super) const CURRENT: &str = "current_profile";

/// The table that holds the profiles.
pub(super) const PROFILES: &str = "profiles";

fn is_secret(key: &str) -> bool {
    let bare: String = key.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    ["secret", "password", "passwd", "apikey"].iter().any(|part| bare.contains(part))
        || bare.ends_with("token")
}

fn shown(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        let error = read(text, "config.toml").expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.hint_text().is_some());
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        format!("{error}: {}", error.causes().join(": "))
    }

    #[test]
    fn a_whole_file_is_read() {
        let content = read(
            r#"
            current_profile = "work" # as it was
            [profiles.work]
            organization = "org_acme"
            auth_url = "https://maps.example.com/auth-api"
            audience = "a"
            client_id = "c"
            redirect_uri = "http://localhost:1/"
            paste_redirect_uri = "https://maps.example.com/token"
            accounts_url = "https://maps.example.com/accounts-api"
            api_base_url = "https://maps.example.com/api"
            api_hosts = ["maps.example.com"]
            scopes = ["openid"]
            offline_access = false
            login_timeout = 60
            credentials_file = "~/carto.json"
            [profiles."ac_1/acme/ada@example.com"]
            "#,
            "config.toml",
        )
        .expect("read");
        assert_eq!(content.current.as_deref(), Some("work"));
        assert_eq!(content.warnings, [""; 0]);
        let work = &content.profiles["work"];
        assert_eq!(work.scopes.as_deref(), Some(["openid".to_owned()].as_slice()));
        assert_eq!((work.offline_access, work.login_timeout), (Some(false), Some(60)));
        assert_eq!(content.profiles["ac_1/acme/ada@example.com"], Profile::default());
        let inline = read("profiles.a = { organization = \"o\", audience = \"\" }", "c").expect("read");
        assert_eq!(inline.profiles["a"].organization.as_deref(), Some("o"));
        assert_eq!(inline.profiles["a"].audience, None);
    }

    #[test]
    fn a_syntax_fault_has_its_place_and_does_not_quote_the_line() {
        for (text, place) in [
            ("[profiles.work]\nclient_secret = canary", "line 2, column 17"),
            ("[profiles.work\norganization = \"canary\"", "line 1, column 15"),
            ("a = 1\na = \"canary\"", "line 2, column 1"),
            ("a = \"canary", "line 1, column"),
        ] {
            let fault = fault(text);
            assert!(fault.contains("is not TOML") && fault.contains(place), "{fault}");
        }
    }

    #[test]
    fn wrong_types_are_told_all_at_once() {
        let fault = fault(
            "current_profile = 1\n[profiles.work]\norganization = 7\nscopes = \"openid\"\napi_hosts = [1]\n\
             offline_access = \"yes\"\nlogin_timeout = -1\n[profiles.\"a b\"]\n",
        );
        for part in [
            "line 1, column 19: `current_profile` must be text",
            "line 3, column 16: `organization` must be text",
            "line 4, column 10: `scopes` must be a list",
            "line 5, column 13: `api_hosts` must be a list",
            "line 6, column 18: `offline_access` must be `true` or `false`",
            "line 7, column 17: `login_timeout` must be a whole number",
            "line 8, column 11: `a b` cannot be a profile's name",
        ] {
            assert!(fault.contains(part), "{part}\n{fault}");
        }
        assert!(self::fault("profiles = 1").contains("`profiles` must be tables"));
        assert!(self::fault("[profiles]\nwork = 1").contains("`work` must be a table"));
    }

    #[test]
    fn a_secret_is_refused_wherever_it_stands() {
        for key in [
            "client_secret",
            "clientSecret",
            "token",
            "access_token",
            "refresh_token",
            "api-token",
            "password",
            "apiKey",
        ] {
            for table in ["", "[profiles]\n", "[profiles.work]\n"] {
                let fault = fault(&format!("{table}{key} = \"canary\""));
                assert!(fault.contains("holds a secret") && fault.contains(key), "{fault}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_warned_of_with_the_nearest_known() {
        for (text, warning) in [
            (
                "[profiles.work]\nauth_ulr = \"x\"",
                "line 2, column 1: `auth_ulr` is not known; did you mean `auth_url`?",
            ),
            ("[profiles.work]\nscope = []", "did you mean `scopes`?"),
            ("[profiles.work]\napi-base-url = \"x\"", "did you mean `api_base_url`?"),
            ("[profiles.work]\ncolour = 1", "`colour` is not known and is ignored"),
            ("audience = \"x\"", "`audience` is ignored here: it belongs in a table `[profiles.NAME]`"),
            ("[profile.work]", "did you mean `profiles`?"),
        ] {
            let content = read(text, "config.toml").expect(text);
            assert_eq!(content.warnings.len(), 1, "{text}");
            assert!(content.warnings[0].contains(warning), "{:?}", content.warnings);
        }
    }
}
