//! Small private files: read without trust, written whole.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

/// The content of a small file, with what the file system says of it.
pub(crate) struct SmallFile {
    pub(crate) bytes: Vec<u8>,
    pub(crate) metadata: Metadata,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// There is none.
    Missing,
    /// It is a link that leads nowhere.
    Dangling,
    /// It is no ordinary file but, for example, "a folder".
    NotAFile(&'static str),
    /// It is larger than anything of this kind.
    TooLarge,
    /// The system said no.
    Io(io::Error),
}

/// Whether a symbolic link at the end of a path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// As for a credentials file: Kubernetes mounts secrets as links.
    Follow,
    /// As for our own files: nobody but us makes them, and never as links.
    Refuse,
}

/// Reads an ordinary file of at most `limit` bytes. Never waits for a FIFO and never reads a device.
pub(crate) fn read_small(path: &Path, limit: usize, links: Links) -> Result<SmallFile, ReadError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        if links == Links::Refuse {
            flags |= OFlags::NOFOLLOW;
        }
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path).map_err(|error| unreadable(path, error))?;
    let metadata = file.metadata().map_err(ReadError::Io)?;
    if let Some(kind) = kind_of(&metadata) {
        return Err(ReadError::NotAFile(kind));
    }
    // With room for all of it from the start, it is read at once and no piece of a secret is left behind.
    let expected = usize::try_from(metadata.len()).unwrap_or(limit).min(limit);
    let mut bytes = Vec::with_capacity(expected + 1);
    let read = file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    if read > limit {
        return Err(ReadError::TooLarge);
    }
    Ok(SmallFile { bytes, metadata })
}

/// Writes a file that appears whole or not at all, readable by its owner only from the first byte.
///
/// The content goes to a temporary file in the same folder, is synced, and takes the name by a rename.
#[expect(clippy::disallowed_methods, reason = "this is the one place that writes files")]
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut temporary =
        tempfile::Builder::new().prefix(&format!(".{name}.")).suffix(TEMPORARY_SUFFIX).tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    give_name(temporary, path, is_open_elsewhere)?;
    // The rename itself is durable once the folder is; some file systems cannot sync a folder.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Gives a file its name. On Windows that fails while a virus scanner or an indexer has the file of this name open, which
/// they have for a moment and not for long.
fn give_name(
    mut temporary: tempfile::NamedTempFile,
    path: &Path,
    is_passing: impl Fn(&io::Error) -> bool,
) -> io::Result<()> {
    for pause in PAUSES.map(Duration::from_millis) {
        match temporary.persist(path) {
            Err(error) if is_passing(&error.error) => temporary = error.file,
            done => return done.map(drop).map_err(|error| error.error),
        }
        std::thread::sleep(pause);
    }
    temporary.persist(path).map(drop).map_err(|error| error.error)
}

/// `ERROR_ACCESS_DENIED`, `ERROR_SHARING_VIOLATION` and `ERROR_LOCK_VIOLATION`, by which nothing lasting is told from it.
fn is_open_elsewhere(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33))
}

/// How many milliseconds are between the tries to give a file its name: 0.3 s in all.
const PAUSES: [u64; 5] = [10, 20, 40, 80, 160];

/// Makes a folder, with its parents, that only its owner can enter. One that exists is left as it is.
pub(crate) fn make_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// The user a file belongs to, if that is not the one this process acts for.
pub(crate) fn foreign_owner(metadata: &Metadata) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let owner = metadata.uid();
        (owner != rustix::process::geteuid().as_raw()).then_some(owner)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

/// Says whether others than the owner may do anything with a file or a folder.
pub(crate) fn is_open_to_others(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        metadata.mode() & 0o077 != 0
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
}

/// Takes every right from others than the owner. A symbolic link is followed to a folder only.
pub(crate) fn close_to_others(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let folder = path.is_dir();
        let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        flags |= if folder { OFlags::DIRECTORY } else { OFlags::NOFOLLOW };
        let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
        let mode = file.metadata()?.permissions().mode();
        file.set_permissions(std::fs::Permissions::from_mode(mode & 0o7700))?;
    }
    #[cfg(not(unix))]
    {
        let _ = path;
    }
    Ok(())
}

/// How the names of temporary files end, so that those of a killed writer can be swept.
pub(crate) const TEMPORARY_SUFFIX: &str = ".tmp";

/// How the names of files end that hold the verifier of a sign-in in two steps.
pub(crate) const PENDING_SUFFIX: &str = ".pending";

fn unreadable(path: &Path, error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound if path.symlink_metadata().is_ok() => ReadError::Dangling,
        io::ErrorKind::NotFound => ReadError::Missing,
        io::ErrorKind::IsADirectory => ReadError::NotAFile("a folder"),
        // A socket cannot even be opened, nor a folder on Windows.
        _ => match path.metadata().ok().and_then(|metadata| kind_of(&metadata)) {
            Some(kind) => ReadError::NotAFile(kind),
            None => ReadError::Io(error),
        },
    }
}

fn kind_of(metadata: &Metadata) -> Option<&'static str> {
    if metadata.is_file() {
        return None;
    }
    if metadata.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("no ordinary file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_is_private_and_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token.json");
        write_private(&path, b"one").expect("written");
        write_private(&path, b"two").expect("written again");
        let file = read_small(&path, 10, Links::Refuse).expect("read");
        assert_eq!(file.bytes, b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(file.metadata.permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn k17_a_name_that_is_open_elsewhere_is_tried_again_for_a_moment_and_no_longer() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token.json");
        // A folder in the way stands for what Windows says of a file that is open: both go away.
        std::fs::create_dir(&path).expect("made");
        let temporary = || {
            let mut file = tempfile::NamedTempFile::new_in(folder.path()).expect("made");
            file.write_all(b"whole").expect("written");
            file
        };
        let tries = std::cell::Cell::new(0);
        let passes_after = |limit: usize| {
            let (tries, path) = (&tries, &path);
            move |error: &io::Error| {
                assert!(path.is_dir(), "{error}");
                tries.set(tries.get() + 1);
                if tries.get() == limit {
                    std::fs::remove_dir(path).expect("out of the way");
                }
                true
            }
        };
        give_name(temporary(), &path, passes_after(usize::MAX)).expect_err("it stays in the way");
        assert_eq!(tries.replace(0), PAUSES.len(), "there is an end to it");
        give_name(temporary(), &path, |_| false).expect_err("what does not pass is told at once");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1, "nothing is left of either");
        give_name(temporary(), &path, passes_after(3)).expect("named");
        assert_eq!(tries.get(), 3);
        assert_eq!(read_small(&path, 10, Links::Refuse).expect("read").bytes, b"whole");
    }

    #[test]
    fn what_is_no_small_ordinary_file_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        write_private(&at("large"), &[b'x'; 11]).expect("written");
        assert!(matches!(read_small(&at("large"), 10, Links::Follow), Err(ReadError::TooLarge)));
        assert!(matches!(read_small(&at("none"), 10, Links::Follow), Err(ReadError::Missing)));
        assert!(matches!(read_small(folder.path(), 10, Links::Follow), Err(ReadError::NotAFile("a folder"))));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("none"), at("dangling")).expect("linked");
            std::os::unix::fs::symlink(at("large"), at("link")).expect("linked");
            assert!(matches!(read_small(&at("dangling"), 10, Links::Follow), Err(ReadError::Dangling)));
            assert!(read_small(&at("link"), 20, Links::Follow).is_ok());
            assert!(read_small(&at("link"), 20, Links::Refuse).is_err());
            assert!(matches!(
                read_small(Path::new("/dev/zero"), 10, Links::Follow),
                Err(ReadError::NotAFile("a device"))
            ));
        }
    }
}
