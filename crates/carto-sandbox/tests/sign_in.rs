//! How a person signs in: the login page, its answers, and what is refused before anybody is asked.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;

use std::time::Duration;

use carto_sandbox::{Fault, OfflineScope, Route, Sandbox, Settings, SignIn};
use client::{CALLBACK, Client, Listener, VERIFIER};
use serde_json::json;

#[tokio::test]
async fn a_person_signs_in_through_the_page_and_gets_a_token_that_works() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let listener = Listener::start().await;

    let page = sandbox.browser().sign_in(&client.link(&listener.uri(), &[])).await.unwrap();
    assert_eq!((page.status, page.body.as_str()), (200, "the client's own page"));
    let answer = listener.answer();
    assert_eq!(answer["state"], "a-state");
    assert_eq!(answer["iss"], format!("{}/", sandbox.url()));

    let tokens = client.trade(&answer["code"], &listener.uri()).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(
        (&tokens.json()["token_type"], &tokens.json()["expires_in"]),
        (&json!("Bearer"), &json!(86_400))
    );
    let account = client.api("/accounts", &tokens.text("access_token")).await;
    assert_eq!(account.text("account_id"), "ac_sandbox_ada");
    let routes: Vec<Route> = sandbox.recorded().iter().map(|request| request.route).collect();
    assert_eq!(routes, [Route::Authorize, Route::Decision, Route::Token, Route::Accounts]);
}

#[tokio::test]
async fn another_person_has_another_account() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let browser = sandbox.browser().as_person("grace@example.com");
    let code = browser.code_page(&client.paste_link(&[])).await.unwrap();
    let tokens = client.trade(&code, &client.paste_uri()).await;
    let account = client.api("/accounts", &tokens.text("access_token")).await;
    assert_eq!(account.text("account_id"), "ac_sandbox_grace");
}

#[tokio::test]
async fn a_refusal_comes_back_as_access_denied() {
    let sandbox = Sandbox::start().await.unwrap();
    let listener = Listener::start().await;
    sandbox.browser().refuse(&Client::of(&sandbox).link(&listener.uri(), &[])).await.unwrap();
    let answer = listener.answer();
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "a-state"));
    assert!(!answer.contains_key("code"));
}

#[tokio::test]
async fn an_unknown_client_or_redirect_gets_a_page_and_no_redirect() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    for (name, value) in [
        ("client_id", "somebody-else"),
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", "http://localhost.evil.example/"),
        ("redirect_uri", "http://localhost:1@evil.example/"),
        ("redirect_uri", ""),
    ] {
        let page = sandbox.browser().open(&client.link(CALLBACK, &[(name, value)])).await.unwrap();
        assert_eq!((page.status, page.visited.len()), (400, 1), "{name}={value}");
        assert!(page.body.contains("This is not CARTO."));
    }
    let twice = format!("{}&client_id=again", client.link(CALLBACK, &[]));
    assert_eq!(sandbox.browser().open(&twice).await.unwrap().status, 400);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_comes_back_by_redirect() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge", "too-short", "invalid_request"),
        ("audience", "another", "access_denied"),
        ("audience", "", "access_denied"),
        ("scope", "None", "invalid_scope"),
        ("state", "", "invalid_request"),
        ("organization", "org_unknown", "invalid_request"),
        ("prompt", "none", "login_required"),
    ] {
        let listener = Listener::start().await;
        sandbox.browser().open(&client.link(&listener.uri(), &[(name, value)])).await.unwrap();
        assert_eq!(listener.answer()["error"], error, "{name}={value}");
    }
}

#[tokio::test]
async fn offline_access_can_be_refused_or_bring_nothing() {
    let refusing = Settings { offline_scope: OfflineScope::Refused, ..Settings::default() };
    let sandbox = Sandbox::start_with(refusing).await.unwrap();
    let listener = Listener::start().await;
    let link = Client::of(&sandbox).link(&listener.uri(), &[("scope", "openid offline_access")]);
    sandbox.browser().sign_in(&link).await.unwrap();
    assert_eq!(listener.answer()["error"], "invalid_scope");

    let without = Settings { refresh_tokens: false, ..Settings::default() };
    let sandbox = Sandbox::start_with(without).await.unwrap();
    let client = Client::of(&sandbox);
    let tokens = client.sign_in(&sandbox, &[("scope", "offline_access")]).await;
    assert!(tokens.json().get("refresh_token").is_none());
}

#[tokio::test]
async fn an_organization_is_named_in_the_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let tokens = client.sign_in(&sandbox, &[("organization", "org_sandbox")]).await;
    assert_eq!(tokens.claims()["org_id"], "org_sandbox");
    assert!(client.sign_in(&sandbox, &[]).await.claims().get("org_id").is_none());
}

#[tokio::test]
async fn nobody_is_asked_when_sign_in_is_automatic_unless_the_client_wants_it() {
    let automatic = Settings { sign_in: SignIn::Automatic, ..Settings::default() };
    let sandbox = Sandbox::start_with(automatic).await.unwrap();
    let client = Client::of(&sandbox);
    let listener = Listener::start().await;
    sandbox.browser().open(&client.link(&listener.uri(), &[])).await.unwrap();
    assert!(listener.answer().contains_key("code"));
    let page = sandbox.browser().open(&client.link(&listener.uri(), &[("prompt", "login")])).await.unwrap();
    assert!(page.body.contains("Who are you?"));
}

#[tokio::test]
async fn the_issuer_can_be_left_out_of_the_answer() {
    let silent = Settings { issuer_in_answer: false, ..Settings::default() };
    let sandbox = Sandbox::start_with(silent).await.unwrap();
    let client = Client::of(&sandbox);
    let listener = Listener::start().await;
    sandbox.browser().sign_in(&client.link(&listener.uri(), &[])).await.unwrap();
    assert!(!listener.answer().contains_key("iss"));
    let metadata = client.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], false);
    assert_eq!(metadata["issuer"], format!("{}/", sandbox.url()));
}

#[tokio::test]
async fn a_login_page_takes_one_decision() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let page = sandbox.browser().open(&client.paste_link(&[])).await.unwrap();
    let (_, rest) = page.body.split_once("name=\"transaction\" value=\"").unwrap();
    let transaction = rest.split_once('"').unwrap().0;
    let form = [("transaction", transaction), ("person", "ada@example.com"), ("decision", "sign-in")];
    assert_eq!(client.post("/authorize/decision", &form).await.status, 303);
    assert_eq!(client.post("/authorize/decision", &form).await.status, 400);
}

#[tokio::test]
async fn every_page_says_that_it_is_not_carto_and_loads_nothing_from_elsewhere() {
    let sandbox = Sandbox::start().await.unwrap();
    let link = Client::of(&sandbox).link(CALLBACK, &[]);
    let url = |path: &str| format!("{}{path}", sandbox.url());
    for link in [
        url("/"),
        url("/auth/token?code=x"),
        url("/auth/token"),
        url("/auth/success"),
        url("/authorize"),
        link,
    ] {
        let page = sandbox.browser().open(&link).await.unwrap();
        assert!(page.body.contains("This is not CARTO."), "{link}");
        assert!(page.body.contains("<html lang=\"en\">") && page.body.contains("<h1>"), "{link}");
        assert!(!page.body.contains("src=") && !page.body.contains("<link"), "{link}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"), "{policy}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn a_page_shows_what_came_from_outside_as_text() {
    let sandbox = Sandbox::start().await.unwrap();
    let link = format!("{}/auth/token?code=%3Cscript%3Ealert(1)%3C/script%3E", sandbox.url());
    let page = sandbox.browser().open(&link).await.unwrap();
    assert!(page.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.body.contains("<script>alert"));
}

#[tokio::test]
async fn the_form_may_lead_to_the_client_and_nowhere_else() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let policy = |page: carto_sandbox::Page| page.header("content-security-policy").unwrap().to_owned();
    let page = sandbox.browser().open(&client.link("http://localhost:10000/callback/", &[])).await.unwrap();
    assert!(policy(page).contains("form-action 'self' http://localhost:10000;"));
    let page = sandbox.browser().open(&client.link("http://[::1]:10000/callback/", &[])).await.unwrap();
    assert!(policy(page).contains("form-action 'self' http:;"));
}

#[tokio::test]
async fn the_browser_goes_nowhere_but_loopback() {
    let sandbox = Sandbox::start().await.unwrap();
    for link in ["http://example.com/", "https://127.0.0.1/", "http://192.0.2.1/"] {
        let error = sandbox.browser().open(link).await.unwrap_err();
        assert!(error.to_string().contains("is not on loopback over plain http"), "{error}");
    }
}

#[tokio::test]
async fn the_browser_finds_localhost_on_both_loopback_addresses() {
    for address in ["127.0.0.1", "::1"] {
        let settings = Settings { address: address.parse().unwrap(), ..Settings::default() };
        let sandbox = Sandbox::start_with(settings).await.unwrap();
        let port = sandbox.url().rsplit(':').next().unwrap().to_owned();
        let page = sandbox.browser().open(&format!("http://localhost:{port}/")).await.unwrap();
        assert_eq!(page.status, 200, "{address}");
        assert!(sandbox.browser().code_page(&Client::of(&sandbox).paste_link(&[])).await.is_ok());
    }
}

#[tokio::test]
async fn the_browser_stops_following_redirects_that_do_not_end() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.plan_always(Route::Index, Fault::Answer(carto_sandbox::Answer::see_other("/")));
    let error = sandbox.browser().open(sandbox.url()).await.unwrap_err();
    assert_eq!(error.to_string(), "10 redirects and no page");
}

#[tokio::test(start_paused = true)]
async fn a_visit_does_not_let_a_paused_clock_run_ahead() {
    let sandbox = Sandbox::start().await.unwrap();
    let link = Client::of(&sandbox).paste_link(&[]);
    let browser = sandbox.browser();
    let visit = tokio::time::timeout(Duration::from_millis(1), browser.code_page(&link));
    assert!(visit.await.unwrap().unwrap().starts_with("sandbox-code-"));
}

#[test]
fn a_sandbox_and_its_browser_need_no_runtime_of_the_caller() {
    let sandbox = Sandbox::start_blocking(Settings::default()).unwrap();
    let link = Client::of(&sandbox).paste_link(&[]);
    assert!(sandbox.browser().code_page_blocking(&link).unwrap().starts_with("sandbox-code-"));
    assert_eq!(VERIFIER.len(), 43);
}
