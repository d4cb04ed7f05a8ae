//! The profiles of `config.toml`, and which of them is used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::Profile;
use super::document::{self, CURRENT, PROFILES};
use super::profile::check_name;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{
    Links, Notice, Platform, ReadError, make_private_dir, names, read_small, write_private,
};

/// What `config.toml` in the settings folder says. No file, or no home folder, is an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profiles {
    /// The profile that `carto-auth use` chose.
    pub current: Option<String>,
    /// The profiles that have a table.
    pub profiles: BTreeMap<String, Profile>,
}

impl Profiles {
    /// The profile that is used when none is named. It needs no table.
    pub const DEFAULT: &'static str = "default";

    /// Reads `config.toml`. A key that means nothing is warned of.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when the file cannot be read, is no TOML, has a value of the wrong type, or
    /// holds a secret.
    pub fn read(platform: &Platform) -> Result<Self> {
        let Some(file) = config_file(platform) else { return Ok(Self::default()) };
        let Some(text) = text_of(&file)? else { return Ok(Self::default()) };
        let content = document::read(&text, &shown(&file))?;
        for warning in &content.warnings {
            platform.prompt.tell(&Notice::Warning(warning));
        }
        Ok(Self { current: content.current, profiles: content.profiles })
    }

    /// The profile of that name. `default` is there even without a table.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] lists the profiles there are.
    pub fn get(&self, name: &str) -> Result<Profile> {
        check_name(name)?;
        match self.profiles.get(name) {
            Some(profile) => Ok(profile.clone()),
            None if name == Self::DEFAULT => Ok(Profile::default()),
            None => Err(Error::new(ErrorKind::Config, format!("there is no profile `{name}`"))
                .because(format!("the profiles are {}", self.list()))
                .hint(format!("make it with `carto-auth login {name}`, or name another with `--profile`"))),
        }
    }

    /// The names of all profiles, `default` among them, in their order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        if let Err(at) = names.binary_search(&Self::DEFAULT) {
            names.insert(at, Self::DEFAULT);
        }
        names
    }

    /// Makes a profile the one that is used when none is named. Comments and order of the file stay.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when there is no such profile, [`ErrorKind::Storage`] when the file cannot be
    /// written.
    pub fn set_current(platform: &Platform, name: &str) -> Result<()> {
        Self::read(platform)?.get(name)?;
        change(platform, |document| choose(document, name))
    }

    /// Adds an empty profile, as `carto-auth login NAME` does; one that is there stays as it is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when the name or the file cannot be used, [`ErrorKind::Storage`] when the file
    /// cannot be written.
    pub fn add(platform: &Platform, name: &str) -> Result<()> {
        check_name(name)?;
        let there = Self::read(platform)?;
        if name == Self::DEFAULT || there.profiles.contains_key(name) {
            return Ok(());
        }
        change(platform, |document| {
            table_of(document, name);
        })
    }

    /// Writes what this profile sets into the table of that name; what it leaves out stays as it is.
    ///
    /// # Errors
    ///
    /// As [`Profiles::add`].
    pub fn set(platform: &Platform, name: &str, settings: &Profile) -> Result<()> {
        check_name(name)?;
        change(platform, |document| write(document, name, settings))
    }

    fn list(&self) -> String {
        self.names().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

/// Makes a profile the current one in a document.
pub(super) fn choose(document: &mut DocumentMut, name: &str) {
    match document.get_mut(CURRENT).and_then(Item::as_value_mut) {
        Some(current) => {
            let decor = current.decor().clone();
            *current = name.into();
            *current.decor_mut() = decor;
        }
        None => {
            let mut current = Value::from(name);
            // A blank line between it and the first table.
            current.decor_mut().set_suffix(if document.is_empty() { "" } else { "\n" });
            document.insert(CURRENT, Item::Value(current));
        }
    }
}

/// Writes what a profile sets into a document.
pub(super) fn write(document: &mut DocumentMut, name: &str, settings: &Profile) {
    let Some(table) = table_of(document, name) else { return };
    for (key, new) in settings.values() {
        match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                let decor = old.decor().clone();
                *old = new;
                *old.decor_mut() = decor;
            }
            None => {
                table.insert(key, Item::Value(new));
            }
        }
    }
}

/// The profile's table, which is added where it is missing.
fn table_of<'a>(document: &'a mut DocumentMut, name: &str) -> Option<&'a mut dyn TableLike> {
    let first = document.is_empty();
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    let profiles = document.entry(PROFILES).or_insert(Item::Table(implicit));
    let is_inline = profiles.is_inline_table();
    let profiles = profiles.as_table_like_mut()?;
    let new = if is_inline {
        // A table of its own would not be written between the braces.
        Item::Value(InlineTable::new().into())
    } else {
        let mut table = Table::new();
        table.decor_mut().set_prefix(if first { "" } else { "\n" });
        Item::Table(table)
    };
    profiles.entry(name).or_insert(new).as_table_like_mut()
}

/// Changes the file's text and nothing around the change.
fn change(platform: &Platform, edit: impl FnOnce(&mut DocumentMut)) -> Result<()> {
    let storage = |file: &Path, error: std::io::Error| {
        Error::new(ErrorKind::Storage, format!("`{}` cannot be written", file.display()))
            .because(error)
            .hint(format!("make it writable, or name the profile with `--profile` or `{}`", names::PROFILE))
    };
    let file = config_file(platform).ok_or_else(|| {
        Error::new(ErrorKind::Storage, "there is no folder for settings")
            .because("neither `HOME` nor `XDG_CONFIG_HOME` is set")
            .hint(format!("set `HOME`, or name the profile with `--profile` or `{}`", names::PROFILE))
    })?;
    let text = text_of(&file)?.unwrap_or_default();
    let mut document = document::parse(&text, &shown(&file))?.into_mut();
    edit(&mut document);
    if let Some(folder) = file.parent() {
        make_private_dir(folder).map_err(|error| storage(&file, error))?;
    }
    // People keep this file under version control and put a link here; the link stays.
    let file = std::fs::canonicalize(&file).unwrap_or(file);
    write_private(&file, document.to_string().as_bytes()).map_err(|error| storage(&file, error))
}

fn config_file(platform: &Platform) -> Option<PathBuf> {
    platform.folders.config.as_ref().map(|folder| folder.join("config.toml"))
}

fn text_of(file: &Path) -> Result<Option<String>> {
    let wrong = |why: String| {
        Error::new(ErrorKind::Config, format!("`{}` cannot be read", file.display()))
            .because(why)
            .hint("mend it or move it aside; without it the defaults hold")
    };
    let bytes = match read_small(file, LIMIT, Links::Follow) {
        Ok(file) => file.bytes,
        Err(ReadError::Missing) => return Ok(None),
        Err(ReadError::Dangling) => return Err(wrong("it is a link that leads nowhere".into())),
        Err(ReadError::NotAFile(kind)) => return Err(wrong(format!("it is {kind}"))),
        Err(ReadError::TooLarge) => return Err(wrong("it is larger than 256 KiB".into())),
        // `~/.config` may itself be a file.
        Err(ReadError::Io(error)) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(None),
        // Nor is it ours where the folder is closed to us, as the home of root that a container's image names is.
        Err(ReadError::Io(error)) if is_hidden(file) => {
            tracing::debug!(file = %file.display(), %error, "whether there is a `config.toml` cannot be seen");
            return Ok(None);
        }
        Err(ReadError::Io(error)) => return Err(wrong(error.to_string())),
    };
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8; save it as UTF-8".into()))?;
    Ok(Some(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned)))
}

/// Says whether not even that can be seen whether there is a file.
fn is_hidden(file: &Path) -> bool {
    file.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}

/// The most that is read of `config.toml`, in bytes.
const LIMIT: usize = 256 * 1024;
