//! A real Secret Service: `gnome-keyring-daemon` at a D-Bus session of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The session, and the keyring that serves at it.
pub(crate) struct SecretService {
    bus: Child,
    daemon: Child,
    pub(crate) address: String,
    folder: TempDir,
}

impl SecretService {
    /// Starts one whose collection is unlocked; `None` where this machine has no such programs, which is told.
    #[allow(clippy::print_stderr, reason = "what was left out is told")]
    pub(crate) fn start() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let missing =
            ["dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool"].into_iter().find(|program| {
                Command::new(program)
                    .arg("--version")
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()
                    .is_err()
            });
        if let Some(program) = missing {
            eprintln!("left out: there is no {program} here");
            return None;
        }
        let (bus, address) = bus(folder.path());
        let daemon = daemon(folder.path(), &address);
        let service = Self { bus, daemon, address, folder };
        service.wait();
        Some(service)
    }

    /// Waits until it gives back what it was given: it serves then.
    fn wait(&self) {
        let ends = Instant::now() + PATIENCE;
        while self.tool(&["store", "--label=x", "here", "yes"], "yes").is_none()
            || self.tool(&["lookup", "here", "yes"], "").as_deref() != Some("yes")
        {
            assert!(Instant::now() < ends, "the keyring does not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What rests there of ours.
    pub(crate) fn lookup(&self) -> Option<String> {
        self.tool(&["lookup", "service", "carto-auth"], "")
    }

    /// Everything of ours, in the words of `secret-tool`.
    pub(crate) fn ours(&self) -> String {
        self.tool(&["search", "--all", "service", "carto-auth"], "").unwrap_or_default()
    }

    pub(crate) fn lock(&self) {
        let locked = at_session("dbus-send", self.folder.path(), &self.address)
            .args([
                "--session",
                "--print-reply",
                "--dest=org.freedesktop.secrets",
                "/org/freedesktop/secrets",
            ])
            .arg("org.freedesktop.Secret.Service.Lock")
            .arg("array:objpath:/org/freedesktop/secrets/collection/login")
            .output()
            .unwrap();
        assert!(locked.status.success(), "{locked:?}");
    }

    /// Unlocks it as a person does who logs in to the desktop anew.
    pub(crate) fn unlock(&mut self) {
        self.kill();
        self.daemon = daemon(self.folder.path(), &self.address);
        self.wait();
    }

    /// Ends the keyring without a word. The session stays.
    pub(crate) fn kill(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
    }

    fn tool(&self, arguments: &[&str], input: &str) -> Option<String> {
        let mut child = at_session("secret-tool", self.folder.path(), &self.address)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }
}

impl Drop for SecretService {
    fn drop(&mut self) {
        for child in [&mut self.daemon, &mut self.bus] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A D-Bus session that starts no service by itself.
fn bus(folder: &Path) -> (Child, String) {
    let configuration = folder.join("bus.conf");
    let text = format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#,
        folder.display()
    );
    std::fs::write(&configuration, text).unwrap();
    let mut bus = Command::new("dbus-daemon")
        .args(["--nofork", "--print-address=1", "--config-file"])
        .arg(&configuration)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(bus.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
    (bus, address.trim().to_owned())
}

/// The keyring, unlocked with the password that comes on its input.
fn daemon(folder: &Path, address: &str) -> Child {
    let mut daemon = at_session("gnome-keyring-daemon", folder, address)
        .args(["--foreground", "--unlock", "--components=secrets"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    daemon.stdin.take().unwrap().write_all(b"a password").unwrap();
    daemon
}

fn at_session(program: &str, folder: &Path, address: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", folder)
        .env("XDG_RUNTIME_DIR", folder)
        .env("DBUS_SESSION_BUS_ADDRESS", address);
    command
}

/// A socket that takes every connection and answers none, and tells of each.
pub(crate) struct SilentBus {
    pub(crate) address: String,
    pub(crate) connections: Receiver<()>,
    _folder: TempDir,
}

impl SilentBus {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("bus");
        let listener = UnixListener::bind(&path).unwrap();
        let (sender, connections) = channel();
        std::thread::spawn(move || {
            let mut open: Vec<UnixStream> = Vec::new();
            for stream in listener.incoming() {
                open.push(stream.unwrap());
                if sender.send(()).is_err() {
                    return;
                }
            }
        });
        Self { address: format!("unix:path={}", path.display()), connections, _folder: folder }
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
