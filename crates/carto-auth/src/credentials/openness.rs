//! Whether others on this machine can read or replace a file with a secret in it.

use std::fs::Metadata;
use std::path::Path;

use super::fault::{CredentialsFault, Origin};
use crate::error::Error;
use crate::platform::names;

/// What others can do with a file, and what mends it.
pub(super) struct Openness {
    what: String,
    remedy: String,
}

impl Openness {
    /// What is wrong with who can open the file; `None` for one that only its owner can.
    #[cfg(unix)]
    pub(super) fn of(path: &Path, metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let us = rustix::process::geteuid().as_raw();
        let (owner, mode) = (metadata.uid(), metadata.mode() & 0o777);
        // A file that is not ours reaches us through its group or through everyone, as Kubernetes mounts
        // secrets (owner root, mode 0440 with `fsGroup`); only what goes beyond that is worth a word.
        let open = if owner == us { mode & 0o077 != 0 } else { mode & 0o027 != 0 };
        let foreign = owner != us && owner != 0;
        let (shown, close) = (path.display(), chmod(path));
        match (open, foreign) {
            (false, false) => None,
            (true, false) => Some(Self {
                what: format!(
                    "others on this machine can open the credentials file `{shown}` (mode {mode:04o})"
                ),
                remedy: format!("close it with `{close}`"),
            }),
            (_, true) => Some(Self {
                what: format!(
                    "the credentials file `{shown}` belongs to another user (mode {mode:04o}), who can read and change it"
                ),
                remedy: format!("make a copy of your own and close it with `{close}`"),
            }),
        }
    }

    /// Elsewhere a file's owner and mode do not say who can open it.
    #[cfg(not(unix))]
    pub(super) fn of(_: &Path, _: &Metadata) -> Option<Self> {
        None
    }

    /// What a person is warned of, where such a file is used all the same.
    pub(super) fn warning(&self) -> String {
        format!("{}; {}", self.what, self.remedy)
    }

    /// The refusal of such a file, where that is wanted.
    pub(super) fn refusal(self, origin: &Origin) -> Error {
        CredentialsFault::Exposed(format!("{}, and `{}` is set", self.what, names::STRICT_FILES))
            .into_error(origin)
            .hint(self.remedy)
    }
}

/// The line to type, which must survive a space in the path.
#[cfg(unix)]
fn chmod(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = !path.is_empty()
        && !path.starts_with('-')
        && path.chars().all(|c| c.is_alphanumeric() || "/._-~+@%=:,".contains(c));
    if plain {
        format!("chmod 600 {path}")
    } else {
        format!("chmod 600 -- '{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_the_line_to_type_is_quoted_where_a_shell_needs_it() {
        for (path, line) in [
            ("/home/ada/carto.json", "chmod 600 /home/ada/carto.json"),
            ("my file", "chmod 600 -- 'my file'"),
            ("it's", r"chmod 600 -- 'it'\''s'"),
            ("-x", "chmod 600 -- '-x'"),
            ("$(id)", "chmod 600 -- '$(id)'"),
        ] {
            assert_eq!(chmod(Path::new(path)), line);
        }
    }
}
