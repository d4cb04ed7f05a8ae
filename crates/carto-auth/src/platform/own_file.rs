//! A file that belongs to this process, and not to a child that is forked from it.
//!
//! A lock of the system lives as long as any process has its file open. A child that was forked while a lock was held
//! would keep it beyond the death of whoever took it, so it is told the number, and closes what it got without a word to
//! the system about the lock itself, which is the parent's. Nothing here waits for a mutex, which a fork may leave taken.

use std::fs::File;
use std::io;

use super::fork::FORKS;
use super::own_number::OwnNumber;

/// A file that a forked child is told of.
#[derive(Debug)]
pub(super) struct OwnFile {
    /// The first to be dropped.
    number: OwnNumber,
    /// There, until this is dropped.
    file: Option<File>,
}

impl OwnFile {
    /// Opens a file that no child has got without having been told of it.
    pub(super) fn open(open: impl Fn() -> io::Result<File>) -> io::Result<Self> {
        FORKS.avoid(|| open().map(Self::new))
    }

    fn new(file: File) -> Self {
        Self { number: OwnNumber::of(&file), file: Some(file) }
    }

    /// The file; in a child, there is none.
    pub(super) fn get(&self) -> io::Result<&File> {
        let file = self.file.as_ref().filter(|_| self.number.is_of_this_process());
        file.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

#[cfg(unix)]
impl Drop for OwnFile {
    fn drop(&mut self) {
        // It is closed already, and the number may be another's.
        if self.number.is_told()
            && let Some(file) = self.file.take()
        {
            let _ = std::os::fd::IntoRawFd::into_raw_fd(file);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::platform::descriptors_of_parent;
    use std::os::fd::AsRawFd as _;

    #[test]
    fn a_file_is_told_also_while_it_is_used_and_once() {
        let file = tempfile::tempfile().expect("a file");
        let number = file.as_raw_fd();
        let own = OwnFile::new(file);
        let used = own.get().expect("open").as_raw_fd();
        let told = descriptors_of_parent();
        assert!(used == number && told.contains(&number), "{told:?}");
        assert!(
            !descriptors_of_parent().contains(&number),
            "a child of the child has its own of this number"
        );
    }
}
