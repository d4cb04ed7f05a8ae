//! The files that belong to one key.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::key::{Kind, TokenKey};
use super::legacy;

/// Where a store keeps its entries.
#[derive(Debug)]
pub(super) enum Place {
    /// One file a key in a folder that is ours.
    Folder(PathBuf),
    /// The one file that the caller names, in a folder that need not be ours.
    File(PathBuf),
}

impl Place {
    /// The folder that all files are in.
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::File(file) => {
                file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
            }
        }
    }

    /// The files of a key.
    pub(super) fn spot(&self, key: &TokenKey) -> Spot {
        match self {
            Self::Folder(folder) => Spot::in_folder(folder, key.parts().kind, key.id()),
            Self::File(file) => Spot::of_file(file),
        }
    }

    /// How the names of temporary files begin that writers of this place make.
    pub(super) fn temporary_names(&self) -> Vec<String> {
        match self {
            Self::Folder(_) => [".oauth-", ".m2m-", ".token_", ".time."].map(str::to_owned).to_vec(),
            Self::File(file) => {
                vec![format!(".{}.", file.file_name().unwrap_or_default().to_string_lossy())]
            }
        }
    }
}

/// The files of one key.
#[derive(Debug)]
pub(super) struct Spot {
    /// Where the entry is.
    pub(super) entry: PathBuf,
    /// Where it is instead when something that is not ours is in that place.
    pub(super) side: PathBuf,
    /// What is locked.
    pub(super) lock: PathBuf,
    /// What the holder of the lock says.
    pub(super) login: PathBuf,
    /// Where a token of 0.2.0 would be.
    pub(super) legacy: PathBuf,
    /// Whether the caller chose the name, so that somebody else's file may be there.
    pub(super) is_named: bool,
}

impl Spot {
    /// The files of the entry of this name in a folder; `None` for a name that no key has.
    pub(super) fn of_id(folder: &Path, id: &str) -> Option<Self> {
        Self::kind_of_id(id).map(|kind| Self::in_folder(folder, kind, id))
    }

    /// The kind of the key of this name; `None` for a name that no key has.
    pub(super) fn kind_of_id(id: &str) -> Option<Kind> {
        let (kind, digest) = id.split_once('-')?;
        let kind = [Kind::OAuth, Kind::M2m].into_iter().find(|known| known.name() == kind)?;
        digest.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(kind)
    }

    /// The files around the one that the caller names.
    pub(super) fn of_file(file: &Path) -> Self {
        Self {
            entry: file.to_owned(),
            side: beside(file, ".v1"),
            lock: beside(file, ".lock"),
            login: beside(file, ".login"),
            legacy: file.to_owned(),
            is_named: true,
        }
    }

    fn in_folder(folder: &Path, kind: Kind, id: &str) -> Self {
        let named = |ending: &str| folder.join(format!("{id}{ending}"));
        Self {
            entry: named(".json"),
            side: named(".json.v1"),
            lock: named(".lock"),
            login: named(".login"),
            legacy: folder.join(legacy::file_name(kind)),
            is_named: false,
        }
    }
}

/// The path with something put behind its last name, whatever bytes that is made of.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}
