//! A person whose home folder is on two machines, with a keyring on each.

mod world;

use std::sync::Arc;

use carto_auth::platform::{Keyring, MemoryVault};
use carto_auth::{CartoAuth, Options, Platform, Wanted};
use world::{DAY, World};

#[tokio::test]
async fn the_status_says_that_the_refresh_token_is_elsewhere_and_what_shares_it() {
    let world = World::new();
    let [one, other] = machines();
    on(&world, &one).sign_in().await.expect("signed in");
    let status = on(&world, &other).status().await.expect("a status");
    let words = status.refresh_location.expect("words");
    assert!(words.starts_with("not in this system's keyring"), "{words}");
    assert!(words.contains("`CARTO_AUTH_KEYRING=off` on each machine"), "{words}");
    assert!(!status.renews);
}

#[tokio::test]
async fn without_the_keyrings_both_go_on_with_one_sign_in() {
    let world = World::new().with_variable("CARTO_AUTH_KEYRING", "off");
    let machines = machines();
    on(&world, &machines[0]).sign_in().await.expect("signed in");
    let asked = world.browser.opened().len();
    for day in 0..6 {
        world.clock.pass(DAY);
        on(&world, &machines[day % 2]).access_token().await.expect("renewed");
    }
    assert_eq!((world.browser.opened().len(), world.refreshes()), (asked, 6));
}

fn machines() -> [MemoryVault; 2] {
    [MemoryVault::new(), MemoryVault::new()]
}

/// A process on the machine that has this keyring.
fn on(world: &World, vault: &MemoryVault) -> CartoAuth {
    let keyring = Keyring::new(Arc::new(vault.clone()));
    CartoAuth::open(Platform { keyring, ..world.platform() }, &Options::default(), Wanted::Person)
        .expect("settings")
}
