//! Who is signed in, for people to read.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::login::how_to_sign_in;
use crate::platform::Owner;
use crate::session::{Identity, Resting, Session};
use crate::settings::{Choice, Settings};
use crate::store::{RefreshPlace, TokenKey};
use crate::token::{Claims, Quota, TokenSet};

/// Who is signed in, what that is good for, and why these settings were used. It holds no secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// What is signed in with: `person`, `m2m` or `token`.
    pub kind: &'static str,
    /// The name of the profile.
    pub profile: String,
    /// Whether there is a token that can be used, or renewed without a person.
    pub signed_in: bool,
    /// The person's address, as the token says it (unverified).
    pub email: Option<String>,
    /// The name of the person or job that never changes (`sub`), as the token says it (unverified).
    pub subject: Option<String>,
    /// The account, as the token says it (unverified).
    pub account_id: Option<String>,
    /// The organization, as the token says it (unverified), or as it was asked for.
    pub organization: Option<String>,
    /// The base URL of the account's API, where it is known.
    pub api_base_url: Option<String>,
    /// When the access token ends, in seconds since 1970 (UTC); `None` when it never does, or there is none.
    pub expires_at: Option<i64>,
    /// How many seconds that is from now, by this machine's clock.
    pub time_left: Option<i64>,
    /// Whether it renews without a person.
    pub renews: bool,
    /// The scopes that were granted, where the server said so.
    pub scope: Option<String>,
    /// Where the token rests; `this process only` where it could not be kept, which a warning says.
    pub location: Option<String>,
    /// Where the refresh token rests, in words, as in "in the system's keyring" or "in the file, since …"; `None`
    /// where there is none.
    pub refresh_location: Option<String>,
    /// How many tokens there may still be, where the server said so and it still counts.
    pub quota: Option<Quota>,
    /// What is not as it should be, though it may work.
    pub warnings: Vec<String>,
    /// Each setting with what set it.
    pub choices: Vec<Choice>,
    /// How a person signs in here.
    way_in: &'static str,
}

impl Status {
    /// Of the token that the caller brought along, as long as that is used, else of the one that is kept.
    pub(crate) async fn of(
        session: &Session,
        settings: &Settings,
        brought: Option<Arc<TokenSet>>,
    ) -> Result<Self> {
        let now = session.moment();
        // A credentials file that cannot be read just now takes nothing from whoever has a token of it.
        let (key, brought) = match (session.identity.key(), brought) {
            (Ok(key), brought) => (key.filter(|_| brought.is_none()), brought),
            (Err(error), brought) => (None, Some(brought.or_else(|| session.remembered()).ok_or(error)?)),
        };
        let resting = match &key {
            Some(key) => Some(session.resting(key).await),
            None => None,
        };
        let token = match &resting {
            Some(resting) => resting.token.clone(),
            None => brought.or_else(|| session.identity.given().ok()).map(|token| (*token).clone()),
        };
        let is_unkept = resting.as_ref().is_some_and(|resting| resting.is_unkept);
        let claims = token.as_ref().and_then(|token| Claims::read(token.access_token.expose()));
        let claims = claims.unwrap_or_default();
        let refresh = match &key {
            Some(_) if is_unkept => token
                .as_ref()
                .filter(|token| token.refresh_token.is_some())
                .map(|_| RefreshPlace::at_hand("in this process only")),
            Some(key) => session.store.shared.refresh_place(key).await,
            None => None,
        };
        let is_at_hand = refresh.as_ref().is_none_or(|place| place.is_at_hand);
        let renews =
            session.identity.is_job() || (is_at_hand && token.as_ref().is_some_and(TokenSet::renews));
        let given = matches!(session.identity, Identity::Token { .. });
        // For a token that was given, its own word is all there is, and it is only shown.
        let expires_at =
            if given { claims.expires_at() } else { token.as_ref().and_then(|token| token.expires_at()) };
        let alive = token.as_ref().is_some_and(|token| token.is_alive(&now));
        let known_url = token.as_ref().and_then(|token| token.api_base_url.clone());
        Ok(Self {
            kind: settings.credential.name(),
            profile: settings.profile.clone(),
            signed_in: alive || (token.is_some() && renews) || session.identity.is_job(),
            email: claims.email().map(crate::error::clean),
            subject: claims.text("sub").map(crate::error::clean),
            account_id: claims.account_id().map(crate::error::clean),
            organization: claims
                .organization()
                .map(crate::error::clean)
                .or_else(|| settings.organization.clone()),
            // A job's credentials may have been changed since they were read.
            api_base_url: session
                .terms
                .api_base_url
                .clone()
                .or(known_url)
                .or_else(|| session.api_base_url_of_job()),
            expires_at,
            time_left: match &token {
                Some(token) if !given => token.seconds_left(&now),
                _ => expires_at.map(|end| end.saturating_sub(now.now)),
            },
            renews,
            scope: token.as_ref().and_then(|token| token.scope.clone()),
            location: resting.as_ref().map(|resting| resting.location.clone()),
            refresh_location: refresh
                .filter(|_| token.as_ref().is_none_or(|token| token.refresh_sent_at.is_none()))
                .map(|place| place.words),
            quota: quota(session, key.as_ref(), token.as_ref(), now.now).await,
            warnings: {
                let lost = token.as_ref().and_then(|token| interrupted(token, now.now));
                let unkept = resting.into_iter().filter_map(not_kept);
                let drift = token.iter().flat_map(clocks);
                warnings(&claims, settings, &session.platform.owner)
                    .into_iter()
                    .chain(unkept)
                    .chain(drift)
                    .chain(lost)
                    .collect()
            },
            choices: settings.choices.clone(),
            way_in: how_to_sign_in(&session.platform),
        })
    }

    /// The error of a status that says that nobody is signed in.
    pub fn error(&self) -> Option<Error> {
        (!self.signed_in).then(|| {
            Error::new(
                ErrorKind::PersonNeeded,
                format!("nobody is signed in with the profile `{}`", self.profile),
            )
            .hint(self.way_in)
        })
    }
}

/// Why a token is in memory alone that was to be kept.
fn not_kept(resting: Resting) -> Option<String> {
    let in_memory =
        || "the sign-in could not be kept when it was made, and ends with this process".to_owned();
    resting.is_unkept.then(|| resting.fault.unwrap_or_else(in_memory))
}

/// What was said last: with the token that is kept, with the last refusal, or to this very process.
async fn quota(
    session: &Session,
    key: Option<&TokenKey>,
    token: Option<&TokenSet>,
    now: i64,
) -> Option<Quota> {
    let kept = token.and_then(|token| token.quota.clone());
    let refused = match key {
        Some(key) => session.store.shared.announcement(key).await.ok().flatten(),
        None => None,
    };
    let refused = refused.and_then(|announcement| announcement.outcome?.quota).map(Arc::new);
    let heard = session.authority.quota();
    [kept, refused, heard].into_iter().flatten().max_by_key(|quota| quota.told_at)?.at(now)
}

/// What the token says of itself that is not what was asked for. It is shown and decides nothing.
fn warnings(claims: &Claims, settings: &Settings, owner: &Owner) -> Vec<String> {
    let mut warnings = Vec::new();
    if settings.use_cache && !settings.may_keep(owner) {
        warnings.push(
            "several people share this machine and it is not known whose notebook this is, so the sign-in is kept in \
             this process only"
                .to_owned(),
        );
    }
    let audience = &settings.environment.audience;
    let audiences = claims.audiences();
    if !audiences.is_empty() && !audiences.contains(&audience.as_str()) {
        warnings.push(format!("the token is for another audience than `{audience}`"));
    }
    if let (Some(asked), Some(given)) = (&settings.organization, claims.organization())
        && asked != given
    {
        warnings.push(format!("the token is of another organization than `{asked}`"));
    }
    warnings
}

/// Clocks that do not agree, with the number. What the server said counts.
fn clocks(token: &TokenSet) -> Vec<String> {
    let here = token.server_was_ahead().map(|ahead| {
        let (seconds, side) = (ahead.unsigned_abs(), if ahead > 0 { "behind" } else { "ahead of" });
        format!(
            "this machine's clock was {seconds} s {side} the server's when the token was given; the server's is used"
        )
    });
    let own = token.says_otherwise().map(|later| {
        let (seconds, side) = (later.unsigned_abs(), if later > 0 { "later" } else { "earlier" });
        format!("the token says of itself that it ends {seconds} s {side} than the server told; what was told is used")
    });
    here.into_iter().chain(own).collect()
}

/// A renewal that ended before its answer was kept; one that is under way has its time.
fn interrupted(token: &TokenSet, now: i64) -> Option<String> {
    let sent_at =
        token.refresh_sent_at.filter(|sent_at| now.saturating_sub(*sent_at).saturating_abs() > A_RENEWAL)?;
    let ago = now.saturating_sub(sent_at).max(0) / 60;
    Some(format!(
        "a renewal was interrupted {ago} min ago and a refresh token is not sent twice, so a sign-in is needed when the \
         token ends"
    ))
}

/// How many seconds a renewal takes at most.
const A_RENEWAL: i64 = 60;
