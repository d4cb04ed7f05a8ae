//! Files that nobody needs any more: those of killed writers, and those that were damaged.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::fault;
use super::spot::{Place, beside};
use crate::error::Error;
use crate::platform::{PENDING_SUFFIX, TEMPORARY_SUFFIX};

/// Removes what killed writers left behind; `now` is the time by the file system's own clock.
pub(super) fn sweep(place: &Place, now: SystemTime) {
    let names = place.temporary_names();
    let Ok(files) = std::fs::read_dir(place.folder()) else { return };
    for file in files.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let ours = name.ends_with(TEMPORARY_SUFFIX) && names.iter().any(|start| name.starts_with(start));
        // A sign-in in two steps keeps its verifier for ten minutes and no longer.
        let pending = name.ends_with(PENDING_SUFFIX);
        let old = || {
            let written = file.metadata().and_then(|metadata| metadata.modified()).ok();
            written.and_then(|at| now.duration_since(at).ok()).is_some_and(|age| age > TEMPORARY_AGE)
        };
        if (ours || pending) && old() {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

/// The name that a damaged file is moved to at this time.
pub(super) fn free_name(path: &Path, now: i64) -> PathBuf {
    let first = beside(path, &format!("{ASIDE}{now}"));
    let is_free = |name: &PathBuf| name.symlink_metadata().is_err();
    let others = (2..100).map(|number| beside(&first, &format!("-{number}")));
    std::iter::once(first.clone()).chain(others).find(is_free).unwrap_or(first)
}

/// Leaves only the newest few of the damaged files of this path, for a person to look at: the one that was just moved
/// aside and those that are the newest by name, which a clock that was set back may have given.
pub(super) fn keep_few(path: &Path, newest: &Path) {
    let others = moved_aside(path).into_iter().filter(|other| other != newest);
    for old in others.rev().skip(KEPT_ASIDE - 1) {
        let _ = std::fs::remove_file(old);
    }
}

/// Removes all damaged files of this path: there may be tokens in what is left of them.
pub(super) fn forget_damaged(path: &Path) {
    for damaged in moved_aside(path) {
        let _ = std::fs::remove_file(damaged);
    }
}

/// Removes all damaged files of a place and what sign-ins in two steps have left; says what could not be removed.
pub(super) fn forget_all(place: &Place) -> Vec<Error> {
    let names = place.temporary_names();
    let is_left = |name: &str| match place {
        Place::Folder(_) => {
            let damaged = name.contains(ASIDE) && names.iter().any(|start| name.starts_with(&start[1..]));
            damaged || name.ends_with(PENDING_SUFFIX)
        }
        Place::File(file) => {
            let own = file.file_name().unwrap_or_default().to_string_lossy();
            [format!("{own}{ASIDE}"), format!("{own}.v1{ASIDE}")].iter().any(|start| name.starts_with(start))
        }
    };
    let files = std::fs::read_dir(place.folder()).into_iter().flatten().flatten();
    let left = files.filter(|file| is_left(&file.file_name().to_string_lossy()));
    let remove = |path: PathBuf| match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Some(fault::refused(&path, "cannot be removed", error))
        }
        _ => None,
    };
    left.filter_map(|file| remove(file.path())).collect()
}

/// The damaged files that were moved aside from this path, oldest first.
fn moved_aside(path: &Path) -> Vec<PathBuf> {
    let Some(start) = path.file_name().map(|name| beside(Path::new(name), ASIDE)) else { return Vec::new() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|file| starts_with(&file.file_name(), start.as_os_str()))
        .map(|file| file.path())
        .collect();
    found.sort();
    found
}

fn starts_with(name: &OsStr, start: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(start.as_encoded_bytes())
}

/// What stands between the name of a damaged file and the time it was moved aside.
const ASIDE: &str = ".corrupt-";

/// How many damaged files are kept.
const KEPT_ASIDE: usize = 3;

/// How old a temporary file is when its writer is certainly dead.
const TEMPORARY_AGE: Duration = Duration::from_secs(10 * 60);
