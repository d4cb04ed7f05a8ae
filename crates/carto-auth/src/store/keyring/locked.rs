//! The entry of a keyring store while its lock is held.

use async_trait::async_trait;

use super::{Home, KeyringStore, digest, is_known_by};
use crate::error::{Error, Result};
use crate::platform::{Keyring, KeyringFault};
use crate::secret::Secret;
use crate::store::locked::LockedFile;
use crate::store::{Announcement, Kind, LockedEntry, TokenKey, fault, format};
use crate::token::TokenSet;

/// A key whose lock this process holds: that of its file, which stands for its secret in the keyring too.
#[derive(Debug)]
pub(super) struct LockedKeyring {
    pub(super) store: KeyringStore,
    pub(super) key: TokenKey,
    pub(super) file: LockedFile,
    /// Why the keyring did not give what it holds.
    pub(super) fault: Option<KeyringFault>,
}

/// What the file holds.
type Found = Option<(TokenSet, Option<String>)>;

impl LockedKeyring {
    async fn load_from(&mut self, keyring: &Keyring, token: TokenSet, known: Option<&str>) -> TokenSet {
        if !token.refresh_in_keyring || token.refresh_token.is_some() {
            return TokenSet { refresh_in_keyring: false, ..token };
        }
        match keyring.get(&self.store.name(&self.key)).await {
            Ok(Some(found)) if is_known_by(&found, known) => {
                TokenSet { refresh_token: Some(found), refresh_in_keyring: false, ..token }
            }
            // It may be in that of another machine, which shares this folder.
            Ok(_) => {
                tracing::debug!("the refresh token in the keyring is not the one of this file");
                token
            }
            // It may be there still, once the keyring works again.
            Err(fault) => {
                self.warn("the refresh token of this sign-in cannot be read", &fault);
                self.fault = Some(fault);
                token
            }
        }
    }

    async fn save_to(&mut self, keyring: &Keyring, token: &TokenSet, before: Found) -> Result<()> {
        let (was_in_keyring, known) = match &before {
            Some((before, known)) => (before.refresh_in_keyring, known.clone()),
            None => (false, None),
        };
        let place = match &token.refresh_token {
            Some(refresh_token) => self.place(keyring, token, refresh_token, before.as_ref()).await,
            None => known.filter(|_| was_in_keyring && token.refresh_in_keyring),
        };
        let refresh_in_keyring = place.is_some();
        let refresh_token = token.refresh_token.clone().filter(|_| !refresh_in_keyring);
        let rests = TokenSet { refresh_token, refresh_in_keyring, ..token.clone() };
        self.file.write_with(&rests, place.as_deref())?;
        if was_in_keyring && !refresh_in_keyring {
            // Nothing refers to it any more; one that stays is never read.
            let _ = keyring.delete(&self.store.name(&self.key)).await;
        }
        Ok(())
    }

    /// Puts a refresh token into the keyring, unless it is there, and gives what it is known by; `None` where it has
    /// to be in the file.
    async fn place(
        &self,
        keyring: &Keyring,
        token: &TokenSet,
        refresh_token: &Secret,
        before: Option<&(TokenSet, Option<String>)>,
    ) -> Option<String> {
        if let Some((before, known)) = before {
            if before.refresh_in_keyring && is_known_by(refresh_token, known.as_deref()) {
                return known.clone();
            }
            // A mark changes nothing about where it rests.
            let is_same = before.refresh_token.as_ref() == Some(refresh_token);
            if is_same && before.access_token == token.access_token {
                return None;
            }
        }
        let kept = keyring.set(&self.store.name(&self.key), refresh_token).await;
        kept.is_ok().then(|| digest(refresh_token))
    }

    fn warn(&self, what: &str, fault: &KeyringFault) {
        let hint = fault.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        self.store.files.0.warn(&format!("{what}, since {fault}{hint}"));
    }
}

#[async_trait]
impl LockedEntry for LockedKeyring {
    async fn load(&mut self) -> Result<Option<TokenSet>> {
        let Some((token, known)) = self.file.find()? else { return Ok(None) };
        Ok(Some(match self.store.home.clone() {
            Home::Keyring(keyring) => self.load_from(&keyring, token, known.as_deref()).await,
            Home::Process(held) => {
                TokenSet { refresh_token: held.get(&self.key, &token), refresh_in_keyring: false, ..token }
            }
        }))
    }

    async fn save(&mut self, token: &TokenSet) -> Result<()> {
        if let Some(why) = format::unfit(token) {
            return Err(fault::unfit(why));
        }
        let before = self.file.find()?;
        if self.file.is_overtaken(before.as_ref().map(|(token, _)| token), token)? {
            return Ok(());
        }
        match self.store.home.clone() {
            Home::Keyring(keyring) => self.save_to(&keyring, token, before).await,
            Home::Process(held) => {
                let rests = TokenSet { refresh_token: None, refresh_in_keyring: false, ..token.clone() };
                self.file.write_with(&rests, None)?;
                held.put(&self.key, token);
                Ok(())
            }
        }
    }

    async fn remove(&mut self) -> Result<bool> {
        let (mut was_there, mut left) = (false, None);
        match &self.store.home {
            Home::Process(held) => held.remove(&self.key),
            // A job has no refresh token.
            Home::Keyring(keyring) if self.key.parts().kind == Kind::OAuth => {
                let is_known = matches!(self.file.find(), Ok(Some((token, _))) if token.refresh_in_keyring);
                // Also one that no file speaks of: the keyring may have failed when it was to be deleted.
                match keyring.delete(&self.store.name(&self.key)).await {
                    Ok(found) => was_there = found,
                    Err(fault) if is_known => left = Some(fault),
                    Err(_) => {}
                }
            }
            Home::Keyring(_) => {}
        }
        let removed = self.file.delete()? || was_there;
        left.map_or(Ok(removed), |fault| Err(fault::left_in_keyring(&fault)))
    }

    async fn announce(&mut self, announcement: &Announcement) -> Result<()> {
        self.file.say(announcement)
    }

    fn hindrance(&self) -> Option<Error> {
        self.fault.as_ref().map(fault::out_of_reach)
    }

    fn is_held(&self) -> bool {
        self.file.may_write()
    }
}
