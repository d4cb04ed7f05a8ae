//! A real Redis on a free port of loopback, which is asked behind the command's back through a socket of its own.
//!
//! It ends with the test's process, however that ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::tls::certificate;

pub(crate) struct RedisServer {
    pub(crate) port: u16,
    folder: TempDir,
    configuration: String,
    /// A shell that ends the server when its input ends.
    shell: Option<Child>,
}

impl RedisServer {
    /// One with these lines in its configuration; where there is none to be had, that is told and the test left out.
    pub(crate) fn start(configuration: &str) -> Option<Self> {
        let mut server = Self::at_rest(&format!("port [PORT]\n{configuration}"))?;
        server.go();
        Some(server)
    }

    /// One that speaks TLS alone, as `localhost`.
    pub(crate) fn start_with_tls() -> Option<Self> {
        let [own, key] =
            ["pem", "key"].map(|end| certificate("server").replace("server.pem", &format!("server.{end}")));
        let authority = certificate("authority");
        let mut server = Self::at_rest(&format!(
            "port 0\ntls-port [PORT]\ntls-cert-file {own}\ntls-key-file {key}\ntls-ca-cert-file {authority}\n\
             tls-auth-clients no\n"
        ))?;
        server.go();
        Some(server)
    }

    /// One that is not started yet.
    #[allow(clippy::print_stderr, reason = "what was left out is told")]
    pub(crate) fn at_rest(configuration: &str) -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            eprintln!("left out: there is no redis-server here");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let configuration = configuration.to_owned();
        Some(Self { port, folder: TempDir::new().unwrap(), configuration, shell: None })
    }

    /// Starts it, and waits until it answers.
    pub(crate) fn go(&mut self) {
        let at = self.folder.path().display();
        let file = self.folder.path().join("redis.conf");
        let own = self.configuration.replace("[PORT]", &self.port.to_string());
        let text =
            format!("bind 127.0.0.1\nunixsocket {at}/socket\ndir {at}\nsave \"\"\nappendonly no\n{own}\n");
        std::fs::write(&file, text).unwrap();
        let shell = Command::new("sh")
            .args(["-c", "redis-server \"$0\" >\"$0.log\" 2>&1 & read -r end; kill -9 $!; wait"])
            .arg(file)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        self.shell = Some(shell.unwrap());
        let ends = Instant::now() + PATIENCE;
        while UnixStream::connect(self.folder.path().join("socket")).is_err() {
            assert!(Instant::now() < ends, "the Redis does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn stop(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            shell.stdin.take();
            let _ = shell.wait();
        }
    }

    /// Ends it, and starts it anew with these lines in its configuration.
    pub(crate) fn restart_with(&mut self, configuration: &str) {
        self.stop();
        self.configuration = format!("port [PORT]\n{configuration}");
        self.go();
    }

    /// Its address, without user and password.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Says this to it, in words that one could type; gives the first line of the answer.
    pub(crate) fn ask(&self, line: &str) -> String {
        let mut stream = UnixStream::connect(self.folder.path().join("socket")).unwrap();
        write!(stream, "{line}\r\n").unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    /// The same for what is only to be done.
    pub(crate) fn does(&self, line: &str) {
        assert_eq!(self.ask(line), "+OK", "{line}");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
