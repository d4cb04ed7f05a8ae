//! A way to the sandbox that can be closed and opened again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::free_port;

/// A port that leads to the sandbox. While it is closed, connections to it are refused.
pub struct Front {
    pub port: u16,
    behind: String,
    open: Option<JoinHandle<()>>,
    /// How often all connections were forgotten.
    forgotten: Arc<AtomicUsize>,
}

impl Front {
    /// A front before the sandbox at this URL, open.
    pub async fn before(url: &str) -> Self {
        let behind = url.trim_start_matches("http://").to_owned();
        let mut front = Self { port: free_port().await, behind, open: None, forgotten: Arc::default() };
        front.open().await;
        front
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub async fn open(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.expect("the port");
        let (behind, forgotten) = (self.behind.clone(), Arc::clone(&self.forgotten));
        self.open = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((here, _)) = listener.accept().await {
                let there = TcpStream::connect(&behind).await.expect("the sandbox");
                connections.spawn(lead(here, there, Arc::clone(&forgotten)));
            }
        }));
    }

    /// Ends all connections, and takes no more.
    pub async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            let _ = open.await;
        }
    }
    /// Knows no connection any more that there is now: as after a suspend, that is noticed by whoever sends next.
    pub fn forget_connections(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
    }
}

/// Passes everything on, both ways, until one side ends or the connection was forgotten.
async fn lead(mut here: TcpStream, mut there: TcpStream, forgotten: Arc<AtomicUsize>) {
    let known = forgotten.load(Ordering::SeqCst);
    let ((mut from, mut back), (mut answers, mut to)) = (here.split(), there.split());
    let asks = async {
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let count = from.read(&mut bytes).await.unwrap_or(0);
            let is_known = forgotten.load(Ordering::SeqCst) == known;
            if count == 0 || !is_known || to.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = asks => {}
        _ = copy(&mut answers, &mut back) => {}
    }
}
