//! Signing out of everything on this machine.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::CartoAuth;
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Owner, Platform, Silent, names};
use crate::session::{Departure, Identity, LoggedOut, Revoked};
use crate::settings::{Options, Profiles, StorePlace, Wanted};
use crate::store::Kind;

/// What signing out of everything has done.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LoggedOutAll {
    /// The sign-ins that are gone from this machine.
    pub signed_out: Vec<SignedOut>,
    /// What could not be removed, each with what to do about it.
    pub left: Vec<Error>,
}

/// A sign-in that is gone from this machine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedOut {
    /// What was signed in: `person` or `m2m`.
    pub kind: &'static str,
    /// The profile of a person.
    pub profile: Option<String>,
    /// The organization that a person asked for.
    pub organization: Option<String>,
    /// The client at the authorization server.
    pub client_id: String,
    /// Where it rested.
    pub location: String,
    /// Whether the server has forgotten it.
    pub revoked: Revoked,
}

impl CartoAuth {
    /// Signs out of everything on this machine: every profile and every job in this handle's store, in the folder of
    /// tokens, and in this handle's memory, with sign-ins that were begun and never ended.
    ///
    /// The servers are told, all at once and within seconds, and the tokens are forgotten whatever they say. A renewal
    /// that is under way is waited for, and writes nothing afterwards. What other handles and other processes have in memory
    /// alone, or in a file that only they name, stays there; where several people share one user, the sign-ins of others stay.
    pub async fn log_out_all(&self) -> LoggedOutAll {
        let mut done = LoggedOutAll::default();
        let handles = self.handles();
        // Before the tokens are listed: what is not under way now and not listed then came afterwards.
        let arrivals = self.arrivals(&handles);
        // And before the servers are waited for: a call meanwhile would renew it, and write it to a store that was left.
        self.end_unkept(&handles, &mut done).await;
        if self.end_all(&handles, arrivals, &mut done).await {
            self.end_all(&handles, Vec::new(), &mut done).await;
        }
        self.end_unkept(&handles, &mut done).await;
        done.signed_out.sort_by(|one, other| one.order().cmp(&other.order()));
        done.left.extend(self.forget_leftovers(&handles));
        let mut told = HashSet::new();
        done.left.retain(|error| told.insert(error.to_string()));
        done
    }

    /// Ends what these handles could not keep.
    async fn end_unkept(&self, handles: &[Self], done: &mut LoggedOutAll) {
        for handle in handles {
            if let Some((ended, departure)) = handle.session.end_unkept(&self.session.platform.prompt).await {
                done.note(Ok(ended), &departure);
            }
        }
    }

    /// Ends every sign-in that is in the stores of these handles, all at once; says whether others were under way that
    /// may have become one meanwhile.
    async fn end_all(&self, handles: &[Self], arrivals: Vec<Departure>, done: &mut LoggedOutAll) -> bool {
        let prompt = &self.session.platform.prompt;
        let mut seen = HashSet::new();
        let mut tasks = JoinSet::new();
        for handle in handles {
            let (departures, faults) = handle.session.departures(prompt).await;
            done.left.extend(faults);
            for departure in departures.into_iter().filter(|departure| seen.insert(departure.place())) {
                tasks.spawn(async move { (departure.end().await, departure) });
            }
        }
        let mut waits = JoinSet::new();
        let is_seen = |arrival: &Departure| seen.iter().any(|(location, _)| *location == arrival.location());
        for arrival in arrivals.into_iter().filter(|arrival| !is_seen(arrival)) {
            waits.spawn(async move { arrival.settle().await });
        }
        let came = !waits.is_empty();
        while let Some(ended) = tasks.join_next().await {
            match ended {
                Ok((result, departure)) => done.note(result, &departure),
                Err(error) => done.left.push(interrupted(error)),
            }
        }
        while let Some(settled) = waits.join_next().await {
            done.left.extend(settled.map_err(interrupted).flatten().err());
        }
        came
    }

    /// What is under way in the files of these handles.
    fn arrivals(&self, handles: &[Self]) -> Vec<Departure> {
        let prompt = &self.session.platform.prompt;
        let mut seen = HashSet::new();
        let arrivals = handles.iter().flat_map(|handle| handle.session.arrivals(prompt));
        arrivals.filter(|arrival| seen.insert(arrival.place())).collect()
    }

    /// This handle, and for each profile one of a person and one of whatever else is set, in each place of tokens.
    fn handles(&self) -> Vec<Self> {
        let platform = Platform { prompt: Arc::new(Silent), ..self.session.platform.clone() };
        // A token that is given hides the job or the person behind it.
        let variables = platform.variables.without(&[names::API_TOKEN]);
        let platform = Platform { variables, ..platform };
        let profiles = Profiles::read(&platform).unwrap_or_default();
        let named = self.settings.cache_file.as_ref();
        let files =
            [None].into_iter().chain(named.map(Some)).map(|file| (Some(StorePlace::File), file.cloned()));
        let places: Vec<_> = files.chain([(None, None)]).collect();
        let mut handles = vec![self.clone()];
        for profile in profiles.names() {
            for (store, cache_file) in places.clone() {
                let profile = Some(profile.to_owned());
                let options =
                    Options { profile, store, cache_file, interactive: Some(false), ..Options::default() };
                let open = |wanted| Self::open(platform.clone(), &options, wanted).ok();
                // A profile that cannot be used has nothing that the folder does not show.
                handles.extend([open(Wanted::Person), open(Wanted::Any)].into_iter().flatten());
            }
        }
        // The same files are seen first by those who know where a person's refresh tokens rest.
        handles.sort_by_key(|handle| !matches!(handle.session.identity, Identity::Person { .. }));
        handles
    }

    fn forget_leftovers(&self, handles: &[Self]) -> Vec<Error> {
        for handle in handles {
            handle.session.forget_here();
        }
        if self.session.platform.owner != Owner::User {
            return Vec::new();
        }
        let files = handles.iter().filter_map(|handle| handle.session.store.files.as_ref());
        files.flat_map(|files| [files.forget_leftovers(), files.out_of_reach()]).flatten().collect()
    }
}

impl LoggedOutAll {
    fn note(&mut self, result: Result<LoggedOut>, departure: &Departure) {
        match result {
            Ok(LoggedOut { removed: true, revoked }) => {
                self.signed_out.push(SignedOut::of(departure, revoked));
            }
            // Somebody else was faster.
            Ok(_) => {}
            Err(error) => {
                let location = departure.location();
                let hint = error.hint_text().unwrap_or("remove it, and sign out again").to_owned();
                let left = Error::new(error.kind(), format!("the sign-in in `{location}` is still there"));
                self.left.push(left.because(error).hint(hint));
            }
        }
    }
}

impl SignedOut {
    fn of(departure: &Departure, revoked: Revoked) -> Self {
        let parts = departure.key.parts();
        let (kind, profile) = match parts.kind {
            Kind::OAuth => ("person", Some(parts.account.clone())),
            Kind::M2m => ("m2m", None),
        };
        Self {
            kind,
            profile,
            organization: parts.organization.clone(),
            client_id: parts.client_id.clone(),
            location: departure.location(),
            revoked,
        }
    }

    /// Persons before jobs, each by name.
    fn order(&self) -> (bool, Option<&str>, &str, &str) {
        (self.profile.is_none(), self.profile.as_deref(), &self.client_id, &self.location)
    }
}

fn interrupted(error: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Storage, "a sign-out was interrupted").because(error).hint("sign out again")
}
