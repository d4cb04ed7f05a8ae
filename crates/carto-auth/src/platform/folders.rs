//! Where tokens and settings are kept on this machine.

use std::path::{Path, PathBuf};

use super::variables::{Variables, names};

/// The folders of this crate. All of them are `None` where there is no home folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// The person's home folder.
    pub home: Option<PathBuf>,
    /// Where tokens are kept: `CARTO_AUTH_CACHE_DIR`, or `~/.carto-auth`.
    pub cache: Option<PathBuf>,
    /// Where `config.toml` is: `$XDG_CONFIG_HOME/carto-auth`, or `~/.config/carto-auth`.
    pub config: Option<PathBuf>,
}

impl Folders {
    /// The folders that these variables lead to.
    pub fn of(variables: &Variables) -> Self {
        let home = variables
            .first(&["HOME", "USERPROFILE"])
            .map(|(_, home)| PathBuf::from(home))
            .filter(|home| home.is_absolute() && home != Path::new("/"));
        let absolute = |name: &str| variables.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let cache = variables
            .get(names::CACHE_DIR)
            .map(|path| expand(path, home.as_deref()))
            .map(|path| std::path::absolute(&path).unwrap_or(path))
            .or_else(|| home.as_ref().map(|home| home.join(".carto-auth")));
        let config = absolute("XDG_CONFIG_HOME")
            .or_else(|| home.as_ref().map(|home| home.join(".config")))
            .map(|folder| folder.join("carto-auth"));
        Self { home, cache, config }
    }

    /// The path with a `~` at its beginning replaced by the home folder.
    pub fn expand(&self, path: &Path) -> PathBuf {
        path.to_str().map_or_else(|| path.to_owned(), |text| expand(text, self.home.as_deref()))
    }

    /// As [`Folders::expand`], and what is relative is taken from the folder that the process is in now.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        let expanded = self.expand(path);
        std::path::absolute(&expanded).unwrap_or(expanded)
    }
}

fn expand(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with(['/', '\\']) => home.join(&rest[1..]),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(pairs: &[(&str, &str)]) -> Folders {
        Folders::of(&pairs.iter().copied().collect())
    }

    #[test]
    fn the_home_folder_leads_to_both_others() {
        let folders = folders(&[("HOME", "/home/ada")]);
        assert_eq!(folders.cache.as_deref(), Some(Path::new("/home/ada/.carto-auth")));
        assert_eq!(folders.config.as_deref(), Some(Path::new("/home/ada/.config/carto-auth")));
        assert_eq!(folders.expand(Path::new("~/x")), Path::new("/home/ada/x"));
        assert_eq!(folders.expand(Path::new("~bob/x")), Path::new("~bob/x"));
    }

    #[test]
    fn a_home_that_is_none_leads_nowhere() {
        for home in [("HOME", ""), ("HOME", "/"), ("HOME", "relative")] {
            assert_eq!(folders(&[home]), Folders::default());
        }
        assert_eq!(
            folders(&[("CARTO_AUTH_CACHE_DIR", "/tmp/c")]).cache.as_deref(),
            Some(Path::new("/tmp/c"))
        );
    }
}
