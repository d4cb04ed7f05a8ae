//! What the API gives for a token, and without one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;

use carto_sandbox::{ADA, GRACE, Sandbox, Settings};
use client::Client;
use serde_json::json;

const GUARDED: [&str; 6] = [
    "/accounts",
    "/users/me",
    "/v3/connections",
    "/v3/connections/carto-dw/token",
    "/v3/sql/carto_dw/query?q=SELECT+1",
    "/v3/tokens",
];

#[tokio::test]
async fn every_route_needs_a_token_that_lives() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let token = sandbox.issue(ADA).access_token;
    for path in GUARDED {
        let answer = client.get(path).await;
        assert_eq!(
            (answer.status, answer.json()),
            (401, json!({"error": "Token not defined", "status": 401}))
        );
        assert_eq!(client.api(path, "sandbox-unknown").await.text("error"), "Invalid token");
        assert_eq!(client.api(path, &token).await.status, 200, "{path}");
    }
    sandbox.expire_tokens();
    for path in GUARDED {
        let answer = client.api(path, &token).await;
        assert_eq!((answer.status, answer.text("error").as_str()), (401, "Token expired"));
    }
}

#[tokio::test]
async fn revoking_everything_ends_tokens_of_every_kind() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let issued = sandbox.issue(ADA);
    let api_token = make_token(&client, &issued.access_token).await;
    sandbox.revoke_everything();
    assert_eq!(client.api("/accounts", &issued.access_token).await.status, 401);
    assert_eq!(client.api(GUARDED[4], &api_token).await.status, 401);
    assert_eq!(client.refresh(&issued.refresh_token).await.status, 403);
}

#[tokio::test]
async fn a_client_finds_the_api_through_the_account() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let account = client.api("/accounts", &sandbox.issue(ADA).access_token).await;
    assert_eq!(format!("http://{}", account.text("tenant_domain")), sandbox.url());
    let config = String::from_utf8(client.get("/config.yaml").await.body).unwrap();
    assert!(config.contains(&format!("apis:\n  baseUrl: \"{}\"\n", sandbox.url())), "{config}");
}

#[tokio::test]
async fn a_self_hosted_carto_has_its_api_under_a_path_and_a_domain_of_its_own() {
    let settings = Settings {
        api_path: "/api".to_owned(),
        tenant_domain: Some("carto.example.com".to_owned()),
        ..Settings::default()
    };
    let sandbox = Sandbox::start_with(settings).await.unwrap();
    let client = Client::of(&sandbox);
    let token = sandbox.issue(ADA).access_token;
    assert_eq!(client.api("/accounts", &token).await.text("tenant_domain"), "carto.example.com");
    assert_eq!(client.api("/api/v3/connections", &token).await.status, 200);
    let base = ("CARTO_API_BASE_URL".to_owned(), format!("{}/api", sandbox.url()));
    assert!(sandbox.variables().contains(&base));
}

#[tokio::test]
async fn the_warehouse_token_is_a_project_and_a_token_of_the_account() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let token = sandbox.issue(GRACE).access_token;
    let answer = client.api("/v3/connections/carto-dw/token", &token).await;
    assert_eq!(answer.text("projectId"), "sandbox-carto-dw-ac-grace");
    assert!(answer.text("token").starts_with("sandbox-ya29."));
    assert_eq!(answer.json().as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_query_answers_rows_by_get_and_by_post() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let token = sandbox.issue(ADA).access_token;
    let by_get = client.api("/v3/sql/carto_dw/query?q=SELECT+1", &token).await.json();
    let by_post =
        client.post_json("/v3/sql/carto_dw/query", Some(&token), &json!({"q": "SELECT 1"})).await.json();
    assert_eq!(by_get, by_post);
    assert_eq!(by_get["rows"].as_array().unwrap().len(), 3);
    assert_eq!(by_get["schema"][0], json!({"name": "id", "type": "number"}));
    assert_eq!(client.api("/v3/sql/unknown/query?q=SELECT+1", &token).await.status, 404);
    assert_eq!(client.api("/v3/sql/carto_dw/query", &token).await.status, 400);
}

#[tokio::test]
async fn an_api_access_token_opens_what_it_was_made_for_and_nothing_else() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let token = make_token(&client, &sandbox.issue(ADA).access_token).await;
    assert!(token.starts_with("sandbox-token-"));
    for path in GUARDED {
        let expected = if path.starts_with("/v3/sql/") { 200 } else { 403 };
        assert_eq!(client.api(path, &token).await.status, expected, "{path}");
    }
    assert_eq!(client.api("/v3/sql/sandbox-postgres/query?q=SELECT+1", &token).await.status, 403);
    assert_eq!(client.api(GUARDED[4], &sandbox.issue_api_token(ADA)).await.status, 200);
}

#[tokio::test]
async fn an_api_access_token_belongs_to_an_account_until_it_is_deleted() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let (ada, grace) = (sandbox.issue(ADA).access_token, sandbox.issue(GRACE).access_token);
    let token = make_token(&client, &ada).await;
    let path = format!("/v3/tokens/{token}");
    assert_eq!(client.api(&path, &ada).await.text("token"), token);
    assert_eq!(client.api(&path, &grace).await.status, 404);
    assert_eq!(client.api("/v3/tokens", &grace).await.json(), json!([]));
    let bearer = format!("Bearer {ada}");
    let deleted = client.send("DELETE", &path, &[("authorization", &bearer)], "").await.unwrap();
    assert_eq!(deleted.status, 204);
    assert_eq!(client.api("/v3/tokens", &ada).await.json(), json!([]));
    assert_eq!(client.api(GUARDED[4], &token).await.status, 401);
}

#[tokio::test]
async fn an_api_access_token_can_end_by_its_date_and_ask_for_a_referer() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let ada = sandbox.issue(ADA).access_token;
    let mut asked = request();
    asked["expiration_date"] = "2001-01-01T00:00:00Z".into();
    let old = client.post_json("/v3/tokens", Some(&ada), &asked).await.text("token");
    assert_eq!(client.api(GUARDED[4], &old).await.text("error"), "Token expired");

    let mut asked = request();
    asked["referers"] = json!(["https://maps.example.com"]);
    let token = client.post_json("/v3/tokens", Some(&ada), &asked).await.text("token");
    assert_eq!(client.api(GUARDED[4], &token).await.text("error"), "Unauthorized referer");
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("referer", "https://maps.example.com/page")];
    assert_eq!(client.send("GET", GUARDED[4], &headers, "").await.unwrap().status, 200);
}

#[tokio::test]
async fn a_wrong_request_for_an_api_access_token_is_told_what_is_wrong() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::of(&sandbox);
    let ada = sandbox.issue(ADA).access_token;
    for (name, value, why) in [
        ("allowedApis", json!(["sql"]), "unknown field `allowedApis`"),
        ("grants", json!([]), "`grants` must be a list with at least one item"),
        ("allowed_apis", json!("sql"), "`allowed_apis` must be a list with at least one item"),
        ("expiration_date", json!("tomorrow"), "`expiration_date` must be a time"),
    ] {
        let mut asked = request();
        asked[name] = value;
        let answer = client.post_json("/v3/tokens", Some(&ada), &asked).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text("description").starts_with(why), "{answer:?}");
    }
}

fn request() -> serde_json::Value {
    json!({"grants": [{"connection_name": "carto_dw", "source": "SELECT 1"}], "allowed_apis": ["sql"]})
}

async fn make_token(client: &Client, access_token: &str) -> String {
    client.post_json("/v3/tokens", Some(access_token), &request()).await.text("token")
}
