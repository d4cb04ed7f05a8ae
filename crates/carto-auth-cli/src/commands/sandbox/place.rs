//! The folder by which a sandbox is found again: private, and never in the home folder.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use carto_auth::platform::Variables;

use crate::failure::Failure;

/// The folder, made where it is missing and checked where it is not: what is read from it is run by a shell.
pub(super) fn find(variables: &Variables, named: Option<&Path>) -> Result<PathBuf, Failure> {
    let folder = match named {
        Some(folder) => std::path::absolute(folder)
            .map_err(|error| Failure::of_io(format!("`{}` cannot be used", folder.display()), &error))?,
        None => usual(variables),
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(&folder).and_then(|()| check(&folder));
    made.map_err(|error| Failure::Failed {
        message: format!("`{}` cannot be the folder of a sandbox", folder.display()),
        cause: Some(error.to_string()),
        hint: Some("name a folder of your own with `--directory FOLDER`".into()),
    })?;
    Ok(folder)
}

/// Where the tokens of those who use the sandbox rest.
pub(super) fn tokens(folder: &Path) -> PathBuf {
    folder.join("tokens")
}

/// Deletes the tokens: no other sandbox accepts them.
pub(super) fn forget_tokens(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(tokens(folder))
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::debug!(%error, "the tokens of the sandbox cannot be deleted");
    }
}

fn usual(variables: &Variables) -> PathBuf {
    let absolute = |name: &str| variables.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    match absolute("XDG_RUNTIME_DIR").filter(|folder| folder.is_dir()) {
        Some(folder) => folder.join("carto-auth-sandbox"),
        None => absolute("TMPDIR")
            .unwrap_or_else(std::env::temp_dir)
            .join(format!("carto-auth-sandbox{}", owner())),
    }
}

#[cfg(unix)]
fn owner() -> String {
    format!("-{}", rustix::process::getuid().as_raw())
}

/// The folder for temporary files is the person's own.
#[cfg(not(unix))]
fn owner() -> String {
    String::new()
}

#[cfg(unix)]
fn check(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let found = fs::symlink_metadata(folder)?;
    if !found.is_dir() {
        return Err(io::Error::other("it is no folder"));
    }
    if found.uid() != rustix::process::getuid().as_raw() {
        return Err(io::Error::other("it belongs to somebody else"));
    }
    if found.permissions().mode() & 0o022 != 0 {
        return Err(io::Error::other("others can write to it"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check(_folder: &Path) -> io::Result<()> {
    Ok(())
}
