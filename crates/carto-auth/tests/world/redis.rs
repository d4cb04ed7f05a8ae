//! A real Redis on a free port of loopback, with a user whose rights are those that the store needs.
//!
//! It is asked behind the store's back through a socket of its own, as a user who may do everything. It ends
//! with the test's process, however that ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use redis::{Cmd, Connection, FromRedisValue};
use tempfile::TempDir;

use super::certificate;

pub struct Redis {
    pub port: u16,
    is_tls: bool,
    folder: TempDir,
    /// A shell that ends the server when its input ends.
    shell: Child,
}

impl Redis {
    /// A server; where there is none to be had, that is said and the test left out.
    pub fn start() -> Option<Self> {
        Self::start_with(false)
    }

    /// A server that speaks TLS, with the certificate for `localhost`.
    pub fn start_with_tls() -> Option<Self> {
        Self::start_with(true)
    }

    fn start_with(is_tls: bool) -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            // Not by `eprintln!`, which nobody sees while the test passes.
            let _ = writeln!(std::io::stderr(), "left out: there is no redis-server here");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let shell = run(&folder, port, is_tls);
        let server = Self { port, is_tls, folder, shell };
        server.wait();
        Some(server)
    }

    /// An empty database of a server that the tests of a file share.
    #[cfg(feature = "redis")]
    pub fn database() -> Option<carto_auth::store::RedisAddress> {
        static SHARED: OnceLock<Option<Redis>> = OnceLock::new();
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let server = SHARED.get_or_init(Self::start).as_ref()?;
        let database = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(database < DATABASES, "there are as many databases as there are tests");
        Some(format!("{}/{database}", server.url()).parse().expect("an address"))
    }

    /// The address as the user of the store, with the password in it.
    pub fn url(&self) -> String {
        let (scheme, host) = if self.is_tls { ("rediss", "localhost") } else { ("redis", "127.0.0.1") };
        format!("{scheme}://{USER}:{PASSWORD}@{host}:{}", self.port)
    }

    /// The address without user and password.
    pub fn bare_url(&self) -> String {
        self.url().replace(&format!("{USER}:{PASSWORD}@"), "")
    }

    /// The address of its socket.
    pub fn socket_url(&self) -> String {
        format!("unix://{}?user={USER}&pass={PASSWORD}", self.socket())
    }

    /// Asks it as a user who may do everything.
    pub fn ask<T: FromRedisValue>(&self, command: &Cmd) -> T {
        command.query(&mut self.connection()).expect("an answer")
    }

    pub fn keys(&self) -> Vec<String> {
        self.ask(redis::cmd("KEYS").arg("*"))
    }

    /// All that it holds, as bytes that were made into text.
    pub fn dump(&self) -> String {
        let values = self.keys().into_iter().map(|key| {
            let dump: Vec<u8> = self.ask(redis::cmd("DUMP").arg(&key));
            let fields = if key.ends_with(":lease") {
                vec![self.ask(redis::cmd("GET").arg(&key))]
            } else {
                self.ask::<Vec<Vec<u8>>>(redis::cmd("HGETALL").arg(&key))
            };
            format!("{key} {} {}", String::from_utf8_lossy(&dump), String::from_utf8_lossy(&fields.concat()))
        });
        values.collect::<Vec<_>>().join("\n")
    }

    /// Everything it is asked from now on, as `MONITOR` shows it.
    pub fn listen(&self) -> Arc<Mutex<String>> {
        let mut stream = UnixStream::connect(self.socket()).expect("a socket");
        write!(stream, "AUTH {ADMIN} {PASSWORD}\r\nMONITOR\r\n").expect("sent");
        let mut lines = BufReader::new(stream).lines();
        for _ in 0..2 {
            assert_eq!(lines.next().expect("an answer").expect("text"), "+OK");
        }
        let heard = Arc::new(Mutex::new(String::new()));
        let hears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut heard = hears.lock().expect("whole");
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        heard
    }

    /// Ends every lease, as time would.
    pub fn end_leases(&self) {
        for key in self.keys().iter().filter(|key| key.ends_with(":lease")) {
            self.ask::<()>(redis::cmd("DEL").arg(key));
        }
    }

    /// Ends it without a word (SIGKILL).
    pub fn kill(&mut self) {
        self.shell.stdin.take();
        self.shell.wait().expect("gone");
    }

    /// Starts it again on the same port, with nothing in it.
    pub fn start_again(&mut self) {
        self.shell = run(&self.folder, self.port, self.is_tls);
        self.wait();
    }

    /// Stops it where it is, so that it takes connections and answers nothing.
    pub fn freeze(&self) {
        let info: String = self.ask(redis::cmd("INFO").arg("server"));
        let id = info.lines().find_map(|line| line.strip_prefix("process_id:")).expect("its id");
        let id = rustix::process::Pid::from_raw(id.trim().parse().expect("a number")).expect("an id");
        rustix::process::kill_process(id, rustix::process::Signal::STOP).expect("stopped");
    }

    fn socket(&self) -> String {
        self.folder.path().join("socket").display().to_string()
    }

    fn connection(&self) -> Connection {
        self.try_connection().expect("a connection")
    }

    fn try_connection(&self) -> redis::RedisResult<Connection> {
        redis::Client::open(format!("unix://{}?user={ADMIN}&pass={PASSWORD}", self.socket()))?
            .get_connection()
    }

    fn wait(&self) {
        let ends = Instant::now() + Duration::from_secs(20);
        while let Err(error) = self.try_connection() {
            assert!(Instant::now() < ends, "the Redis does not start: {error}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn run(folder: &TempDir, port: u16, is_tls: bool) -> Child {
    let at = folder.path().display();
    let ports = if is_tls {
        let (own, key) = (certificate("server"), certificate("server").replace("server.pem", "server.key"));
        let authority = certificate("authority");
        format!(
            "port 0\ntls-port {port}\ntls-cert-file {own}\ntls-key-file {key}\ntls-ca-cert-file {authority}\n\
             tls-auth-clients no\n"
        )
    } else {
        format!("port {port}\n")
    };
    let rights = "+eval +get +set +del +hget +hmget +hset +hdel +hincrby +pexpire +select";
    let config = format!(
        "{ports}bind 127.0.0.1\nunixsocket {at}/socket\ndir {at}\nsave \"\"\nappendonly no\ndatabases {DATABASES}\n\
         requirepass {PASSWORD}\nuser {USER} on >{PASSWORD} ~carto-auth:* {rights}\n\
         user {ADMIN} on >{PASSWORD} ~* &* +@all\n"
    );
    let file = folder.path().join("redis.conf");
    std::fs::write(&file, config).expect("written");
    Command::new("sh")
        .args(["-c", "redis-server \"$0\" >\"$0.log\" 2>&1 & read -r end; kill -9 $!; wait"])
        .arg(file)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started")
}

pub const USER: &str = "canary-fleet";
pub const PASSWORD: &str = "canary-password";
const ADMIN: &str = "admin";
const DATABASES: usize = 64;
