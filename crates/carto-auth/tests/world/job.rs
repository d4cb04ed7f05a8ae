//! A job and its credentials, and many who want its token at once.

use carto_auth::{CartoAuth, Options, Result, Secret, Wanted};
use tokio::task::JoinSet;

use super::World;

/// A job of this world with these options.
pub fn job(world: &World, options: &Options) -> CartoAuth {
    let credentials = world.credentials_file("carto-credentials.json");
    CartoAuth::open(world.platform(), options, Wanted::CredentialsFile(credentials)).expect("settings")
}

/// What fifty callers get who ask at the same time.
pub async fn fifty_callers(auth: &CartoAuth) -> Vec<Result<Secret>> {
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let auth = auth.clone();
        callers.spawn(async move { auth.access_token().await });
    }
    callers.join_all().await
}
