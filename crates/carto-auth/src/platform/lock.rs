//! A lock on a file that spans processes.
//!
//! The lock is the system's, on a file of its own that is never renamed: a process that dies, however it
//! dies, frees it. Where the file system has no locks (some NFS and SMB mounts), a lease stands in: a
//! file that exactly one process can create, which counts for the time it states.
//!
//! One folder may have locks on one machine and none on another. Where a machine without has been, a file beside the
//! lock says so for good, and everybody takes both. When it comes for the first time it waits for whoever took the
//! lock just before, who knows nothing of leases; that needs that the file system shows it, within a moment, what
//! the other machine has written.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::file::{Links, ReadError, TEMPORARY_SUFFIX, foreign_owner, read_small};
use super::own_file::OwnFile;

/// A lock that this process holds until it is dropped.
#[derive(Debug)]
pub(crate) struct FileLock {
    file: OwnFile,
    path: PathBuf,
    process: u32,
    lease: Option<Lease>,
}

impl FileLock {
    /// Makes one attempt; `None` while somebody else holds the lock, in this process or another.
    pub(crate) fn try_acquire(path: &Path) -> io::Result<Option<Self>> {
        Self::acquire(path, File::try_lock)
    }

    fn acquire(
        path: &Path,
        try_lock: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> io::Result<Option<Self>> {
        for _ in 0..ATTEMPTS {
            // Told from now on, before there is a lock that a child could keep.
            let own = OwnFile::open(|| open(path))?;
            let file = own.get()?;
            let is_locked = match try_lock(file) {
                // Whoever deleted the file let somebody else lock a new one under the same name.
                Ok(()) if !is_still_at(file, path) => continue,
                Ok(()) => true,
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(TryLockError::Error(error)) if has_no_locks(&error) => {
                    mark_leases(path)?;
                    if is_locked_elsewhere(file, path)? {
                        return Ok(None);
                    }
                    false
                }
                Err(TryLockError::Error(error)) => return Err(error),
            };
            let mut lease = None;
            // First the word that there is a lock and then the look for the other's: so one of two sees the other.
            let is_alone = is_locked && !has_leases(path);
            if is_alone {
                note(file, "");
            }
            if !is_alone || has_leases(path) {
                lease = match Lease::take(&path.with_extension("lease")) {
                    Ok(Some(lease)) => Some(lease),
                    taken => {
                        if is_locked {
                            give_back(file, is_alone);
                        }
                        return taken.map(|_| None);
                    }
                };
                note(file, LEASED);
            }
            let process = std::process::id();
            return Ok(Some(Self { file: own, path: path.to_owned(), process, lease }));
        }
        Err(io::Error::other("the lock file is deleted again and again"))
    }

    /// When the lock was taken, by the clock of the file system that it is on.
    pub(crate) fn taken_at(&self) -> io::Result<SystemTime> {
        self.file.get()?.metadata()?.modified()
    }

    /// Says whether nobody else can hold it by now, which needs that nobody deleted or overtook it.
    pub(crate) fn is_held(&self) -> bool {
        match &self.lease {
            Some(lease) => lease.is_ours(),
            None => self.file.get().is_ok_and(|file| is_still_at(file, &self.path)),
        }
    }

    /// Says whether there is no file any more that anybody could have locked.
    pub(crate) fn is_gone(&self) -> bool {
        self.path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// Makes a lease count for so long from now on; a lock of the system needs no such thing.
    pub(crate) fn extend(&mut self, time: Duration) -> io::Result<()> {
        self.lease.as_mut().map_or(Ok(()), |lease| lease.state(time))
    }

    /// How long a lease counts at first: a little more than a request for a token may take, so that a fleet whose
    /// leader has died goes on.
    pub(crate) const FOR_A_RENEWAL: Duration = Duration::from_secs(40);

    /// How long a lease counts while a person signs in, who says again every minute that it goes on.
    pub(crate) const FOR_A_SIGN_IN: Duration = Duration::from_secs(3 * 60);

    /// Says whether this is the process that took it, and not a child that was forked since.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // A forked child shares the descriptor: unlocking it there would free the parent's lock.
        if self.is_of_this_process() {
            let lease = self.lease.take();
            if let Some(lease) = &lease {
                lease.release();
            }
            if let Ok(file) = self.file.get() {
                give_back(file, lease.is_none());
            }
        }
    }
}

/// A file that one process could create, and that counts for the time it states.
///
/// Its age is told by the file system's clock alone, since machines that share a folder differ in theirs.
#[derive(Debug)]
struct Lease {
    path: PathBuf,
    file: File,
    name: String,
}

impl Lease {
    fn take(path: &Path) -> io::Result<Option<Self>> {
        for _ in 0..2 {
            match private().create_new(true).open(path) {
                Ok(file) => {
                    let name = format!("{:016x} {}", random(), std::process::id());
                    let mut lease = Self { path: path.to_owned(), file, name };
                    if let Err(error) = lease.state(FileLock::FOR_A_RENEWAL) {
                        // One without a name would count for nobody, and long.
                        let _ = std::fs::remove_file(path);
                        return Err(error);
                    }
                    return Ok(Some(lease).filter(Self::is_left_to_us));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if !retire(path)? {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Writes who holds it and for how many seconds from now.
    fn state(&mut self, time: Duration) -> io::Result<()> {
        // Always as long as before: nobody sees half of it.
        let text = format!("{} {:>4}\n", self.name, time.as_secs());
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(text.as_bytes())?;
        self.file.sync_all()
    }

    fn is_ours(&self) -> bool {
        read_small(&self.path, LEASE_LIMIT, Links::Refuse)
            .is_ok_and(|file| file.bytes.starts_with(self.name.as_bytes()))
    }

    /// Before its name stood in it, it may have been mistaken for an old one and taken away. Whoever did that
    /// notices and puts it back at once, and nobody but us would ever free it then.
    fn is_left_to_us(&self) -> bool {
        (0..50).any(|look| {
            if look > 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
            self.is_ours()
        })
    }

    fn release(&self) {
        if self.is_ours() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Takes a lease away whose time is past, and says whether it is worth trying again.
fn retire(path: &Path) -> io::Result<bool> {
    let lease = match read_small(path, LEASE_LIMIT, Links::Refuse) {
        Ok(lease) => lease,
        Err(ReadError::Missing) => return Ok(true),
        Err(ReadError::Io(error)) => return Err(error),
        Err(_) => return Err(io::Error::other("the lease is no ordinary file")),
    };
    let stated = String::from_utf8_lossy(&lease.bytes)
        .split_whitespace()
        .nth(2)
        .and_then(|seconds| seconds.parse().ok())
        .map_or(LONGEST, |seconds| Duration::from_secs(seconds).min(LONGEST));
    let end = lease.metadata.modified()?.checked_add(stated);
    // Where the time cannot be told, as on a full disk, nobody's lease is taken away.
    let now = file_system_time(path)?;
    if end.is_none_or(|end| now < end) {
        return Ok(false);
    }
    // Two may find the same old lease; the later one must not take the earlier one's new lease away.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.with_file_name(format!(".{name}.{:016x}{TEMPORARY_SUFFIX}", random()));
    match std::fs::rename(path, &aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        renamed => renamed?,
    }
    let same = read_small(&aside, LEASE_LIMIT, Links::Refuse).is_ok_and(|taken| taken.bytes == lease.bytes);
    if !same {
        let _ = std::fs::hard_link(&aside, path);
    }
    let _ = std::fs::remove_file(&aside);
    Ok(same)
}

/// What time the file system says it is: the one that a file gets which is written now.
fn file_system_time(beside: &Path) -> io::Result<SystemTime> {
    let folder = beside.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut probe = tempfile::Builder::new().prefix(".time.").suffix(TEMPORARY_SUFFIX).tempfile_in(folder)?;
    probe.write_all(b"\n")?;
    probe.as_file().metadata()?.modified()
}

fn open(path: &Path) -> io::Result<File> {
    let file = private().create(true).truncate(false).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file"));
    }
    if let Some(owner) = foreign_owner(&metadata) {
        let text = format!("it belongs to another user (id {owner})");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    Ok(file)
}

/// Says who has it, for a person who looks, and for the file system's idea of the time (see `taken_at`).
fn note(mut file: &File, how: &str) {
    let text = format!("{}{how}\n", std::process::id());
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
}

/// Frees a lock of the system. One without a lease takes its word back before.
fn give_back(file: &File, is_alone: bool) {
    if is_alone {
        note(file, GIVEN_BACK);
    }
    let _ = file.unlock();
}

/// Says whether a machine without locks has been here.
fn has_leases(lock: &Path) -> bool {
    lock.with_extension(MARKER).symlink_metadata().is_ok()
}

/// Says for good that leases are used here.
fn mark_leases(lock: &Path) -> io::Result<()> {
    match private().create_new(true).open(lock.with_extension(MARKER)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Says whether somebody who took no lease may have the lock: it was taken so, not given back, and not long ago.
fn is_locked_elsewhere(mut file: &File, path: &Path) -> io::Result<bool> {
    let mut said = [0; LEASE_LIMIT];
    let length = file.read(&mut said)?;
    let said = String::from_utf8_lossy(&said[..length]);
    if said.trim().is_empty() || [LEASED, GIVEN_BACK].iter().any(|how| said.contains(how)) {
        return Ok(false);
    }
    let end = file.metadata()?.modified()?.checked_add(FileLock::FOR_A_RENEWAL);
    let now = file_system_time(path)?;
    Ok(end.is_none_or(|end| now < end))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options
}

fn has_no_locks(error: &io::Error) -> bool {
    if error.kind() == io::ErrorKind::Unsupported {
        return true;
    }
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error()) {
        return true;
    }
    false
}

fn is_still_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(ours), Ok(there)) => is_same(&ours, &there),
        _ => false,
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// A file that is open cannot be deleted here.
#[cfg(not(unix))]
fn is_same(_one: &Metadata, _other: &Metadata) -> bool {
    true
}

fn random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()))
}

/// How long a lease counts at most, whatever stands in it.
const LONGEST: Duration = FileLock::FOR_A_SIGN_IN;

/// More than a lease ever holds.
const LEASE_LIMIT: usize = 256;

/// How the file ends that says that leases are used.
const MARKER: &str = "leases";

/// What stands behind the name of a process that took a lease too.
const LEASED: &str = " with a lease";

/// What stands behind the name of a process that has it no more.
const GIVEN_BACK: &str = " before";

/// How often a lock file may be deleted under us before something is wrong.
const ATTEMPTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn without_locks(_: &File) -> Result<(), TryLockError> {
        Err(TryLockError::Error(io::ErrorKind::Unsupported.into()))
    }

    fn lease(path: &Path) -> Option<FileLock> {
        FileLock::acquire(path, without_locks).expect("tried")
    }

    #[test]
    fn a_lock_has_one_holder_and_frees_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let lock = FileLock::try_acquire(&path).expect("tried").expect("free");
        assert!(lock.is_held());
        assert!(FileLock::try_acquire(&path).expect("tried").is_none());
        drop(lock);
        assert!(FileLock::try_acquire(&path).expect("tried").is_some());
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_file_that_is_deleted_under_us_is_made_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let tries = std::cell::Cell::new(0);
        let lock = FileLock::acquire(&path, |file| {
            tries.set(tries.get() + 1);
            if tries.get() <= 2 {
                std::fs::remove_file(&path).expect("deleted");
            }
            file.try_lock()
        });
        let lock = lock.expect("tried").expect("free");
        assert_eq!(tries.get(), 3);
        assert!(lock.is_held());
        assert!(FileLock::try_acquire(&path).expect("tried").is_none());
        std::fs::remove_file(&path).expect("deleted");
        assert!(!lock.is_held(), "somebody else may hold the next one");
    }

    #[test]
    fn where_there_are_no_locks_a_lease_stands_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let mut first = lease(&path).expect("free");
        assert!(first.is_held());
        assert!(lease(&path).is_none());
        first.extend(FileLock::FOR_A_SIGN_IN).expect("extended");
        assert!(lease(&path).is_none());
        drop(first);
        assert!(lease(&path).is_some());
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("listed").count(),
            2,
            "only the lock file is left, and the word that there are leases"
        );
    }

    #[test]
    fn who_has_no_locks_waits_for_whoever_took_one_just_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let lock = FileLock::try_acquire(&path).expect("tried").expect("free");
        assert!(lease(&path).is_none());
        drop(lock);
        assert!(lease(&path).is_some(), "it was given back");
        let other = folder.path().join("y.lock");
        let dead = FileLock::try_acquire(&other).expect("tried").expect("free");
        assert!(lease(&other).is_none());
        let file = OpenOptions::new().write(true).open(&other).expect("opened");
        let taken = file.metadata().and_then(|metadata| metadata.modified()).expect("a time");
        file.set_modified(taken - FileLock::FOR_A_RENEWAL - Duration::from_secs(1)).expect("aged");
        assert!(lease(&other).is_some(), "nobody renews for so long");
        drop(dead);
    }

    #[test]
    fn where_leases_were_used_a_lock_of_the_system_alone_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let first = lease(&path).expect("free");
        assert!(FileLock::try_acquire(&path).expect("tried").is_none());
        drop(first);
        let lock = FileLock::try_acquire(&path).expect("tried").expect("free");
        assert!(lease(&path).is_none());
        assert!(lock.is_held());
        drop(lock);
        let next = lease(&path).expect("free");
        assert!(next.is_held());
        assert!(FileLock::try_acquire(&path).expect("tried").is_none());
    }

    #[test]
    fn a_lease_whose_time_is_past_is_overtaken_and_its_holder_knows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        let dead = lease(&path).expect("free");
        let file = OpenOptions::new().write(true).open(path.with_extension("lease")).expect("opened");
        let now = file.metadata().and_then(|metadata| metadata.modified()).expect("a time");
        file.set_modified(now - FileLock::FOR_A_RENEWAL + Duration::from_secs(5)).expect("aged");
        assert!(lease(&path).is_none(), "it counts to its very end");
        file.set_modified(now - FileLock::FOR_A_RENEWAL - Duration::from_secs(1)).expect("aged");
        let next = lease(&path).expect("overtaken");
        assert!(next.is_held());
        assert!(!dead.is_held());
        drop(dead);
        assert!(next.is_held(), "the old holder takes nothing away");
    }

    #[test]
    fn of_many_that_find_an_old_lease_one_overtakes_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.lock");
        for _ in 0..20 {
            std::mem::forget(lease(&path).expect("free"));
            let file = OpenOptions::new().write(true).open(path.with_extension("lease")).expect("opened");
            file.set_modified(SystemTime::UNIX_EPOCH).expect("aged");
            let start = std::sync::Barrier::new(8);
            let held: Vec<FileLock> = std::thread::scope(|scope| {
                let attempt = || {
                    start.wait();
                    lease(&path)
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(attempt)).collect();
                threads.into_iter().filter_map(|thread| thread.join().expect("no panic")).collect()
            });
            assert_eq!(held.iter().filter(|lock| lock.is_held()).count(), 1);
        }
    }

    #[test]
    fn what_is_no_file_of_ours_is_not_locked() {
        let folder = tempfile::tempdir().expect("a folder");
        FileLock::try_acquire(folder.path()).expect_err("a folder");
        FileLock::try_acquire(&folder.path().join("none/x.lock")).expect_err("no folder");
        #[cfg(unix)]
        {
            let link = folder.path().join("link.lock");
            std::os::unix::fs::symlink(folder.path().join("target"), &link).expect("linked");
            FileLock::try_acquire(&link).expect_err("a link");
            assert!(!folder.path().join("target").exists());
        }
    }
}
