//! X03, X04, X06 to X08: what CARTO's own endpoints answer, and whose they are.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use carto_auth::platform::{Input, Place};
use carto_auth::{CartoAuth, ErrorKind, M2mCredentials, Options, Secret, Wanted, Way};
use carto_sandbox::{Answer, Fault, Route, Settings};

use crate::world::{DAY, Does, HOUR, MINUTE, World, job};

#[tokio::test]
async fn x03_an_account_without_a_warehouse_is_told_so() {
    for status in [403, 404] {
        for answer in [
            Fault::from(Answer::api_error(status, "no such connection")),
            Fault::status(status),
            Fault::body(status, "text/html", "<html>canary</html>"),
            Fault::body(status, "application/json", r#"{"error":7,"token":"canary"}"#),
        ] {
            let world = World::new();
            world.sandbox.plan(Route::WarehouseToken, answer);
            let error = world.job().carto_dw_credentials().await.expect_err("no warehouse");
            assert_eq!((error.kind(), error.http_status()), (ErrorKind::Warehouse, Some(status)));
            assert_eq!(error.to_string(), "there is no CARTO Data Warehouse for this account");
            assert!(error.hint_text().is_some_and(|hint| hint.contains("`carto-auth status")), "{error:?}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
            assert_eq!(world.sandbox.requests(Route::WarehouseToken), 1, "it is not asked again");
        }
    }
}

#[tokio::test]
async fn x03_a_key_that_is_not_whole_is_named_by_its_field() {
    for (body, name) in [
        (r#"{"token":"canary"}"#, "projectId"),
        (r#"{"projectId":null,"token":"canary"}"#, "projectId"),
        (r#"{"projectId":7,"token":"canary"}"#, "projectId"),
        (r#"{"projectId":"","token":"canary"}"#, "projectId"),
        (r#"{"projectId":" ","token":"canary"}"#, "projectId"),
        (r#"{"projectId":["canary"],"token":"canary"}"#, "projectId"),
        (r#"{"projectid":"p","token":"canary"}"#, "projectId"),
        (r#"{"projectId":"p"}"#, "token"),
        (r#"{"projectId":"p","token":null}"#, "token"),
        (r#"{"projectId":"p","token":""}"#, "token"),
        (r#"{"projectId":"p","token":"\n"}"#, "token"),
        (r#"{"projectId":"p","token":{"canary":1}}"#, "token"),
        (r#"{"projectId":"p","access_token":"canary"}"#, "token"),
        ("{}", "projectId"),
    ] {
        let world = World::new();
        world.sandbox.plan(Route::WarehouseToken, Fault::body(200, "application/json", body));
        let error = world.job().carto_dw_credentials().await.expect_err("not whole");
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{body}");
        assert!(error.causes().concat().contains(name), "{body}: {error:?}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn x03_what_is_no_key_at_all_is_told_as_such_and_cut_anywhere_it_is_none() {
    let json = "application/json";
    let whole = r#"{"projectId":"p","token":"canary"}"#;
    let cut = (0..whole.len()).map(|cut| Fault::body(200, json, &whole[..cut]));
    for fault in cut.chain([
        Fault::body(200, "text/html", "<html>canary"),
        Fault::status(200),
        Fault::status(204),
        Fault::body(200, json, "[]"),
        Fault::body(200, json, "null"),
        Fault::body(200, json, r#""canary""#),
        Fault::body(200, json, b"\xff\xfe\0".to_vec()),
        Fault::body(200, json, format!("{{\"a\":{}", "[".repeat(100_000))),
        Fault::body(200, json, "x".repeat(2 << 20)),
        Fault::body(418, json, r#"{"canary":1}"#),
        Fault::from(Answer::see_other("https://evil.example/?token=canary")),
    ]) {
        let world = World::new();
        world.sandbox.plan(Route::WarehouseToken, fault.clone());
        let error = world.job().carto_dw_credentials().await.expect_err("no key");
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error:?}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        assert!(error.hint_text().is_some(), "{error:?}");
    }
}

#[tokio::test]
async fn x03_a_key_needs_no_end_and_may_bring_more() {
    for more in ["", r#","expires_in":null"#, r#","expiration":"soon""#, r#","projectNumber":7,"x":{"y":[]}"#]
    {
        let world = World::new();
        let body = format!(r#"{{"projectId":"p","token":"sandbox-ya29"{more}}}"#);
        world.sandbox.plan(Route::WarehouseToken, Fault::body(200, "text/plain", body));
        let key = world.job().carto_dw_credentials().await.expect("a key");
        assert_eq!((key.project_id.as_str(), key.token.expose()), ("p", "sandbox-ya29"), "{more}");
        assert!(!format!("{key:?}").contains("ya29"));
    }
}

#[tokio::test]
async fn x03_an_api_that_is_away_or_does_not_accept_the_token_is_no_missing_warehouse() {
    for (fault, kind, requests) in [
        (Fault::from(Answer::api_error(401, "Token expired")), ErrorKind::Refused, 2),
        (Fault::status(503), ErrorKind::Network, 4),
        (Fault::Reset, ErrorKind::Network, 4),
    ] {
        let world = World::new();
        world.sandbox.plan_always(Route::WarehouseToken, fault);
        let error = world.job().carto_dw_credentials().await.expect_err("away");
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(world.sandbox.requests(Route::WarehouseToken) <= requests);
    }
}

#[tokio::test]
async fn x04_for_three_hours_each_key_is_asked_for_with_a_token_that_lives() {
    let world = World::with(Settings { token_life: Duration::from_hours(1), ..Settings::default() });
    let auth = world.job();
    let mut given = crate::world::Given::in_world(&world, HOUR);
    for _ in 0..36 {
        auth.carto_dw_credentials().await.expect("a key");
        let asked = world.sandbox.recorded().into_iter().rfind(|asked| asked.route == Route::WarehouseToken);
        let bearer = asked.expect("asked").header("authorization").expect("a token").to_owned();
        given.take(&Secret::new(bearer.trim_start_matches("Bearer ")));
        world.clock.pass(5 * MINUTE);
    }
    assert_eq!(world.sandbox.requests(Route::WarehouseToken), 36);
    assert!((3..=4).contains(&given.count()), "{} tokens in three hours", given.count());
}

#[tokio::test]
async fn x06_a_token_of_one_account_is_never_sent_to_the_api_of_another() {
    // Two accounts: the job's file names A's API, the other file the same client at B's.
    let (world, other) = (World::new(), World::new());
    let (id, secret) = world.sandbox.m2m_client();
    let at = |url: &str| {
        let credentials = M2mCredentials::new(url, &id, Secret::new(secret.clone())).expect("credentials");
        CartoAuth::open(world.platform(), &Options::default(), Wanted::Credentials(credentials))
            .expect("settings")
    };
    let of_a = at(world.sandbox.url()).access_token().await.expect("a token");
    let b = at(other.sandbox.url());
    assert_eq!(b.cached_access_token().expect("a miss"), None, "the base URL is a part of the key");
    other.sandbox.plan_always(Route::WarehouseToken, Answer::api_error(403, "not yours"));
    b.carto_dw_credentials().await.expect_err("another account's");
    for asked in other.sandbox.recorded() {
        let bearer = asked.header("authorization").unwrap_or_default().to_owned();
        assert!(!bearer.contains(of_a.expose()), "A's token was sent to B");
    }
    // A base URL that is set makes another sign-in of a person, too.
    world.person().sign_in().await.expect("signed in");
    let options = Options { api_base_url: Some(other.sandbox.url().into()), ..Options::default() };
    assert_eq!(world.open(&options).cached_access_token().expect("a miss"), None);
    // One that was looked up goes with the token that it was looked up with.
    let auth = world.person();
    let found = auth.api_base_url().await.expect("found");
    auth.sign_in_as_another().await.expect("another person");
    assert_eq!(world.sandbox.requests(Route::Accounts), 1);
    assert_eq!(auth.api_base_url().await.expect("looked up again"), found);
    assert_eq!(world.sandbox.requests(Route::Accounts), 2);
}

#[tokio::test]
async fn x06_a_token_of_another_organization_than_the_one_asked_for_is_warned_of() {
    let world = World::new();
    let asked = Options { organization: Some("org_sandbox".into()), ..Options::default() };
    world.person().sign_in().await.expect("signed in");
    assert_eq!(world.open(&asked).cached_access_token().expect("a miss"), None, "it is a part of the key");
    world.open(&asked).sign_in().await.expect("signed in");
    assert_eq!(world.open(&asked).status().await.expect("a status").warnings, [""; 0]);
    let claims = URL_SAFE_NO_PAD.encode(r#"{"org_id": "org_other"}"#);
    let body = format!(r#"{{"access_token":"e30.{claims}.x","token_type":"Bearer","expires_in":86400}}"#);
    world.sandbox.plan(Route::Token, Fault::body(200, "application/json", body));
    world.open(&asked).sign_in_as_another().await.expect("signed in");
    let warnings = world.open(&asked).status().await.expect("a status").warnings;
    assert_eq!(warnings, ["the token is of another organization than `org_sandbox`"]);
}

#[tokio::test]
async fn x07_no_cache_a_named_file_and_no_browser_mean_what_they_meant_in_0_2_0() {
    let world = World::new();
    let none = Options { use_cache: Some(false), ..Options::default() };
    let token = job(&world, &none).access_token().await.expect("a token");
    assert_ne!(job(&world, &none).access_token().await.expect("another"), token);
    assert!(!world.cache().exists(), "nothing is written");
    let file = world.folder.path().join("mine.json");
    let named = Options { cache_file: Some(file.clone()), ..Options::default() };
    let token = job(&world, &named).access_token().await.expect("a token");
    assert!(World::read(&file).contains(token.expose()));
    assert_eq!(job(&world, &named).cached_access_token().expect("read"), Some(token));
    assert_eq!(world.job().cached_access_token().expect("read"), None, "it is there and nowhere else");
    let world = World::new().where_browser(Does::NotExist).where_person(Input::Terminal, &[]);
    let auth = world.open(&Options { way: Some(Way::Paste), ..Options::default() });
    let signing_in = tokio::spawn(async move { auth.sign_in().await });
    let link = world.person.link(0).await;
    let code = world.sandbox.browser().code_page(&link).await.expect("a code");
    world.person.will_type(&[&code]);
    signing_in.await.expect("no panic").expect("signed in with the code");
}

#[tokio::test]
async fn x08_a_token_that_has_ended_where_nobody_can_sign_in_is_an_error_at_once_and_nothing_is_read() {
    for place in [Place::Headless, Place::Container, Place::Ssh] {
        for input in [Input::Nobody, Input::Pipe] {
            let world = World::with(Settings { refresh_tokens: false, ..Settings::default() });
            world.person().sign_in().await.expect("signed in");
            world.clock.pass(2 * DAY);
            let world = world.where_person(input, &["never-read"]).where_browser(Does::NotExist).at(place);
            let auth = world.person();
            let asked = tokio::time::timeout(Duration::from_secs(20), auth.access_token()).await;
            let error = asked.expect("at once").expect_err("nobody can sign in");
            assert_eq!(error.kind(), ErrorKind::PersonNeeded, "{place:?} {input:?}: {error:?}");
            let hint = error.hint_text().expect("a hint");
            assert!(hint.contains("`carto-auth login`") && hint.contains("CARTO_M2M_CLIENT_ID"), "{hint}");
            assert_eq!(world.person.asked(), 0, "{place:?} {input:?}");
            assert_eq!(world.sandbox.requests(Route::Token), 1);
        }
    }
}
