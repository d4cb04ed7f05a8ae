//! Where an account's API is found, and where a token is never sent.

#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use carto_auth::{CartoAuth, ErrorKind, Options, Wanted};
use carto_sandbox::{Answer, Fault, Route, Settings};
use world::{MINUTE, World};

async fn signed_in(world: &World) -> CartoAuth {
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    auth
}

fn config(base_url: &str) -> Fault {
    Fault::body(200, "application/yaml", format!("apis:\n  baseUrl: {base_url}\n  workspaceUrl: x\n"))
}

fn account(tenant_domain: &str) -> Fault {
    let body = serde_json::json!({ "tenant_domain": tenant_domain, "other": 1 }).to_string();
    Fault::body(200, "application/json", body)
}

#[tokio::test]
async fn the_base_url_is_found_once_and_kept() {
    let world = World::with(Settings { api_path: "/api".into(), ..Settings::default() });
    let auth = signed_in(&world).await;
    let url = auth.api_base_url().await.expect("found");
    assert_eq!(url, format!("{}/api", world.sandbox.url()));
    assert_eq!(world.person().api_base_url().await.expect("kept"), url);
    assert_eq!(world.sandbox.requests(Route::Accounts), 1);
    assert_eq!(world.sandbox.requests(Route::Config), 1);
    let asked = world.sandbox.recorded().into_iter().find(|request| request.route == Route::Config);
    assert_eq!(asked.expect("asked").header("authorization"), None, "`config.yaml` is asked without a token");
}

#[tokio::test]
async fn after_the_credentials_file_has_changed_the_base_url_is_that_of_the_token_in_use() {
    let world = World::new();
    let path = world.credentials_file("own.json");
    let wanted = Wanted::CredentialsFile(path.clone());
    let auth = CartoAuth::open(world.platform(), &Options::default(), wanted).expect("settings");
    let (token, url) =
        (auth.access_token().await.expect("a token"), auth.api_base_url().await.expect("its URL"));
    let (id, secret) = world.sandbox.add_m2m_client();
    let other = "http://127.0.0.9:1";
    let text = format!(r#"{{"api_base_url":"{other}","client_id":"{id}","client_secret":"{secret}"}}"#);
    world::write(&path, &text);
    assert_eq!(auth.access_token().await.expect("it lives"), token);
    assert_eq!(auth.api_base_url().await.expect("its URL"), url);
    auth.invalidate();
    assert_ne!(auth.access_token().await.expect("that of the other client"), token);
    assert_eq!(auth.api_base_url().await.expect("its URL"), other);
}

#[tokio::test]
async fn a_base_url_that_was_set_is_not_looked_up() {
    let world = World::new();
    let own = Some("https://maps.example.com/api/".into());
    let auth = world.open(&Options { api_base_url: own, ..Options::default() });
    auth.sign_in().await.expect("signed in");
    assert_eq!(auth.api_base_url().await.expect("set"), "https://maps.example.com/api");
    assert_eq!(world.sandbox.requests(Route::Accounts), 0);
}

#[tokio::test]
async fn a_base_url_elsewhere_is_not_used() {
    for elsewhere in [
        "https://evil.example",
        "https://carto.com.evil.example",
        "https://evilcarto.com",
        "http://gcp-us-east1.api.carto.com",
        "https://me@gcp-us-east1.api.carto.com",
        "ftp://carto.com",
        "nonsense",
        "''",
        "[a, b]",
    ] {
        let world = World::new();
        world.sandbox.plan_always(Route::Config, config(elsewhere));
        let auth = signed_in(&world).await;
        let error = auth.api_base_url().await.expect_err(elsewhere);
        assert!(
            matches!(error.kind(), ErrorKind::Config | ErrorKind::UnexpectedAnswer),
            "{elsewhere}: {error:?}"
        );
        assert!(auth.access_token().await.is_ok(), "the token stays");
    }
}

#[tokio::test]
async fn a_base_url_under_carto_is_used() {
    let world = World::new();
    world.sandbox.plan(Route::Config, config("https://gcp-europe-west1.api.carto.com/"));
    let auth = signed_in(&world).await;
    assert_eq!(auth.api_base_url().await.expect("found"), "https://gcp-europe-west1.api.carto.com");
}

#[tokio::test]
async fn a_host_that_the_profile_names_is_used() {
    let world = World::new();
    let folder = world.folder.path().join(".config/carto-auth");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config.toml"), "[profiles.own]\napi_hosts = [\"maps.example.com\"]\n")
        .expect("written");
    world.sandbox.plan(Route::Config, config("https://maps.example.com/api"));
    let auth = world.open(&Options { profile: Some("own".into()), ..Options::default() });
    auth.sign_in().await.expect("signed in");
    assert_eq!(auth.api_base_url().await.expect("named"), "https://maps.example.com/api");
}

#[tokio::test]
async fn a_tenant_that_is_no_domain_is_not_asked() {
    for tenant in
        ["10.0.0.1", "localhost", "evil.example/x", "evil.example:443", "me@evil.example", "", "a b.c"]
    {
        let world = World::new();
        world.sandbox.plan_always(Route::Accounts, account(tenant));
        let error = signed_in(&world).await.api_base_url().await.expect_err(tenant);
        assert!(error.hint_text().is_some(), "{tenant}: {error:?}");
        assert_eq!(world.sandbox.requests(Route::Config), 0, "{tenant}");
    }
}

#[tokio::test]
async fn answers_that_are_none_are_told_as_such() {
    let html = || Fault::body(200, "text/html", "<html>Sign in to the Wi-Fi</html>");
    let list = || Fault::body(200, "application/json", "[]");
    let elsewhere = || -> Fault { Answer::see_other("https://evil.example/").into() };
    for fault in [html(), list(), Fault::status(404), elsewhere()] {
        for route in [Route::Accounts, Route::Config] {
            let world = World::new();
            world.sandbox.plan_always(route, fault.clone());
            let error = signed_in(&world).await.api_base_url().await.expect_err("no answer");
            assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_new_token_that_is_refused_is_told_with_the_reason_and_nobody_is_asked_again() {
    for refresh_tokens in [false, true] {
        let world = World::with(Settings { refresh_tokens, ..Settings::default() });
        world.sandbox.plan_always(Route::Accounts, Answer::api_error(401, "Invalid audience"));
        let auth = signed_in(&world).await;
        for calls in 1..=3 {
            let error = auth.api_base_url().await.expect_err("refused");
            assert_eq!((error.kind(), error.http_status()), (ErrorKind::Refused, Some(401)));
            assert!(error.causes()[0].contains("Invalid audience"), "{error:?}");
            assert!(error.hint_text().expect("a hint").contains("--base-url"), "{error:?}");
            assert_eq!(world.sandbox.requests(Route::Accounts), 2 * calls);
        }
        assert_eq!(world.sandbox.requests(Route::Authorize), 1, "one sign-in");
        assert_eq!(world.refreshes(), usize::from(refresh_tokens), "and one renewal, where there is one");
        auth.access_token().await.expect("the token stays");
    }
}

#[tokio::test]
async fn a_new_token_that_a_caller_says_was_refused_is_given_no_more() {
    let world = World::with(Settings { refresh_tokens: false, ..Settings::default() });
    let auth = signed_in(&world).await;
    let options = Options { interactive: Some(false), ..Options::default() };
    let (asks_nobody, old) = (world.open(&options), auth.access_token().await.expect("a token"));
    asks_nobody.invalidate_token(&old);
    let error = asks_nobody.access_token().await.expect_err("there is no other");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    auth.invalidate_token(&old);
    assert_ne!(auth.access_token().await.expect("another"), old);
}

#[tokio::test]
async fn a_token_that_is_refused_later_is_one_that_has_ended() {
    let world = World::with(Settings { refresh_tokens: false, ..Settings::default() });
    let auth = signed_in(&world).await;
    let old = auth.access_token().await.expect("a token");
    world.clock.pass(11 * MINUTE);
    world.sandbox.plan(Route::Accounts, Answer::api_error(401, "Token expired"));
    auth.api_base_url().await.expect("found with another one");
    assert_ne!(auth.access_token().await.expect("a token"), old);
    assert_eq!(world.sandbox.requests(Route::Authorize), 2);
}

#[tokio::test]
async fn a_person_without_an_account_is_told_what_to_do() {
    let world = World::new();
    world.sandbox.plan_always(Route::Accounts, Fault::body(200, "application/json", "{}"));
    let error = signed_in(&world).await.api_base_url().await.expect_err("no account");
    assert_eq!(error.to_string(), "the person has no CARTO account yet");
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_renewed_once() {
    let world = World::new();
    world.sandbox.plan(Route::Accounts, Fault::status(401));
    let auth = signed_in(&world).await;
    assert_eq!(auth.api_base_url().await.expect("found"), world.sandbox.url());
    assert_eq!(world.sandbox.requests(Route::Token), 2);
    world.clock.pass(30);
    world.sandbox.plan_always(Route::WarehouseToken, carto_sandbox::Answer::api_error(401, "Token expired"));
    let error = auth.carto_dw_credentials().await.expect_err("not accepted");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.causes(), ["the server answered 401: `Token expired`"]);
    assert_eq!(world.sandbox.requests(Route::Token), 3);
}

#[tokio::test]
async fn a_job_uses_the_base_url_of_its_file() {
    let world = World::new();
    let job = world.job();
    assert_eq!(job.api_base_url().await.expect("it is there"), world.sandbox.url());
    assert_eq!(world.sandbox.requests(Route::Accounts), 0);
    assert_eq!(world.sandbox.requests(Route::Token), 0, "nor is a token needed to read it");
}

#[tokio::test]
async fn the_base_url_of_a_job_needs_no_token() {
    let world = World::new();
    world.sandbox.plan_always(Route::Token, Fault::status(503));
    let auth = world.job();
    assert_eq!(auth.known_api_base_url().as_deref(), Some(world.sandbox.url()));
    auth.invalidate();
    assert_eq!(auth.api_base_url().await.expect("it is there"), world.sandbox.url());
    assert_eq!(world.sandbox.recorded().len(), 0);
}

#[tokio::test]
async fn a_token_that_was_given_knows_no_base_url_of_its_own() {
    let world = World::new();
    let token = carto_auth::Secret::new(world.sandbox.issue_api_token(carto_sandbox::ADA));
    let wanted = Wanted::Token { api_base_url: None, token };
    let auth = CartoAuth::open(world.platform(), &Options::default(), wanted).expect("settings");
    let error = auth.api_base_url().await.expect_err("unknown");
    assert!(error.hint_text().expect("a hint").contains("CARTO_API_BASE_URL"));
}

#[tokio::test]
async fn who_has_found_the_base_url_knows_it_without_asking_again() {
    let world = World::new();
    let auth = signed_in(&world).await;
    assert_eq!(auth.known_api_base_url(), None);
    let url = auth.api_base_url().await.expect("found");
    assert_eq!(auth.known_api_base_url(), Some(url.clone()));
    assert_eq!(auth.api_base_url().await.expect("known"), url);
    assert_eq!(world.sandbox.requests(Route::Accounts), 1);
}
