//! The connection to a Redis: made when it is needed, bounded in every step, made anew when it broke.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, ConnectionAddr, FromRedisValue, RedisError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::address::RedisAddress;
use super::fault;
use crate::error::{Error, Result};
use crate::platform::{Network, tls};

/// The way to one Redis.
#[derive(Debug)]
pub(super) struct Line {
    address: RedisAddress,
    network: Network,
    wire: tokio::sync::Mutex<Option<Arc<Wire>>>,
    /// Until when it is not tried again, and why.
    away: Mutex<Option<(Instant, Error)>>,
}

/// A connection, and the task that drives it.
#[derive(Debug)]
struct Wire {
    connection: MultiplexedConnection,
    driver: AbortHandle,
    /// The runtime that the task runs on: from another one it could be waited for in vain.
    runtime: runtime::Id,
    used: Mutex<Instant>,
}

impl Line {
    pub(super) fn new(address: RedisAddress, network: Network) -> Self {
        Self { address, network, wire: tokio::sync::Mutex::default(), away: Mutex::default() }
    }

    pub(super) fn address(&self) -> &RedisAddress {
        &self.address
    }

    /// Runs a command that may be run twice.
    ///
    /// # Errors
    ///
    /// [`Storage`](crate::ErrorKind::Storage) within [`CONNECT`] and [`ANSWER`], and at once for [`REST`] after that.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.check()?;
        let answer = self.try_ask(command).await;
        if let Err(error) = &answer {
            *self.away() = Some((Instant::now() + REST, error.clone()));
            if let Ok(mut wire) = self.wire.try_lock() {
                *wire = None;
            }
        }
        answer
    }

    async fn try_ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let (wire, is_new) = self.wire(None).await?;
        match self.ask_through(&wire, command).await? {
            // It may have been closed long ago, which shows when it is used again.
            Err(error) if !is_new && error.is_unrecoverable_error() => {
                let (wire, _) = self.wire(Some(&wire)).await?;
                self.ask_through(&wire, command).await?
            }
            answer => answer,
        }
        .map_err(|error| fault::refused(&self.address, &error))
    }

    async fn ask_through<T: FromRedisValue>(
        &self,
        wire: &Wire,
        command: &Cmd,
    ) -> Result<Result<T, RedisError>> {
        let mut connection = wire.connection.clone();
        let answer = timeout(ANSWER, command.query_async(&mut connection)).await;
        *wire.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        answer.map_err(|_| fault::silent(&self.address, ANSWER.as_secs()))
    }

    /// The connection that is there, but for a broken one, or a new one; and whether it is new.
    async fn wire(&self, broken: Option<&Arc<Wire>>) -> Result<(Arc<Wire>, bool)> {
        let found = async {
            let mut wire = self.wire.lock().await;
            let is_broken = |wire: &Arc<Wire>| broken.is_some_and(|broken| Arc::ptr_eq(broken, wire));
            if let Some(wire) = wire.as_ref().filter(|wire| wire.is_good() && !is_broken(wire)) {
                return Ok((Arc::clone(wire), false));
            }
            // Whoever made us wait may have tried in vain.
            self.check()?;
            let new = Arc::new(self.connect().await?);
            *wire = Some(Arc::clone(&new));
            Ok((new, true))
        };
        timeout(CONNECT, found).await.unwrap_or_else(|_| Err(fault::silent(&self.address, CONNECT.as_secs())))
    }

    async fn connect(&self) -> Result<Wire> {
        let unreachable = |error| fault::unreachable(&self.address, error);
        match self.address.info().addr() {
            ConnectionAddr::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(unreachable)?;
                // A question is one small packet, and somebody waits for its answer.
                stream.set_nodelay(true).map_err(unreachable)?;
                if !self.address.is_tls() {
                    return self.wire_over(stream).await;
                }
                let config = match tls(&self.network) {
                    Ok((config, None)) => config,
                    Ok((_, Some(error))) | Err(error) => {
                        let hint = error.hint_text().unwrap_or_default().to_owned();
                        return Err(fault::unreachable(&self.address, error).hint(hint));
                    }
                };
                let name = rustls::pki_types::ServerName::try_from(host.clone())
                    .map_err(|error| fault::unreachable(&self.address, error))?;
                let stream =
                    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| {
                        fault::unreachable(&self.address, error)
                            .hint("set `SSL_CERT_FILE` to the authority that signed its certificate")
                    })?;
                self.wire_over(stream).await
            }
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await.map_err(unreachable)?;
                self.wire_over(stream).await
            }
            _ => Err(fault::unreachable(&self.address, "this system has no such connections")),
        }
    }

    /// Says who we are, and lets a task of this runtime drive the connection.
    async fn wire_over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(&self, stream: S) -> Result<Wire> {
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let settings = self.address.info().redis_settings();
        let (connection, driver) = MultiplexedConnection::new_with_config(settings, stream, config)
            .await
            .map_err(|error| fault::refused(&self.address, &error))?;
        Ok(Wire {
            connection,
            driver: tokio::spawn(driver).abort_handle(),
            runtime: runtime::Handle::current().id(),
            used: Mutex::new(Instant::now()),
        })
    }

    /// The last failure, while it is fresh.
    fn check(&self) -> Result<()> {
        let away = self.away();
        match &*away {
            Some((until, error)) if Instant::now() < *until => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn away(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Error)>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wire {
    /// Says whether it can be asked from here. One that rested for long may be cut somewhere on the way
    /// without a word, which would be waited for.
    fn is_good(&self) -> bool {
        let used = *self.used.lock().unwrap_or_else(PoisonError::into_inner);
        !self.driver.is_finished()
            && self.runtime == runtime::Handle::current().id()
            && used.elapsed() < LONGEST_REST
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// How long it may take to connect, to speak TLS and to say who we are.
const CONNECT: Duration = Duration::from_secs(2);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(2);

/// How long nothing is tried after a failure.
const REST: Duration = Duration::from_secs(5);

/// How long a connection may rest and be used again.
const LONGEST_REST: Duration = Duration::from_secs(60);
