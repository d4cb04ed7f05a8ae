//! A sign-out that the server is not told of.

use carto_auth::{LoggedOut, Revoked};
use carto_sandbox::{Fault, Route};

use crate::hint::hint_of;
use crate::world::World;

#[tokio::test]
async fn a_sign_out_that_the_server_was_not_told_of_is_told_once_the_network_works() {
    let world = World::new();
    world.sandbox.plan_always(Route::Discovery, Fault::Reset);
    let LoggedOut { removed, revoked, .. } = signed_out(&world).await;
    let Revoked::Failed(error) = revoked else { panic!("{revoked:?}") };
    assert!(removed, "the sign-in is gone from this machine");
    let hint = hint_of(&error, "what-was-signed-in");
    assert!(hint.ends_with("check the network"), "{hint}");
    world.sandbox.plan_nothing(Route::Discovery);
    let revoked = signed_out(&world).await.revoked;
    assert!(matches!(revoked, Revoked::Yes), "{revoked:?}");
}

/// What becomes of a sign-in that was just made, by another process.
async fn signed_out(world: &World) -> LoggedOut {
    world.person().sign_in().await.expect("signed in");
    world.person().log_out().await.expect("signed out")
}
