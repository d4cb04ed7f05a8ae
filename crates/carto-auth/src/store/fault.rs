//! What can be wrong with a file that tokens rest in, as errors that say what to do.

use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind};
use crate::platform::{KeyringFault, ReadError, foreign_owner};

/// The system refused something, as in "cannot be written".
pub(super) fn refused(path: &Path, what: &str, error: io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("free some space, or {ELSEWHERE}")
        }
        // It is the limit of this process, wherever it writes.
        io::ErrorKind::FileTooLarge => {
            "raise the limit on the size of files, as with `ulimit -f unlimited`".to_owned()
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => in_the_way(path),
        _ => format!("let this user write there, or {ELSEWHERE}"),
    };
    storage(format!("`{}` {what}", path.display())).because(error).hint(hint)
}

/// The lock cannot be had, because of what lies in its place perhaps.
pub(super) fn unlockable(path: &Path, error: io::Error) -> Error {
    let fault = refused(path, "cannot be locked", error);
    match path.symlink_metadata() {
        Ok(there) if !there.is_file() => fault.hint(in_the_way(path)),
        Ok(there) => foreign_owner(&there).map_or(fault, |owner| foreign(path, owner)),
        Err(_) => fault,
    }
}

/// It belongs to somebody else, who could have put anything there.
pub(super) fn foreign(path: &Path, owner: u32) -> Error {
    storage(format!("`{}` belongs to another user (id {owner}) and is not used", path.display()))
        .hint(format!("run as that user, remove it, or {ELSEWHERE}"))
}

/// A later version of this program wrote it, and it may hold what this one cannot read.
pub(super) fn newer(path: &Path) -> Error {
    storage(format!("`{}` is of a newer version of carto-auth", path.display()))
        .hint("sign out with that version, or remove the file")
}

/// The home folder that all this would be in does not exist.
pub(super) fn no_home(home: &Path) -> Error {
    storage(format!("the home folder `{}` does not exist", home.display()))
        .hint(format!("make it, or {ELSEWHERE}"))
}

/// The token itself cannot be stored.
pub(super) fn unfit(why: &str) -> Error {
    storage(format!("the token is not stored, since it {why}"))
}

/// The entry is gone, but for what lives longest.
pub(super) fn left_in_keyring(fault: &KeyringFault) -> Error {
    storage(format!("the refresh token stays in the system's keyring, since {fault}")).hint(
        "sign out again where the keyring can be reached and is unlocked, without `CARTO_AUTH_KEYRING=off`",
    )
}

/// The sign-in is good, but what renews it cannot be read here and now.
pub(super) fn out_of_reach(fault: &KeyringFault) -> Error {
    let what = "the refresh token is in the system's keyring, which cannot be read now";
    Error::new(ErrorKind::PersonNeeded, what)
        .because(fault.clone())
        .hint("unlock the keyring, or sign in again with `carto-auth login`; `CARTO_AUTH_KEYRING=off` does without one")
}

/// Somebody else holds the lock by now.
pub(super) fn overtaken() -> Error {
    storage("another process has taken over this sign-in meanwhile".into()).hint("try again")
}

/// A file that is there and cannot be read.
pub(super) fn unreadable(path: &Path, error: ReadError) -> Error {
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
        return storage(format!("`{}` is a symbolic link and is not followed", path.display()))
            .hint(format!("remove the link, or {ELSEWHERE}"));
    }
    let (what, source) = match error {
        ReadError::NotAFile(kind) => {
            return storage(format!("`{}` is {kind}, not a file", path.display()))
                .hint(format!("move it, or {ELSEWHERE}"));
        }
        ReadError::Io(error) => ("cannot be read", Some(error)),
        ReadError::Missing | ReadError::Dangling => ("is not there", None),
        ReadError::TooLarge => ("is larger than any file of this program", None),
    };
    let error = storage(format!("`{}` {what}", path.display()))
        .hint(format!("let this user read it, remove it, or {ELSEWHERE}"));
    match source {
        Some(source) => error.because(source),
        None => error,
    }
}

fn in_the_way(path: &Path) -> String {
    format!("move what is in the way of `{}`, or {ELSEWHERE}", path.display())
}

fn storage(message: String) -> Error {
    Error::new(ErrorKind::Storage, message)
}

const ELSEWHERE: &str = "set `CARTO_AUTH_CACHE_DIR` to a folder of your own";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_says_what_to_do() {
        let path = Path::new("/some/token.json");
        for (kind, hint) in [
            (io::ErrorKind::StorageFull, "free some space"),
            (io::ErrorKind::QuotaExceeded, "free some space"),
            (io::ErrorKind::FileTooLarge, "raise the limit"),
            (io::ErrorKind::ReadOnlyFilesystem, "let this user write"),
            (io::ErrorKind::PermissionDenied, "let this user write"),
            (io::ErrorKind::NotADirectory, "move what is in the way"),
        ] {
            let error = refused(path, "cannot be written", kind.into());
            assert_eq!(error.kind(), ErrorKind::Storage);
            assert_eq!(error.to_string(), "`/some/token.json` cannot be written");
            assert!(error.hint_text().expect("a hint").starts_with(hint), "{kind}");
            assert_eq!(error.causes().len(), 1);
        }
    }
}
