//! A real proxy (Debian's tinyproxy) on a free port of loopback. It ends with the test's process.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub struct Tinyproxy {
    pub port: u16,
    folder: TempDir,
    child: Child,
}

impl Tinyproxy {
    /// A proxy for everybody, or for who knows the password of the user `me`. Where there is none to be had, that is
    /// said and the test left out, but in CI, which installs it.
    pub fn start(password: Option<&str>) -> Option<Self> {
        if Command::new("tinyproxy").arg("-v").output().is_err() {
            assert!(std::env::var_os("CARTO_AUTH_CI").is_none(), "there is no tinyproxy here");
            // Not by `eprintln!`, which nobody sees while the test passes.
            let _ = writeln!(std::io::stderr(), "left out: there is no tinyproxy here");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let log = folder.path().join("log").display().to_string();
        let who = password.map(|password| format!("BasicAuth me {password}\n")).unwrap_or_default();
        let config = format!(
            "Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 30\nMaxClients 20\nLogLevel Connect\n\
             LogFile \"{log}\"\n{who}"
        );
        let file = folder.path().join("tinyproxy.conf");
        std::fs::write(&file, config).expect("written");
        let child = Command::new("tinyproxy")
            .args(["-d", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let ends = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < ends, "the proxy does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { port, folder, child })
    }

    /// What it wrote down of its requests.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("a log")
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
