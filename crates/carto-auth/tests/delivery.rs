//! Whether a refresh token has arrived: what is certain, and what only looks like it.
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use carto_auth::platform::{Clock as _, Place};
use carto_auth::store::{FileStore, KeyParts, Kind, TokenKey, TokenStore as _};
use carto_auth::{CartoAuth, ErrorKind, Secret, TokenSet};
use world::{DAY, TlsServer, World, certificate};

#[tokio::test]
async fn an_answer_without_tls_comes_after_the_request_and_nothing_is_sent_again() {
    let server = TlsServer::that_answers_in_the_clear();
    let world = World::new()
        .with_variable("CARTO_AUTH_URL", format!("https://localhost:{}", server.port))
        .with_variable("SSL_CERT_FILE", certificate("authority"))
        .at(Place::Headless);
    let auth = world.person();
    keep(&world, &auth).await;
    let error = auth.access_token().await.expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::Network, "{error:?}");
    assert!(error.to_string().ends_with("broke the connection off"), "{error:?}");
    assert!(world.entry().contains_key("refresh_sent_at"));
    assert_eq!(world.person().access_token().await.expect_err("asked").kind(), ErrorKind::PersonNeeded);
    let posts = server.requests().into_iter().filter(|request| request.starts_with("POST ")).count();
    assert_eq!(posts, 1);
}

/// A sign-in whose access token has ended.
async fn keep(world: &World, auth: &CartoAuth) {
    let settings = auth.settings();
    let key = TokenKey::new(KeyParts {
        kind: Kind::OAuth,
        issuer: settings.environment.auth_url.clone(),
        client_id: settings.environment.client_id.clone(),
        audience: settings.environment.audience.clone(),
        organization: settings.organization.clone(),
        scopes: settings.scopes.clone(),
        api_base_url: settings.api_base_url.clone(),
        account: settings.profile.clone(),
    });
    let mut token = TokenSet::new(Secret::new("access"), world.clock.now() - DAY, Some(3_600));
    token.refresh_token = Some(Secret::new("refresh"));
    let store = FileStore::in_folder(world.cache(), &world.platform());
    let mut entry = store.try_lock(&key).await.expect("tried").expect("free");
    entry.save(&token).await.expect("kept");
}
