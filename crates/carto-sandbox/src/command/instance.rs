//! The file by which a running sandbox is found and ended.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::{Value, json};

use crate::Sandbox;

/// A running sandbox, as its directory knows it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Instance {
    /// Where it is.
    pub url: String,
    /// The secret that ends it and plans its faults, in the header `sandbox-control`.
    pub control_token: String,
    /// The environment variables that send a client there: those of [`Sandbox::variables`], and
    /// `CARTO_SANDBOX_URL` and `CARTO_SANDBOX_CONTROL` for a test that plans faults.
    pub variables: Vec<(String, String)>,
}

impl Instance {
    /// How to find and end this sandbox.
    #[must_use]
    pub fn of(sandbox: &Sandbox) -> Self {
        let (url, control_token) = (sandbox.url().to_owned(), sandbox.world().control_token.clone());
        let mut variables = sandbox.variables();
        variables.push(("CARTO_SANDBOX_URL".to_owned(), url.clone()));
        variables.push(("CARTO_SANDBOX_CONTROL".to_owned(), control_token.clone()));
        Self { url, control_token, variables }
    }

    /// Reads the file `sandbox.json` of a directory; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not one that a sandbox wrote.
    pub fn read(directory: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read_to_string(directory.join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let parsed = serde_json::from_str(&text).ok().and_then(|value| Self::from_json(&value));
        let damaged = || {
            let why = format!("{} is damaged: delete it", directory.join(FILE).display());
            io::Error::new(io::ErrorKind::InvalidData, why)
        };
        parsed.map(Some).ok_or_else(damaged)
    }

    /// Writes the file whole and with mode 0600.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        let variables: Value = self.variables.iter().map(|(name, value)| json!([name, value])).collect();
        let value = json!({"url": self.url, "control_token": self.control_token, "variables": variables});
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        writeln!(file, "{value:#}")?;
        file.persist(directory.join(FILE)).map_err(|error| error.error)?;
        Ok(())
    }

    pub(super) fn remove(directory: &Path) -> io::Result<()> {
        match fs::remove_file(directory.join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn from_json(value: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let pair = |value: &Value| Some((text(&value[0])?, text(&value[1])?));
        Some(Self {
            url: text(&value["url"])?,
            control_token: text(&value["control_token"])?,
            variables: value["variables"].as_array()?.iter().map(pair).collect::<Option<_>>()?,
        })
    }
}

/// The right to be the sandbox of this directory; `None` while another one has it.
pub(super) fn lock(directory: &Path) -> io::Result<Option<File>> {
    let file = open(directory, LOCK)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The right to start one, after whoever has it now.
pub(super) fn turn(directory: &Path) -> io::Result<File> {
    let file = open(directory, TURN)?;
    file.lock()?;
    Ok(file)
}

/// Opens a file of the directory, and makes both if they are not there, for their owner alone.
pub(super) fn open(directory: &Path, name: &str) -> io::Result<File> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    builder.create(directory)?;
    options.open(directory.join(name))
}

const FILE: &str = "sandbox.json";
const LOCK: &str = "sandbox.lock";
const TURN: &str = "sandbox.turn";
