//! Where a setting came from.

use std::fmt;
use std::path::PathBuf;

/// What set a setting. Its `Display` reads well after "from".
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The caller: a value in code, or an option on the command line.
    Option,
    /// This variable.
    Variable(&'static str),
    /// This profile of `config.toml`.
    Profile(String),
    /// This credentials file.
    CredentialsFile(PathBuf),
    /// `config.toml` outside of its profiles, as `carto-auth use` leaves it.
    ConfigFile,
    /// Nobody: it is the default.
    Default,
}

/// One setting, what it is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The name, as in `organization`.
    pub setting: &'static str,
    /// The value as it may be shown. Never a secret.
    pub value: String,
    /// What set it.
    pub source: Source,
    /// What would have set it otherwise, the nearest first.
    pub overrides: Vec<Source>,
}

impl Source {
    /// The kind of source, for `--json`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Option => "option",
            Self::Variable(_) => "variable",
            Self::Profile(_) => "profile",
            Self::CredentialsFile(_) => "credentials_file",
            Self::ConfigFile => "config_file",
            Self::Default => "default",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option => f.write_str("an option"),
            Self::Variable(name) => write!(f, "`{name}`"),
            Self::Profile(name) => write!(f, "the profile `{name}`"),
            Self::CredentialsFile(path) => write!(f, "the credentials file `{}`", path.display()),
            Self::ConfigFile => f.write_str("`config.toml`"),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// The choices made so far.
///
/// Each setting is decided here, so that the same order holds for all and `status` can tell it.
#[derive(Debug, Default)]
pub(super) struct Choices(pub(super) Vec<Choice>);

impl Choices {
    /// Takes the first candidate, and notes those behind it that would have decided otherwise.
    pub(super) fn first<T: PartialEq>(
        &mut self,
        setting: &'static str,
        candidates: impl IntoIterator<Item = (Source, Option<T>)>,
        show: impl FnOnce(&T) -> String,
    ) -> Option<(Source, T)> {
        let mut set = candidates.into_iter().filter_map(|(source, value)| Some((source, value?)));
        let (source, value) = set.next()?;
        let overrides = set
            .filter(|(other, different)| *different != value && *other != Source::Default)
            .map(|(other, _)| other)
            .collect();
        self.0.push(Choice { setting, value: show(&value), source: source.clone(), overrides });
        Some((source, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_set_wins_and_those_that_differ_are_noted() {
        let mut choices = Choices::default();
        let work = || Source::Profile("work".into());
        let candidates = [
            (Source::Option, None),
            (Source::Variable("CARTO_AUTH_ORG"), Some("a")),
            (work(), Some("b")),
            (Source::ConfigFile, Some("a")),
            (Source::Default, Some("c")),
        ];
        let chosen = choices.first("organization", candidates, ToString::to_string);
        assert_eq!(chosen, Some((Source::Variable("CARTO_AUTH_ORG"), "a")));
        assert_eq!(choices.0[0].overrides, [work()]);
        assert_eq!(choices.first("x", [(Source::Option, None::<bool>)], ToString::to_string), None);
        assert_eq!(choices.0.len(), 1);
    }
}
