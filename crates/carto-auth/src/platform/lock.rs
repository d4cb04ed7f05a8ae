//! A lock on a file that spans processes.
#![allow(missing_docs)]
#[derive(Debug)]
pub struct FileLock;
impl FileLock {
    pub fn try_acquire(_path: &std::path::Path) -> std::io::Result<Option<Self>> {
        Ok(Some(Self))
    }
}
