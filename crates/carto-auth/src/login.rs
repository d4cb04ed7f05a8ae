//! How a person takes part in a sign-in.
//!
//! A [`SignIn`] picks a way for this machine (a browser that comes back to a listener, a code that is
//! pasted, or both at once), shows the person a link, and trades the code they bring for tokens. It knows
//! neither where tokens rest nor when one is needed.
//!
//! Nothing but the callback of this very sign-in can end it: a forged one, a favicon, a link scanner or an
//! idle connection is answered and forgotten.

mod callback;
mod connection;
mod listener;
mod page;
mod paste;
mod pending;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod race;
mod way;

use std::path::{Path, PathBuf};

use tokio::sync::mpsc::UnboundedSender;

use crate::error::{Error, ErrorKind, Result};
use crate::grant::{Ask, Authority, AuthorizationRequest};
use crate::platform::{Notice, Platform};
use crate::token::TokenSet;

use self::pending::Pending;
use self::way::Chosen;
pub use self::way::Way;
pub(crate) use self::way::{how_to_sign_in, nobody_to_ask};

/// A sign-in that is about to begin.
pub(crate) struct SignIn<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) authority: &'a Authority,
    pub(crate) ask: Ask,
    /// The way that was asked for by name.
    pub(crate) way: Option<Way>,
    /// Somebody is in the middle of their work: a browser opens by itself or it fails, and nothing that is
    /// typed is read.
    pub(crate) unasked: bool,
    /// Where a sign-in that nothing can wait for leaves its verifier.
    pub(crate) pending: Option<PathBuf>,
    /// The lock that keeps two sign-ins of one person from wanting the same port.
    pub(crate) port_lock: Option<PathBuf>,
    /// Hears each link that is shown, so that those who wait can show it too.
    pub(crate) links: UnboundedSender<String>,
}

impl SignIn<'_> {
    /// Runs the sign-in to its end. The caller sets the time limit: dropping the future frees the port.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PersonNeeded`] at once where nobody can be asked; what the server or the person
    /// answered otherwise.
    pub(crate) async fn run(&self) -> Result<TokenSet> {
        let mut chosen = way::choose(self.way, self.platform.place, self.platform.prompt.input())
            .ok_or_else(|| nobody_to_ask(self.platform))?;
        if self.unasked {
            chosen = Chosen { must_open: true, can_paste: false, ..chosen };
        }
        tracing::debug!(way = ?chosen.way, place = ?self.platform.place, "signing in");
        let result = match chosen.way {
            Way::Paste => self.by_paste().await,
            Way::Browser | Way::Both => self.by_browser(chosen).await,
        };
        self.platform.prompt.tell(&Notice::Over);
        result
    }

    /// Ends a sign-in that was begun earlier, with what the person brings now. Its first answer uses it up;
    /// what is none does not.
    pub(crate) async fn complete(&self, path: &Path, text: &str) -> Result<TokenSet> {
        let request = Pending::read(path, self.platform.now())?.into_request();
        let metadata = self.authority.metadata().await;
        let callback = paste::read(text, &request, metadata, paste::Bare::Accepted).map_err(|mistake| {
            Error::new(ErrorKind::PersonNeeded, mistake.to_string())
                .hint("try again with `carto-auth login --callback -`, and give it what the page shows")
        })?;
        Pending::use_up(path)?;
        match callback {
            callback::Callback::Code(code) => self.authority.exchange(&request, &code).await,
            callback::Callback::Refused(refusal) => Err(crate::grant::of_redirect(&refusal)),
        }
    }

    /// A fresh request; its link goes to those who wait.
    async fn request(&self, ask: &Ask, redirect_uri: &str) -> Result<AuthorizationRequest> {
        let request = self.authority.authorization_request(ask, redirect_uri.to_owned()).await?;
        let _ = self.links.send(request.link.clone());
        Ok(request)
    }

    fn tell(&self, notice: &Notice<'_>) {
        self.platform.prompt.tell(notice);
    }
}
