//! A command that waits for the browser to come back, and whoever else comes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use carto_sandbox::{Fault, Route};

use crate::desk::{Desk, Outcome, Running};

/// `carto-auth login` at a browser that nobody touches.
pub(crate) struct Waiting {
    pub(crate) desk: Desk,
    pub(crate) login: Running,
    pub(crate) link: String,
    pub(crate) port: u16,
    pub(crate) state: String,
}

/// An answer as it came: its status, and all of it.
pub(crate) struct Reply(pub(crate) u16, pub(crate) String);

impl Waiting {
    pub(crate) fn begin() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(more: &[&str]) -> Self {
        Self::at(Desk::with_browser(), more)
    }

    pub(crate) fn at(desk: Desk, more: &[&str]) -> Self {
        let mut login = desk.start(&[&["login", "--browser"], more].concat());
        let link = login.link();
        let redirect = parameter(&link, "redirect_uri");
        let port = redirect.split(':').nth(2).unwrap().split('/').next().unwrap().parse().unwrap();
        let state = parameter(&link, "state");
        Self { desk, login, link, port, state }
    }

    /// Sends these bytes to the listener and reads until it closes.
    pub(crate) fn ask(&self, request: &str) -> Reply {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut sending = stream.try_clone().unwrap();
        let bytes = request.as_bytes().to_owned();
        // Whoever is turned away may not get to say everything, nor hear everything.
        let sent = std::thread::spawn(move || sending.write_all(&bytes));
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let _ = sent.join();
        let text = String::from_utf8_lossy(&answer).into_owned();
        Reply(text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default(), text)
    }

    pub(crate) fn send(&self, method: &str, target: &str) -> Reply {
        self.ask(&format!("{method} {target} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", self.port))
    }

    pub(crate) fn get(&self, target: &str) -> Reply {
        self.send("GET", target)
    }

    /// A callback with this in it that is this sign-in's own.
    pub(crate) fn callback(&self, outcome: &str) -> String {
        let issuer = format!("{}/", self.desk.sandbox.url()).replace(':', "%3A").replace('/', "%2F");
        format!("/callback/?{outcome}&state={}&iss={issuer}", self.state)
    }

    /// From now on, the sandbox takes any code for once.
    pub(crate) fn any_code_will_do(&self) {
        let token = self.desk.sandbox.issue(carto_sandbox::ADA).access_token;
        let answer = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600}}"#);
        self.desk.sandbox.plan(Route::Token, Fault::body(200, "application/json", answer));
    }

    /// The person comes back through the browser, and that ends it well.
    pub(crate) fn person_signs_in(self) -> Desk {
        let page = self.desk.browser().sign_in_blocking(&self.link).unwrap();
        assert!(page.body.contains("You are signed in"), "{}", page.body);
        let outcome = self.login.wait();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert_eq!(self.desk.sandbox.requests(Route::Token), 1, "one exchange");
        self.desk
    }

    /// This callback ends it, with an error.
    pub(crate) fn ended_by(self, target: &str) -> (Desk, Outcome) {
        assert_eq!(self.get(target).0, 303);
        assert_eq!(self.get("/callback/").0, 200);
        (self.desk, self.login.wait())
    }
}

/// A parameter of a link.
pub(crate) fn parameter(link: &str, name: &str) -> String {
    let mark = format!("{name}=");
    let pairs = link.split_once('?').unwrap().1.split('&');
    let found = pairs.filter_map(|pair| pair.strip_prefix(mark.as_str())).next().unwrap_or_default();
    found.replace("%3A", ":").replace("%2F", "/")
}
