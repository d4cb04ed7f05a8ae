//! A part of the environment that an application sets to nothing.

use carto_auth::{CartoAuth, Environment, ErrorKind, Options, Result, Wanted};

use crate::hint::hint_of;
use crate::world::World;

#[tokio::test]
async fn a_part_that_is_empty_is_not_set() {
    let world = World::new();
    for name in ["audience", "client id"] {
        let mut environment = Environment { auth_url: world.sandbox.url().into(), ..Environment::default() };
        let part = if name == "audience" { &mut environment.audience } else { &mut environment.client_id };
        let own = std::mem::take(part);
        let error = open(&world, &environment).expect_err("nothing is no part");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.causes().contains(&format!("the {name} is empty")), "{error:?}");
        assert_eq!(hint_of(&error, "unset-it-to-use"), "unset it to use CARTO's own");
        let part = if name == "audience" { &mut environment.audience } else { &mut environment.client_id };
        *part = own;
        assert_eq!(
            *part,
            if name == "audience" {
                Environment::default().audience
            } else {
                Environment::default().client_id
            }
        );
        open(&world, &environment).expect("settings").access_token().await.expect("a token");
    }
}

fn open(world: &World, environment: &Environment) -> Result<CartoAuth> {
    let options = Options { environment: Some(environment.clone()), ..Options::default() };
    let file = Wanted::CredentialsFile(world.credentials_file("carto-credentials.json"));
    CartoAuth::open(world.platform(), &options, file)
}
