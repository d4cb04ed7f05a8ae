//! The handle for code without async, in async code.

use carto_auth::{ErrorKind, Options, Wanted};

use crate::hint::{hint_of, word};
use crate::world::World;

#[tokio::test]
async fn in_async_code_the_async_handle_is_used_or_a_thread() {
    let world = World::new();
    let file = Wanted::CredentialsFile(world.credentials_file("carto-credentials.json"));
    let auth = carto_auth::blocking::CartoAuth::open(world.platform(), &Options::default(), file);
    let auth = auth.expect("settings");
    let error = auth.access_token().expect_err("it would block the runtime");
    assert_eq!(error.kind(), ErrorKind::Config);
    let hint = hint_of(&error, "use-carto-auth-cartoauth-there");
    // A blocking thread of Tokio belongs to a runtime, too, and nothing tells it from async code.
    let waiting = auth.clone();
    let error = tokio::task::spawn_blocking(move || waiting.access_token()).await.expect("no panic");
    hint_of(&error.expect_err("it may be one"), "use-carto-auth-cartoauth-there");
    assert_eq!(word(&hint, "std::"), "std::thread::spawn");
    let waiting = auth.clone();
    let token =
        std::thread::spawn(move || waiting.access_token()).join().expect("no panic").expect("a token");
    assert_eq!(word(&hint, "carto_auth::"), "carto_auth::CartoAuth");
    let auth: carto_auth::CartoAuth = world.job();
    assert_eq!(auth.access_token().await.expect("a token"), token);
}
