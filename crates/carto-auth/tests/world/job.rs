//! A job and its credentials.

use carto_auth::{CartoAuth, Options, Wanted};

use super::World;

/// A job of this world with these options.
pub fn job(world: &World, options: &Options) -> CartoAuth {
    let credentials = world.credentials_file("carto-credentials.json");
    CartoAuth::open(world.platform(), options, Wanted::CredentialsFile(credentials)).expect("settings")
}
