//! A way to the sandbox that can be closed and opened again.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::free_port;

/// A port that leads to the sandbox. While it is closed, connections to it are refused.
pub struct Front {
    pub port: u16,
    behind: String,
    open: Option<JoinHandle<()>>,
}

impl Front {
    /// A front before the sandbox at this URL, open.
    pub async fn before(url: &str) -> Self {
        let behind = url.trim_start_matches("http://").to_owned();
        let mut front = Self { port: free_port().await, behind, open: None };
        front.open().await;
        front
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub async fn open(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.expect("the port");
        let behind = self.behind.clone();
        self.open = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut here, _)) = listener.accept().await {
                let mut there = TcpStream::connect(&behind).await.expect("the sandbox");
                connections.spawn(async move { copy_bidirectional(&mut here, &mut there).await });
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
}
