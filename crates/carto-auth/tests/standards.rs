//! Rules of the standards that are about a whole sign-in; `docs/standards.md` names the test of each.

mod world;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use carto_auth::platform::{Input, Place};
use carto_auth::{Options, Revoked, Secret};
use carto_sandbox::{Answer, Fault, Recorded, Route};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use world::{DAY, HOUR, Waiting, World, query};

#[tokio::test]
async fn no_server_talks_us_out_of_s256() {
    let world = World::new();
    let url = world.sandbox.url();
    let metadata = json!({
        "issuer": format!("{url}/"),
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/oauth/token"),
        "code_challenge_methods_supported": ["plain"],
        "authorization_response_iss_parameter_supported": true,
    });
    world.sandbox.plan_always(Route::Discovery, Answer::json(200, &metadata));
    world.person().sign_in().await.expect("signed in");
    let link = &world.browser.opened()[0];
    assert_eq!(query(link, "code_challenge_method"), "S256");
    let verifier = sent(&world, Route::Token)[0].parameter("code_verifier").expect("a verifier");
    assert!((43..=128).contains(&verifier.len()), "{}", verifier.len());
    assert!(verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
    assert_eq!(query(link, "code_challenge"), URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)));
}

#[tokio::test]
async fn the_redirect_uri_is_the_same_at_both_endpoints_letter_for_letter() {
    for uri in ["http://localhost:0/callback/", "http://127.0.0.1:0/callback", "http://[::1]:0/a%20b/C"] {
        let world = World::new().with_variable("CARTO_AUTH_REDIRECT_URI", uri);
        world.person().sign_in().await.expect(uri);
        let asked = query(&world.browser.opened()[0], "redirect_uri");
        assert_eq!(sent(&world, Route::Token)[0].parameter("redirect_uri"), Some(asked));
    }
    let world = World::new().where_person(Input::Pipe, &[]).at(Place::Headless);
    let by_paste = || world.open(&Options { way: Some(carto_auth::Way::Paste), ..Options::default() });
    by_paste().sign_in().await.expect_err("nobody pastes");
    let link = world.person.first_link();
    let code = world.sandbox.browser().code_page(&link).await.expect("a code");
    by_paste().complete_sign_in(&code).await.expect("in two steps");
    assert_eq!(sent(&world, Route::Token)[0].parameter("redirect_uri"), Some(query(&link, "redirect_uri")));
}

#[tokio::test]
async fn a_secret_is_in_the_body_of_a_post_or_in_a_header_and_a_person_has_no_client_secret() {
    let world = World::new();
    let person = world.person();
    person.sign_in().await.expect("signed in");
    person.api_base_url().await.expect("a base URL");
    person.carto_dw_credentials().await.expect("a warehouse");
    world.clock.pass(DAY);
    person.access_token().await.expect("renewed");
    person.log_out().await.expect("signed out");
    let of_the_person = sent(&world, Route::Token).len();
    world.job().access_token().await.expect("a token");
    for (index, request) in sent(&world, Route::Token).iter().chain(&sent(&world, Route::Revoke)).enumerate()
    {
        let is_of_a_job = index == of_the_person;
        assert_eq!((request.method.as_str(), request.query.as_str()), ("POST", ""));
        assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(request.header("authorization"), None, "one way to say who is asking");
        assert_eq!(request.parameter("client_secret").is_some(), is_of_a_job);
        let mut names: Vec<_> = request.body_pairs().into_iter().map(|(name, _)| name).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "each is said once");
    }
    for route in [Route::Accounts, Route::WarehouseToken] {
        for request in sent(&world, route) {
            assert!(request.header("authorization").expect("signed").starts_with("Bearer "));
            assert!(!request.query.contains("token="), "{}", request.query);
        }
    }
}

#[tokio::test]
async fn every_answer_of_the_listener_forbids_loading_keeping_and_telling() {
    let waiting = Waiting::begin().await;
    waiting.any_code_will_do();
    let callback = waiting.callback();
    let mut answers = vec![
        waiting.get("/favicon.ico").await,
        waiting.get("/callback/").await,
        waiting.get("/callback/?code=c").await,
        waiting.send("POST", &callback).await,
        waiting.ask(&format!("GET {callback} HTTP/1.1\r\nHost: evil.example\r\n\r\n")).await,
    ];
    answers.push(waiting.get(&callback).await);
    answers.push(waiting.get("/callback/").await);
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [404, 400, 400, 405, 400, 303, 200]);
    for answer in answers {
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'none'"),
            "{policy}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let body = answer.body.to_lowercase();
        assert!(
            !["<script", "src=", "http:", "https:", "a-code"].iter().any(|one| body.contains(one)),
            "{body}"
        );
    }
    waiting.end().await.1.expect("signed in");
}

#[tokio::test]
async fn nothing_in_a_callback_says_where_the_browser_goes() {
    for name in
        ["redirect_uri", "redirect", "next", "url", "return_to", "continue", "RelayState", "error_uri"]
    {
        for place in
            ["https://evil.example/", "//evil.example", "%2F%2Fevil.example%2F", "javascript:alert(1)"]
        {
            let waiting = Waiting::begin().await;
            let refusal = waiting.get(&format!("{}&{name}={place}", waiting.refusal("access_denied"))).await;
            assert_eq!(
                (refusal.status, refusal.header("location")),
                (303, Some("/callback/")),
                "{name} {place}"
            );
            let page = waiting.get("/callback/").await;
            assert!(!page.body.contains("evil") && !page.body.contains("javascript"), "{}", page.body);
            waiting.end().await.1.expect_err("refused");
        }
    }
}

#[tokio::test]
async fn a_token_may_be_of_any_form_and_length() {
    for (token, is_kept) in [
        ("-._~+/=!#$%&'()*,:;<>?@[]^`{|}".to_owned(), true),
        ("opaque.".repeat(10_000), true),
        // More than a file of ours may hold: it serves its process, and nobody finds half of it.
        ("opaque.".repeat(50_000), false),
    ] {
        let world = World::new();
        world.sandbox.plan(Route::Token, token_of(&token, &json!({})));
        assert_eq!(world.job().access_token().await.expect("a token").expose(), token);
        let next = world.job();
        assert_eq!(next.cached_access_token().expect("read").is_some(), is_kept);
        let warned = world.person.told().matches("warning: ").count();
        assert_eq!((warned, world.person.told().contains("damaged")), (usize::from(!is_kept), false));
    }
}

#[tokio::test]
async fn what_is_written_in_a_token_decides_nothing() {
    let world = World::new();
    // By its claims it ended long ago, and is another client's for another API.
    let claims = r#"{"exp":1,"iat":0,"nbf":9999999999,"aud":"another-api","azp":"another","iss":"https://evil.example/"}"#;
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let token = format!("{}.{}.c2ln", part(r#"{"alg":"none","kid":"sandbox-1"}"#), part(claims));
    world.sandbox.plan(Route::Token, token_of(&token, &json!({ "expires_in": 2 * HOUR })));
    let auth = world.job();
    assert_eq!(auth.access_token().await.expect("a token").expose(), token);
    world.clock.pass(HOUR);
    assert_eq!(auth.access_token().await.expect("the same").expose(), token);
    assert_eq!(world.job().access_token().await.expect("the same").expose(), token);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    world.clock.pass(HOUR);
    assert_ne!(auth.access_token().await.expect("another").expose(), token, "it ends when the server said");
}

#[tokio::test]
async fn the_address_in_an_error_is_neither_opened_nor_shown() {
    let body = json!({
        "error": "invalid_grant", "error_description": "too\u{1b}[31m late", "error_uri": "https://evil.example/help",
    });
    let world = World::new();
    world.sandbox.plan(Route::Token, Answer::json(400, &body));
    let error = world.person().sign_in().await.expect_err("refused");
    let shown = format!("{error} {error:?} {:?} {}", error.causes(), world.browser.page().await.body);
    assert!(shown.contains("too[31m late") && !shown.contains('\u{1b}'), "{shown}");
    assert!(!shown.contains("evil.example"), "{shown}");
    assert_eq!(world.browser.opened().len(), 1, "the link of the sign-in alone");
}

#[tokio::test]
async fn the_scope_that_was_granted_is_told_where_it_is_less() {
    let world = World::new();
    let asked = Options { scopes: Some(vec!["read:maps".into(), "write:maps".into()]), ..Options::default() };
    world.sandbox.plan(Route::Token, token_of("sandbox-a", &json!({ "scope": "read:maps" })));
    world.open(&asked).sign_in().await.expect("signed in");
    let status = world.open(&asked).status().await.expect("a status");
    assert_eq!(status.scope.as_deref(), Some("read:maps"));
    let link = &world.browser.opened()[0];
    assert_eq!(query(link, "scope"), "read:maps write:maps offline_access");
}

#[tokio::test]
async fn a_revocation_names_the_token_its_kind_and_the_client_and_waits_as_it_is_asked() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    world.sandbox.plan(Route::Revoke, Answer::empty(503).header("retry-after", "1"));
    let begun = std::time::Instant::now();
    let left = world.person().log_out().await.expect("signed out");
    assert!(matches!(left.revoked, Revoked::Yes), "{left:?}");
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    let requests = sent(&world, Route::Revoke);
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.parameter("token_type_hint").as_deref(), Some("refresh_token"));
        assert_eq!(request.parameter("client_id").as_deref(), Some(carto_sandbox::PUBLIC_CLIENT_ID));
        assert!(!Secret::new(request.parameter("token").expect("a token")).is_empty());
    }
    assert!(world.person().cached_access_token().expect("read").is_none());
}

/// What the sandbox was asked at a route, in order.
fn sent(world: &World, route: Route) -> Vec<Recorded> {
    world.sandbox.recorded().into_iter().filter(|request| request.route == route).collect()
}

/// An answer with this token and whatever else.
fn token_of(token: &str, more: &serde_json::Value) -> Fault {
    let mut body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": DAY });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    Answer::json(200, &body).into()
}
