//! Files that belong to this process, and not to a child that is forked from it.
//!
//! A lock of the system lives as long as any process has its file open. A child that was forked while a lock was held
//! would keep it beyond the death of whoever took it, so it closes what it got, without a word to the system about
//! the lock itself, which is the parent's.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::own_number::OwnNumber;

/// A file that a forked child closes.
#[derive(Debug)]
pub(super) struct OwnFile(Arc<Mutex<Option<Open>>>);

#[derive(Debug)]
struct Open {
    /// The first to be dropped.
    _number: OwnNumber,
    file: File,
}

impl OwnFile {
    pub(super) fn new(file: File) -> Self {
        let own = Arc::new(Mutex::new(Some(Open { _number: OwnNumber::of(&file), file })));
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|file| file.strong_count() > 0);
        open.push(Arc::downgrade(&own));
        Self(own)
    }

    /// Does something with the file; in a child, there is none.
    pub(super) fn with<T>(&self, work: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(open) => work(&open.file),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Closes, in a child that was just forked, the files of its parent's locks. It waits for nothing: what a thread of the
/// parent was using just then is among [`descriptors_of_parent`](super::descriptors_of_parent) still.
pub fn after_fork_in_child() {
    let Ok(open) = OPEN.try_lock() else { return };
    for file in open.iter().filter_map(Weak::upgrade) {
        if let Ok(mut file) = file.try_lock() {
            *file = None;
        }
    }
}

static OPEN: Mutex<Vec<Weak<Mutex<Option<Open>>>>> = Mutex::new(Vec::new());

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::platform::descriptors_of_parent;
    use std::os::fd::AsRawFd as _;

    #[test]
    fn a_file_is_told_to_a_child_also_while_a_thread_uses_it_or_opens_another() {
        let file = tempfile::tempfile().expect("a file");
        let number = file.as_raw_fd();
        let own = OwnFile::new(file);
        let opening = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let told = own.with(|file| Ok((file.as_raw_fd(), descriptors_of_parent())));
        drop(opening);
        let (used, told) = told.expect("open");
        assert!(used == number && told.contains(&number), "{told:?}");
    }
}
