//! What the token endpoint gives, refuses and takes back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use carto_sandbox::{ADA, AUDIENCE, PUBLIC_CLIENT_ID, Sandbox, Settings};
use client::{Answer, Client, VERIFIER};
use rsa::sha2::{Digest as _, Sha256};
use rsa::{BoxedUint, Pkcs1v15Sign, PublicKey};
use serde_json::{Value, json};

#[tokio::test]
async fn an_access_token_is_shaped_like_cartos() {
    let sandbox = Sandbox::start().await.unwrap();
    let issuer = format!("{}/", sandbox.url());
    let claims = Client::of(&sandbox).sign_in(&sandbox, &[]).await.claims();
    assert_eq!(claims["iss"], issuer);
    assert_eq!(claims["sub"], ADA.user_id);
    assert_eq!(claims["aud"], json!([AUDIENCE, format!("{issuer}userinfo")]));
    assert_eq!(claims["azp"], PUBLIC_CLIENT_ID);
    assert_eq!(claims["http://app.carto.com/account_id"], ADA.account_id);
    assert_eq!(claims["http://app.carto.com/email"], ADA.email);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 86_400);
    assert!(claims["permissions"].as_array().unwrap().contains(&json!("read:connections")));
}

#[tokio::test]
async fn a_token_is_signed_by_the_published_key() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let token = client.sign_in(&sandbox, &[]).await.text("access_token");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(signed.split('.').next().unwrap())).unwrap();
    let key = client.get("/.well-known/jwks.json").await.json()["keys"][0].clone();
    assert_eq!(
        (&header["alg"], &header["typ"], &header["kid"]),
        (&json!("RS256"), &json!("JWT"), &key["kid"])
    );
    assert!(key["kid"].as_str().unwrap().starts_with("sandbox-"));

    let number = |name: &str| BoxedUint::from_be_slice_vartime(&decode(key[name].as_str().unwrap()));
    let key = PublicKey::new(number("n"), number("e")).unwrap();
    let digest = Sha256::digest(signed);
    key.verify(Pkcs1v15Sign::new::<Sha256>(), &digest, &decode(signature)).unwrap();
}

#[tokio::test]
async fn a_machine_is_told_what_is_left_of_its_quota_and_refused_after_that() {
    let counted =
        Settings { m2m_tokens_per_hour: Some(2), m2m_tokens_per_day: Some(3), ..Settings::default() };
    let sandbox = Sandbox::start_with(counted).await.unwrap();
    let client = Client::of(&sandbox);
    let (one, other) = (sandbox.m2m_client(), sandbox.add_m2m_client());
    let left = |answer: &Answer| {
        let buckets = answer.header("auth0-client-quota-limit").unwrap().split(',');
        buckets.map(|bucket| bucket.rsplit_once(";t=").unwrap().0.to_owned()).collect::<Vec<_>>().join(",")
    };
    let first = client.machine_token(&one).await;
    assert_eq!((first.status, left(&first)), (200, "b=per_hour;q=2;r=1,b=per_day;q=3;r=2".into()));
    let second = client.machine_token(&one).await;
    assert_eq!((second.status, left(&second)), (200, "b=per_hour;q=2;r=0,b=per_day;q=3;r=1".into()));
    let third = client.machine_token(&one).await;
    refused(&third, 429, "too_many_requests");
    assert_eq!(left(&third), "b=per_hour;q=2;r=0,b=per_day;q=3;r=1", "a refusal costs nothing");
    assert_eq!(client.machine_token(&other).await.status, 200, "each client has its own");
    assert!(client.sign_in(&sandbox, &[]).await.header("auth0-client-quota-limit").is_none());
}

#[tokio::test]
async fn a_code_is_good_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let code = sandbox.browser().code_page(&client.paste_link(&[])).await.unwrap();
    assert_eq!(client.trade(&code, &client.paste_uri()).await.status, 200);
    refused(&client.trade(&code, &client.paste_uri()).await, 403, "invalid_grant");
}

#[tokio::test]
async fn a_code_is_good_for_a_while() {
    let brief = Settings { code_life: Duration::ZERO, ..Settings::default() };
    let sandbox = Sandbox::start_with(brief).await.unwrap();
    let client = Client::of(&sandbox);
    let code = sandbox.browser().code_page(&client.paste_link(&[])).await.unwrap();
    refused(&client.trade(&code, &client.paste_uri()).await, 403, "invalid_grant");
}

#[tokio::test]
async fn a_code_needs_the_redirect_uri_and_the_verifier_it_was_asked_with() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let paste = client.paste_uri();
    let other = VERIFIER.replace('d', "e");
    for (redirect_uri, verifier) in [("http://localhost:1/", VERIFIER), (&paste, &other), (&paste, "short")] {
        let code = sandbox.browser().code_page(&client.paste_link(&[])).await.unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", PUBLIC_CLIENT_ID),
            ("code", &code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        refused(&client.post("/oauth/token", &form).await, 403, "invalid_grant");
    }
}

#[tokio::test]
async fn a_refresh_token_changes_with_every_use() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let first = client.sign_in(&sandbox, &[]).await.text("refresh_token");
    let second = client.refresh(&first).await;
    let third = client.refresh(&second.text("refresh_token")).await;
    assert!(first.starts_with("sandbox-refresh-"));
    assert_ne!(second.text("refresh_token"), third.text("refresh_token"));
    assert_ne!(second.text("access_token"), third.text("access_token"));
    assert_eq!(client.api("/users/me", &third.text("access_token")).await.status, 200);
}

#[tokio::test]
async fn a_reused_refresh_token_ends_its_family() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let first = sandbox.issue(ADA).refresh_token;
    let others = sandbox.issue(ADA).refresh_token;
    let second = client.refresh(&first).await.text("refresh_token");
    let reused = client.refresh(&first).await;
    refused(&reused, 403, "invalid_grant");
    assert_eq!(reused.text("error_description"), "Unknown or invalid refresh token.");
    refused(&client.refresh(&second).await, 403, "invalid_grant");
    assert_eq!(client.refresh(&others).await.status, 200);
}

#[tokio::test]
async fn a_revoked_refresh_token_ends_its_family_and_an_unknown_one_is_no_error() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let first = sandbox.issue(ADA).refresh_token;
    let second = client.refresh(&first).await.text("refresh_token");
    for token in [first.as_str(), "sandbox-refresh-unknown"] {
        let form = [("client_id", PUBLIC_CLIENT_ID), ("token", token)];
        assert_eq!(client.post("/oauth/revoke", &form).await.status, 200);
    }
    refused(&client.refresh(&second).await, 403, "invalid_grant");
}

#[tokio::test]
async fn a_machine_gets_a_token_for_its_secret() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let machine = sandbox.m2m_client();
    assert!(machine.0.starts_with("sandbox-") && machine.1.starts_with("sandbox-"));
    let tokens = client.machine_token(&machine).await;
    assert_eq!(tokens.claims()["sub"], format!("{}@clients", machine.0));
    assert!(tokens.json().get("refresh_token").is_none());
    assert!(tokens.header("x-ratelimit-reset").unwrap().parse::<u64>().is_ok());
    assert_eq!(
        (tokens.header("x-ratelimit-limit"), tokens.header("cache-control")),
        (Some("100"), Some("no-store"))
    );
    assert!(tokens.header("date").is_some());
    assert_eq!(client.api("/v3/connections", &tokens.text("access_token")).await.status, 200);

    let form = json!({"grant_type": "client_credentials", "client_id": machine.0, "client_secret": machine.1,
        "audience": AUDIENCE});
    assert_eq!(client.post_json("/oauth/token", None, &form).await.status, 200);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_auth0s_words() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let (id, old) = sandbox.add_m2m_client();
    assert_eq!(client.machine_token(&(id.clone(), old.clone())).await.status, 200);
    let new = sandbox.rotate_m2m_secret(&id);
    let answer = client.machine_token(&(id.clone(), old)).await;
    refused(&answer, 401, "access_denied");
    assert_eq!(answer.text("error_description"), "Unauthorized");
    assert_eq!(client.machine_token(&(id, new.clone())).await.status, 200);
    refused(&client.machine_token(&("unknown".to_owned(), new)).await, 401, "invalid_client");
}

#[tokio::test]
async fn a_client_proves_itself_in_one_way_only() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.forgive();
    let client = Client::of(&sandbox);
    let (id, secret) = sandbox.m2m_client();
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let headers = [("authorization", basic.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let form = format!("grant_type=client_credentials&audience={AUDIENCE}");
    assert_eq!(client.send("POST", "/oauth/token", &headers, &form).await.unwrap().status, 200);
    assert!(sandbox.unplanned().is_empty());
    let both = format!("{form}&client_id={id}&client_secret={secret}");
    refused(&client.send("POST", "/oauth/token", &headers, &both).await.unwrap(), 400, "invalid_request");
    assert_eq!(sandbox.unplanned().len(), 1);
}

#[tokio::test]
async fn each_client_has_its_own_grants() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let (id, secret) = sandbox.m2m_client();
    let token = |form: Vec<(&'static str, String)>| {
        let client = &client;
        async move {
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            client.post("/oauth/token", &form).await
        }
    };
    let public = || ("client_id", PUBLIC_CLIENT_ID.to_owned());
    let machine = || [("client_id", id.clone()), ("client_secret", secret.clone())];
    let grant = |name: &str| ("grant_type", name.to_owned());

    refused(&token(vec![public(), grant("client_credentials")]).await, 403, "unauthorized_client");
    let mut form = machine().to_vec();
    form.push(grant("authorization_code"));
    refused(&token(form).await, 403, "unauthorized_client");
    refused(&token(vec![public(), grant("password")]).await, 403, "unsupported_grant_type");
    refused(&token(vec![public()]).await, 400, "invalid_request");
    refused(&token(vec![grant("refresh_token")]).await, 400, "invalid_request");
    refused(&token(vec![public(), public(), grant("refresh_token")]).await, 400, "invalid_request");
    let mut form = machine().to_vec();
    form.extend([grant("client_credentials"), ("audience", "another".to_owned())]);
    refused(&token(form).await, 403, "access_denied");
}

#[tokio::test]
async fn the_scope_that_was_granted_is_told() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let scope = "read:connections unknown:scope offline_access";
    let tokens = client.sign_in(&sandbox, &[("scope", scope)]).await;
    assert_eq!(tokens.text("scope"), "read:connections offline_access");
    assert!(tokens.json().get("id_token").is_none());
    let tokens = client.sign_in(&sandbox, &[("scope", "")]).await;
    assert!(tokens.text("scope").contains("read:current_user"));
    assert!(tokens.json().get("refresh_token").is_none());
}

fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.text("error").as_str()), (status, error), "{answer:?}");
    assert!(!answer.text("error_description").is_empty());
}
