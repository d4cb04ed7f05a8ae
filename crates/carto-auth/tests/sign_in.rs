//! A person signs in through a browser that comes back.

mod world;

use carto_auth::platform::{Input, Place};
use carto_auth::{ErrorKind, Options, Way};
use carto_sandbox::{Fault, OfflineScope, Route, Settings};
use url::Url;
use world::{Does, Waiting, World, at_once};

#[tokio::test]
async fn a_person_signs_in_and_gets_a_token_that_works() {
    let world = World::new();
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let token = auth.access_token().await.expect("a token");
    assert_eq!(auth.api_base_url().await.expect("a base URL"), world.sandbox.url());
    let warehouse = auth.carto_dw_credentials().await.expect("a warehouse");
    assert!(warehouse.project_id.starts_with("sandbox-"));
    assert!(!token.is_empty());
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    assert_eq!(world.browser.opened().len(), 1);
}

#[tokio::test]
async fn the_link_asks_for_what_carto_needs_and_is_fresh_each_time() {
    let world = World::new();
    let options = Options { organization: Some("org_sandbox".into()), ..Options::default() };
    let auth = world.open(&options);
    auth.sign_in().await.expect("signed in");
    auth.sign_in_as_another().await.expect("signed in again");
    let [first, second] = &world.browser.opened()[..] else { panic!("two links") };
    let query = |link: &str| Url::parse(link).expect("a URL").query_pairs().into_owned().collect::<Vec<_>>();
    let value =
        |link: &str, name: &str| query(link).into_iter().find(|(own, _)| own == name).map(|(_, value)| value);
    assert_eq!(value(first, "response_type").as_deref(), Some("code"));
    assert_eq!(value(first, "audience").as_deref(), Some("carto-cloud-native-api"));
    assert_eq!(value(first, "organization").as_deref(), Some("org_sandbox"));
    assert_eq!(value(first, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(value(first, "scope").as_deref(), Some("offline_access"));
    assert_eq!(value(first, "prompt"), None);
    assert_eq!(value(second, "prompt").as_deref(), Some("login"));
    for name in ["state", "code_challenge"] {
        assert_eq!(value(first, name).map(|text| text.len()), Some(43));
        assert_ne!(value(first, name), value(second, name));
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_servers_words_and_never_leads_to_a_paste() {
    let world = World::new().where_browser(Does::Refuse).where_person(Input::Terminal, &[]);
    let error = world.person().sign_in().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.oauth_code(), Some("access_denied"));
    let page = world.browser.page().await;
    assert!(page.body.contains("The sign-in did not work"));
    assert_eq!(world.sandbox.requests(Route::Token), 0);
    assert!(!world.person.told().contains("access code"));
}

#[tokio::test]
async fn the_page_waits_for_the_exchange_and_tells_its_failure() {
    let world = World::new();
    let answer = r#"{"error":"invalid_grant","error_description":"Invalid <b>code</b>"}"#;
    world.sandbox.plan(Route::Token, Fault::body(403, "application/json", answer));
    let error = world.person().sign_in().await.expect_err("refused");
    assert_eq!(error.oauth_code(), Some("invalid_grant"));
    let page = world.browser.page().await;
    assert!(page.body.contains("Invalid &lt;b&gt;code&lt;/b&gt;"));
}

#[tokio::test]
async fn a_code_is_sent_once_whatever_happens() {
    at_once([Fault::Reset, Fault::status(503), Fault::status(500)], |fault| async move {
        let world = World::new();
        world.sandbox.plan(Route::Token, fault);
        let error = world.person().sign_in().await.expect_err("lost");
        assert_eq!(error.kind(), ErrorKind::Network);
        assert_eq!(world.sandbox.requests(Route::Token), 1);
    })
    .await;
}

#[tokio::test]
async fn a_server_without_offline_access_gets_our_own_fresh_link_once() {
    let world = World::with(Settings { offline_scope: OfflineScope::Refused, ..Settings::default() });
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let page = world.browser.page().await;
    let links: Vec<_> = page.visited.iter().filter(|url| url.contains("/authorize?")).collect();
    assert_eq!(links.len(), 2);
    assert!(links[0].contains("offline_access") && !links[1].contains("offline_access"));
    let state = |link: &str| link.split("state=").nth(1).map(|rest| rest[..43].to_owned());
    assert_ne!(state(links[0]), state(links[1]));
    assert!(!auth.status().await.expect("a status").renews);
}

#[tokio::test]
async fn offline_access_can_be_turned_off() {
    let world = World::new();
    let auth = world.open(&Options { offline_access: Some(false), ..Options::default() });
    auth.sign_in().await.expect("signed in");
    assert!(!world.browser.opened()[0].contains("scope"));
    assert!(!auth.status().await.expect("a status").renews);
}

#[tokio::test]
async fn a_token_without_a_refresh_token_is_no_fault() {
    let world = World::with(Settings { refresh_tokens: false, ..Settings::default() });
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    assert!(auth.access_token().await.is_ok());
}

#[tokio::test]
async fn a_token_is_kept_even_when_the_base_url_cannot_be_found() {
    let world = World::new();
    world.sandbox.plan_always(Route::Accounts, Fault::status(500));
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    assert!(auth.api_base_url().await.is_err());
    assert!(world.person().access_token().await.is_ok(), "it is in the cache");
}

#[tokio::test]
async fn where_nobody_can_be_asked_a_sign_in_fails_at_once() {
    let world = World::new().at(Place::Headless).where_browser(Does::NotExist);
    let error = world.person().sign_in().await.expect_err("nobody is there");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert!(error.hint_text().expect("a hint").contains("CARTO_M2M_CLIENT_ID"));
    assert_eq!(world.sandbox.recorded().len(), 0);
}

#[tokio::test]
async fn somebody_who_is_signed_in_is_not_asked() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    let again = World { browser: std::sync::Arc::clone(&world.browser), ..world };
    again.person().sign_in().await.expect("signed in");
    assert_eq!(again.browser.opened().len(), 1);
}

#[tokio::test]
async fn a_way_can_be_forced() {
    let world = World::new().at(Place::Headless);
    let auth = world.open(&Options { way: Some(Way::Browser), ..Options::default() });
    auth.sign_in().await.expect("signed in");
}

#[tokio::test]
async fn metadata_of_another_issuer_is_not_used() {
    let world = World::new();
    let evil = r#"{"issuer":"https://evil.example/","authorization_endpoint":"https://evil.example/a","token_endpoint":"https://evil.example/t"}"#;
    world.sandbox.plan(Route::Discovery, Fault::body(200, "application/json", evil));
    world.person().sign_in().await.expect("signed in by the routes of Auth0");
}

#[tokio::test]
async fn a_server_without_metadata_is_taken_to_have_auth0s_routes() {
    at_once(
        [Fault::status(404), Fault::body(200, "text/html", "<html>"), Fault::Reset],
        |fault| async move {
            let world = World::new();
            world.sandbox.plan_always(Route::Discovery, fault);
            world.person().sign_in().await.expect("signed in");
        },
    )
    .await;
}

#[tokio::test]
async fn metadata_is_taken_from_an_answer_that_is_a_success() {
    for (status, path) in [(200, "/elsewhere/authorize"), (404, "/authorize")] {
        let world = World::new();
        let url = world.sandbox.url().to_owned();
        let document = format!(
            r#"{{"issuer":"{url}/","authorization_endpoint":"{url}/elsewhere/authorize","token_endpoint":"{url}/oauth/token"}}"#
        );
        world.sandbox.plan(Route::Discovery, Fault::body(status, "application/json", document));
        let waiting = Waiting::in_world(world, &Options::default()).await;
        assert!(waiting.link.starts_with(&format!("{url}{path}?")), "{status}: {}", waiting.link);
        waiting.task.abort();
    }
}
