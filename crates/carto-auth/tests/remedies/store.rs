//! A store that this build does not have.

use carto_auth::{CartoAuth, ErrorKind, Options, Result, Wanted};

use crate::hint::{hint_of, word};
use crate::world::World;

#[tokio::test]
async fn without_redis_tokens_rest_in_files_or_in_memory() {
    let world = World::new().with_variable(NAME, "redis://127.0.0.1:6379");
    let error = open(&world).expect_err("there is no Redis in it");
    assert_eq!(error.kind(), ErrorKind::Config);
    let hint = hint_of(&error, "build-it-with-the");
    assert_eq!(word(&hint, "redis"), "redis", "all other tests of this folder are built with it");
    for store in ["file", "memory"] {
        let world = World::new().with_variable(NAME, word(&hint, store));
        open(&world).expect("settings").access_token().await.expect("a token");
    }
}

fn open(world: &World) -> Result<CartoAuth> {
    let file = Wanted::CredentialsFile(world.credentials_file("carto-credentials.json"));
    CartoAuth::open(world.platform(), &Options::default(), file)
}

const NAME: &str = "CARTO_AUTH_STORE";
