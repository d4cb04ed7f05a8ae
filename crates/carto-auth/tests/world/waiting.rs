//! A sign-in that waits for the browser to come back.

use std::time::Duration;

use carto_auth::{CartoAuth, Options, Result};
use carto_sandbox::{Fault, Page, Route};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use super::{Does, Reply, World, ask};

pub struct Waiting {
    pub world: World,
    pub link: String,
    pub port: u16,
    pub state: String,
    pub task: JoinHandle<Result<()>>,
}

impl Waiting {
    /// A sign-in that has shown its link, at a browser that nobody touches.
    pub async fn begin() -> Self {
        Self::in_world(World::new(), &Options::default()).await
    }

    pub async fn in_world(world: World, options: &Options) -> Self {
        let world = world.where_browser(Does::Nothing);
        let auth = world.open(options);
        let task = sign_in(auth);
        let link = world.person.link(0).await;
        let redirect = Url::parse(&query(&link, "redirect_uri")).expect("a redirect URI");
        let port = redirect.port().expect("a port");
        let state = query(&link, "state");
        Self { port, state, link, task, world }
    }

    /// Sends these bytes to the listener.
    pub async fn ask(&self, request: &str) -> Reply {
        ask(("127.0.0.1", self.port), request.as_bytes()).await
    }

    /// Sends a request without a body, as from a browser.
    pub async fn send(&self, method: &str, target: &str) -> Reply {
        self.ask(&format!("{method} {target} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", self.port)).await
    }

    pub async fn get(&self, target: &str) -> Reply {
        self.send("GET", target).await
    }

    /// Comes back to the listener and reads the page that a browser ends on.
    pub async fn comes_back(&self, target: &str) -> Reply {
        assert_eq!(self.get(target).await.status, 303);
        self.get("/callback/").await
    }

    /// The issuer, as the callback tells it.
    pub fn issuer(&self) -> String {
        let issuer = format!("{}/", self.world.sandbox.url());
        url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect()
    }

    /// The target of a callback that is this sign-in's own. Its code is one that nobody gave out.
    pub fn callback(&self) -> String {
        format!("/callback/?code=a-code&state={}&iss={}", self.state, self.issuer())
    }

    /// From now on, the sandbox takes any code for once.
    pub fn any_code_will_do(&self) {
        let token = r#"{"access_token":"sandbox-token","token_type":"Bearer","expires_in":3600}"#;
        self.world.sandbox.plan(Route::Token, Fault::body(200, "application/json", token));
    }

    /// The person comes back through the browser, and that ends the sign-in.
    pub async fn person_signs_in(self) -> World {
        let page = self.browser_comes_back().await;
        assert!(page.body.contains("You are signed in"), "{page:?}");
        let (world, result) = self.end().await;
        result.expect("signed in");
        assert_eq!(world.sandbox.requests(Route::Token), 1, "one exchange");
        world
    }

    /// A callback that says no.
    pub fn refusal(&self, error: &str) -> String {
        format!("/callback/?error={error}&state={}&iss={}", self.state, self.issuer())
    }

    pub async fn browser_comes_back(&self) -> Page {
        self.world.sandbox.browser().sign_in(&self.link).await.expect("a page")
    }

    pub async fn end(self) -> (World, Result<()>) {
        let result = tokio::time::timeout(Duration::from_secs(20), self.task).await;
        (self.world, result.expect("an end in time").expect("no panic"))
    }

    pub fn still_waits(&self) -> bool {
        !self.task.is_finished()
    }
}

/// A sign-in of its own task, so that it can be dropped.
pub fn sign_in(auth: CartoAuth) -> JoinHandle<Result<()>> {
    tokio::spawn(async move { auth.sign_in().await })
}

/// A parameter of a link.
pub fn query(link: &str, name: &str) -> String {
    let url = Url::parse(link).expect("a URL");
    let found = url.query_pairs().find(|(own, _)| own == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// A port that is free in both families.
pub async fn free_port() -> u16 {
    loop {
        let v4 = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = v4.local_addr().expect("an address").port();
        if is_free(port, "::1").await {
            return port;
        }
    }
}

pub async fn is_free(port: u16, address: &str) -> bool {
    TcpListener::bind((address, port)).await.is_ok()
}
