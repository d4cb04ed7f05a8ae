//! Everything outside the program: clock, variables, browser, prompt, folders, keyring, network settings.
//!
//! The library never prints, never reads the environment and never looks for a home folder; a
//! [`Platform`] does, and only when the application hands one in. Each part is a value, so that a test or
//! another face of this library (a notebook, a service) puts its own in its place.

mod ancestry;
mod browser;
mod clock;
mod file;
mod folders;
mod fork;
mod keyring;
mod lock;
mod network;
mod own_file;
mod own_number;
mod own_socket;
mod owner;
mod place;
mod port;
mod prompt;
mod terminal;
mod tls;
mod variables;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

pub use self::browser::{Browser, NoBrowser, SystemBrowser};
pub use self::clock::{Clock, SystemClock};
pub(crate) use self::file::{
    Links, PENDING_SUFFIX, ReadError, TEMPORARY_SUFFIX, close_to_others, foreign_owner, is_open_to_others,
    make_private_dir, read_small, write_private,
};
pub use self::folders::Folders;
pub use self::fork::{after_fork_in_parent, before_fork};
pub use self::keyring::{Keyring, KeyringFault, MemoryVault, Vault};
pub(crate) use self::lock::FileLock;
pub use self::network::Network;
pub use self::own_number::descriptors_of_parent;
pub(crate) use self::own_socket::OwnSocket;
pub use self::owner::{Owner, is_databricks};
pub use self::place::Place;
pub(crate) use self::place::signs_of_a_notebook;
pub(crate) use self::port::holder_of_port;
#[cfg(test)]
pub(crate) use self::prompt::Heard;
pub use self::prompt::{Input, Notice, Prompt, Silent};
pub use self::terminal::Terminal;
pub(crate) use self::tls::tls;
pub use self::variables::{Variables, names};

/// What the library may use of the world it runs in.
///
/// [`Platform::system`] is what a program wants, [`Platform::headless`] what a job or a test wants.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The environment variables, as they were when the platform was made.
    pub variables: Variables,
    /// Opens a link for the person.
    pub browser: Arc<dyn Browser>,
    /// Tells the person something, and reads what they type.
    pub prompt: Arc<dyn Prompt>,
    /// The kind of machine this runs on.
    pub place: Place,
    /// Where tokens and settings are kept.
    pub folders: Folders,
    /// Where a secret may rest that lives for months.
    pub keyring: Keyring,
    /// The person whose tokens they are.
    pub owner: Owner,
    /// Proxies and certificates.
    pub network: Network,
    /// The name of this machine or container, where it is known.
    pub host: Option<String>,
    /// What this program is called, for messages to other programs that wait for it.
    pub program: String,
}

impl Platform {
    /// The machine as it is: the process's variables, the desktop's browser, the terminal.
    pub fn system() -> Self {
        let variables = Variables::of_process();
        Self {
            clock: Arc::new(SystemClock),
            browser: Arc::new(SystemBrowser::new(variables.clone())),
            prompt: Arc::new(Terminal::new()),
            place: Place::detect(&variables),
            folders: Folders::of(&variables),
            keyring: Keyring::system(&variables),
            owner: Owner::detect(&variables),
            network: Network::of(&variables),
            host: host_name(),
            program: program_name(),
            variables,
        }
    }

    /// A machine with nobody at it: these variables, no browser, no questions, no keyring, the
    /// system's clock.
    pub fn headless(variables: Variables) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            browser: Arc::new(NoBrowser),
            prompt: Arc::new(Silent),
            place: Place::Headless,
            folders: Folders::of(&variables),
            keyring: Keyring::none("there is no keyring without a person"),
            owner: Owner::detect(&variables),
            network: Network::of(&variables),
            host: None,
            program: program_name(),
            variables,
        }
    }

    /// A number from 0 to 1 that is always the same on one host and differs from host to host.
    pub(crate) fn spread(&self) -> f64 {
        let Some(host) = &self.host else { return 0.0 };
        let digest = Sha256::digest(host);
        f64::from(u16::from_be_bytes([digest[0], digest[1]])) / f64::from(u16::MAX)
    }

    /// The time, in seconds since 1970 (UTC).
    pub fn now(&self) -> i64 {
        self.clock.now()
    }
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    let name = rustix::system::uname();
    Some(name.nodename().to_string_lossy().into_owned()).filter(|name| !name.is_empty())
}

#[cfg(not(unix))]
fn host_name() -> Option<String> {
    Variables::of_process().get("COMPUTERNAME").map(str::to_owned)
}

fn program_name() -> String {
    std::env::args_os()
        .next()
        .and_then(|path| {
            std::path::Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned())
        })
        .unwrap_or_else(|| "carto-auth".into())
}
