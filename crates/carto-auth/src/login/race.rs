//! A browser that comes back, and perhaps a person who pastes: the first valid answer wins.

use std::time::Duration;

use super::SignIn;
use super::callback::Callback;
use super::listener::{CannotListen, Listener, Reply};
use super::page::Page;
use super::paste::{Bare, Tries};
use super::way::{Chosen, Way, nobody_to_ask};
use crate::error::{Error, ErrorKind, Result};
use crate::grant::of_redirect;
use crate::platform::{FileLock, Notice};
use crate::token::TokenSet;

impl SignIn<'_> {
    /// Signs in through a browser that comes back to this machine. Where nothing can listen, a code is
    /// pasted if somebody is there to paste it; a refusal never leads there.
    pub(super) async fn by_browser(&self, chosen: Chosen) -> Result<TokenSet> {
        let redirect = self.authority.environment.loopback_redirect()?;
        let _turn = if redirect.port() == Some(0) { None } else { self.turn().await };
        let redirect_uri = &self.authority.environment.redirect_uri;
        match Listener::bind(&redirect, redirect_uri, &self.platform.program).await {
            Ok(listener) => self.race(listener, chosen).await,
            Err(cannot) if chosen.can_paste => {
                let reason = format!("The browser cannot come back to this machine: {}.", cannot.reason);
                self.tell(&Notice::Fallback(&reason));
                self.by_paste().await
            }
            Err(CannotListen { reason, hint, .. }) => {
                Err(Error::new(ErrorKind::PersonNeeded, "the browser cannot come back to this machine")
                    .because(reason)
                    .hint(hint))
            }
        }
    }

    async fn race(&self, mut listener: Listener, chosen: Chosen) -> Result<TokenSet> {
        let mut ask = self.ask.clone();
        let mut request = self.request(&ask, listener.redirect_uri()).await?;
        // The link comes first: what a browser says of itself is not to be trusted.
        self.tell(&Notice::Link(&request.link));
        let first_link = request.link.clone();
        let mut browser = Some(self.platform.browser.open(&first_link));
        // Whoever comes back sooner than the server has said its name waits for that.
        let metadata = {
            let mut metadata = std::pin::pin!(self.authority.metadata());
            loop {
                tokio::select! {
                    metadata = &mut metadata => break metadata,
                    opened = settled(&mut browser) => self.has_opened(opened, chosen)?,
                }
            }
        };
        listener.expect(&request, metadata);
        let mut tries = Tries::of(self.platform.prompt.input());
        let mut can_paste = chosen.way == Way::Both;
        loop {
            let (callback, reply) = tokio::select! {
                arrival = listener.arrival() => (arrival.callback, Some(arrival.reply)),
                pasted = self.pasted(&request, Bare::Refused, QUESTION, &mut tries), if can_paste => match pasted {
                    Ok(callback) => (callback, None),
                    Err(error) => {
                        // The browser may still come back.
                        self.tell(&Notice::WrongPaste(&format!("{error}. The browser is still waited for.")));
                        can_paste = false;
                        continue;
                    }
                },
                opened = settled(&mut browser) => {
                    self.has_opened(opened, chosen)?;
                    continue;
                }
            };
            if ask.offline_access && is_invalid_scope(&callback) {
                ask.offline_access = false;
                request = self.request(&ask, listener.redirect_uri()).await?;
                listener.expect(&request, metadata);
                match reply {
                    Some(reply) => drop(reply.send(Reply::Again(request.link.clone()))),
                    None => self.tell(&Notice::Link(&request.link)),
                }
                continue;
            }
            let result = match callback {
                Callback::Code(code) => self.authority.exchange(&request, &code).await,
                Callback::Refused(refusal) => Err(of_redirect(&refusal)),
            };
            if let Some(reply) = reply {
                let page = match &result {
                    Ok(_) => Page::signed_in(&self.platform.program),
                    Err(error) => Page::failed(error),
                };
                listener.finish(reply, page).await;
            }
            return result;
        }
    }

    /// Tells how the browser took it. Where nobody would see the link, one that does not open is the end.
    fn has_opened(&self, opened: Result<(), String>, chosen: Chosen) -> Result<()> {
        match opened {
            Ok(()) => self.tell(&Notice::BrowserOpened),
            Err(reason) if chosen.must_open => return Err(nobody_to_ask(self.platform).because(reason)),
            Err(reason) => self.tell(&Notice::BrowserFailed(&reason)),
        }
        Ok(())
    }

    /// Waits until no other sign-in of the same person listens on the port.
    async fn turn(&self) -> Option<FileLock> {
        let path = self.port_lock.as_deref()?;
        let mut told = false;
        loop {
            match FileLock::try_acquire(path) {
                Ok(Some(lock)) => return Some(lock),
                Ok(None) if told => {}
                Ok(None) => {
                    self.tell(&Notice::Waiting { who: "another `carto-auth`", link: None });
                    told = true;
                }
                Err(error) => {
                    // Without a lock, the port itself decides.
                    tracing::debug!(%error, "no lock for the port");
                    return None;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Waits for a future once; after that, for ever.
async fn settled<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(running) => {
            let output = running.await;
            *future = None;
            output
        }
        None => std::future::pending().await,
    }
}

/// The server does not know `offline_access`, which is asked for on top of what was wanted.
fn is_invalid_scope(callback: &Callback) -> bool {
    matches!(callback, Callback::Refused(refusal) if refusal.error == "invalid_scope")
}

const QUESTION: &str = "If the browser is on another machine, paste the address it ends on:";
