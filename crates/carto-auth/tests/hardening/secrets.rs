//! No token, code, verifier or secret is ever shown: not by a value, an error, a notice or a log.

use std::fmt::{Debug, Write as _};

use crate::world::{self, DAY, Does, Log, World};
use carto_auth::platform::Input;
use carto_auth::store::{Announcement, FileStore, KeyParts, Kind, MemoryStore, TokenKey, TokenStore};
use carto_auth::{
    CartoAuth, Claims, Credential, CredentialsFile, Environment, Error, M2mCredentials, Options, Profiles,
    Secret, TokenSet, Wanted, Way,
};
use carto_sandbox::{Answer, Fault, Recorded, Route, spellings};

#[tokio::test]
async fn t28_a_sign_in_that_works_shows_none() {
    let (log, _listening) = Log::listen();
    let world = World::new().where_person(Input::Terminal, &["canary-code-alone"]);
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let mut shown = Shown::default();
    shown.value(&auth).value(&auth.status().await.expect("a status")).value(auth.settings());
    shown.value(&auth.carto_dw_credentials().await.expect("credentials"));
    world.clock.pass(DAY);
    shown.value(&auth.access_token().await.expect("renewed"));
    shown.value(&world.platform()).value(&auth.log_out().await.expect("signed out"));
    let job = world.job();
    shown.value(&job.access_token().await.expect("a token")).value(&job).value(job.settings());
    shown.value(&carto_auth::blocking::CartoAuth::from(job));
    shown.text(&world.person.told()).text(&log.text());
    assert!(log.text().contains("answered"), "something was logged");
    shown.holds_none_of(&world.sandbox.secrets());
}

#[tokio::test]
async fn t28_a_sign_in_that_fails_shows_none() {
    let faults: [fn(&Recorded) -> Fault; 5] = [
        |_| Fault::oauth_error(403, "invalid_grant", "Invalid code"),
        |request| Fault::oauth_error(400, "invalid_request", &request.text()),
        |request| Fault::body(400, "text/plain", request.body.clone()),
        |request| Fault::body(500, "text/plain", request.body.clone()),
        |request| {
            Answer::empty(302).header("location", format!("https://evil.example/?{}", request.text())).into()
        },
    ];
    for fault in faults {
        let (log, _listening) = Log::listen();
        let world = World::new();
        world.sandbox.plan_always_with(Route::Token, fault);
        let mut shown = Shown::default();
        shown.error(&world.person().sign_in().await.expect_err("a failure"));
        let page = world.browser.page().await;
        shown.text(&page.body).text(&page.url);
        shown.error(&world.job().access_token().await.expect_err("a failure"));
        shown.text(&world.person.told()).text(&log.text());
        shown.holds_none_of(&world.sandbox.secrets());
    }
}

#[tokio::test]
async fn t28_an_answer_that_is_no_answer_shows_none() {
    let json = "application/json";
    for body in [
        r#"{"access_token":"canary-token","refresh_token":"canary-refresh","token_type":"mac"}"#,
        r#"{"access_token":"canary token","refresh_token":"canary-refresh","token_type":"Bearer"}"#,
        r#"{"access_token":"canary-token","refresh_token":"canary-refresh","token_type":"Bearer","expires_in":-1}"#,
        r#"{"access_token":"canary-token","refresh_token":"canary-refresh""#,
        "canary-token",
    ] {
        let (log, _listening) = Log::listen();
        let world = World::new();
        world.sandbox.plan(Route::Token, Fault::body(200, json, body));
        let mut shown = Shown::default();
        shown.error(&world.person().sign_in().await.expect_err("no token"));
        shown.text(&world.browser.page().await.body).text(&world.person.told()).text(&log.text());
        shown.holds_none_of(&["canary".to_owned()]);
    }
}

#[tokio::test]
async fn t28_a_renewal_that_fails_shows_none() {
    let faults: [fn(&Recorded) -> Fault; 3] = [
        |request| Fault::oauth_error(403, "invalid_grant", &request.text()),
        |request| Fault::body(400, "text/plain", request.body.clone()),
        |_| Fault::LoseAnswer,
    ];
    for fault in faults {
        let (log, _listening) = Log::listen();
        let world = World::new().where_browser(Does::SignIn);
        world.person().sign_in().await.expect("signed in");
        let world = world.where_browser(Does::NotOpen);
        world.clock.pass(DAY);
        world.sandbox.plan_with(Route::Token, fault);
        let mut shown = Shown::default();
        let auth = world.person();
        shown.error(&auth.access_token().await.expect_err("a failure")).value(&auth);
        shown.text(&world.person.told()).text(&log.text());
        shown.holds_none_of(&world.sandbox.secrets());
    }
}

#[tokio::test]
async fn t28_an_api_that_says_no_shows_none() {
    for status in [401, 403, 400] {
        let (log, _listening) = Log::listen();
        let world = World::new();
        world.sandbox.plan_always_with(Route::WarehouseToken, move |request| {
            let header = request.header("authorization").unwrap_or_default();
            Answer::api_error(status, &format!("cannot use {header}")).into()
        });
        let mut shown = Shown::default();
        shown.error(&world.job().carto_dw_credentials().await.expect_err("a failure"));
        shown.text(&world.person.told()).text(&log.text());
        shown.holds_none_of(&world.sandbox.secrets());
    }
}

#[tokio::test]
async fn t28_what_is_pasted_is_never_shown() {
    let (log, _listening) = Log::listen();
    let world = World::new()
        .where_person(Input::Terminal, &["canary {}", "https://canary:canary@x/?code=canary", "canary"]);
    world.sandbox.plan(Route::Token, Fault::oauth_error(403, "invalid_grant", "no such code"));
    let auth = world.open(&Options { way: Some(Way::Paste), ..Options::default() });
    let mut shown = Shown::default();
    shown.error(&auth.sign_in().await.expect_err("an old code"));
    shown.text(&world.person.told()).text(&log.text());
    shown.holds_none_of(&["canary".to_owned()]);
}

#[tokio::test]
async fn t28_no_public_value_shows_one() {
    let world = World::new();
    let secret = || Secret::new("canary");
    let mut shown = Shown::default();
    let mut token = TokenSet::new(secret(), 0, None);
    token.refresh_token = Some(secret());
    let path = world.write_credentials("own.json", "sandbox-id", "sandbox-canary");
    let credentials = M2mCredentials::read(&path, &world.platform()).expect("credentials");
    let key = TokenKey::new(KeyParts {
        kind: Kind::M2m,
        issuer: "https://auth.carto.com".into(),
        client_id: "id".into(),
        audience: "audience".into(),
        organization: None,
        scopes: Vec::new(),
        api_base_url: None,
        account: TokenKey::account_of_secret(&secret()),
    });
    shown.value(&secret()).value(&token).value(&credentials).value(&key).value(&key.id());
    shown.value(&Credential::M2m(credentials.clone())).value(&Wanted::Credentials(credentials));
    shown
        .value(&Wanted::Token { api_base_url: None, token: secret() })
        .value(&Credential::Token { token: secret() });
    shown.value(&Environment::default()).value(&Options::default()).value(&Profiles::read(&world.platform()));
    shown.value(&Claims::read(&world.sandbox.issue(carto_sandbox::ADA).access_token).is_some());
    shown.value(&Announcement::new(&world.platform(), None));
    let (memory, files) = (MemoryStore::new(), FileStore::in_folder(world.cache(), &world.platform()));
    for store in [&memory as &dyn TokenStore, &files] {
        let mut entry = store.try_lock(&key).await.expect("tried").expect("locked");
        entry.save(&token).await.expect("saved");
        shown.value(&entry).value(&store);
    }
    let platform =
        world.platform_with(&[("CARTO_API_TOKEN", "canary"), ("CARTO_API_BASE_URL", "https://a.carto.com")]);
    shown.value(&platform);
    let given = CartoAuth::open(platform, &Options::default(), Wanted::Any).expect("settings");
    shown.value(&given).value(&given.status().await.expect("a status")).value(given.settings());
    shown.holds_none_of(&["canary".to_owned()]);
}

#[tokio::test]
async fn t28_a_credentials_file_that_is_wrong_shows_none() {
    let world = World::new();
    let path = world.folder.path().join("credentials.json");
    for text in [
        r#"{"api_base_url":"https://x.carto.com","client_id":"","client_secret":"canary"}"#,
        r#"{"api_base_url":"https://me:canary@x.carto.com","client_id":"id","client_secret":"canary"}"#,
        r#"{"client_secret":"canary",}"#,
        r#"{"client_secret":"canary"#,
        r#"{"client_secret":["canary"]}"#,
        r#""canary""#,
        "canary",
    ] {
        world::write(&path, text);
        let mut shown = Shown::default();
        let wanted = Wanted::CredentialsFile(path.clone());
        shown.error(&CartoAuth::open(world.platform(), &Options::default(), wanted).expect_err(text));
        shown.error(&CredentialsFile::open(&path, &world.platform()).expect_err(text));
        shown.text(&world.person.told());
        shown.holds_none_of(&["canary".to_owned()]);
    }
}

/// Everything that was shown to anybody.
#[derive(Default)]
struct Shown(String);

impl Shown {
    fn text(&mut self, text: &str) -> &mut Self {
        let _ = writeln!(self.0, "{text}");
        self
    }

    fn value(&mut self, value: &dyn Debug) -> &mut Self {
        let _ = writeln!(self.0, "{value:?}\n{value:#?}");
        self
    }

    fn error(&mut self, error: &Error) -> &mut Self {
        let _ = writeln!(self.0, "{error}\n{:?}\n{:?}", error.causes(), error.hint_text());
        self.value(error)
    }

    fn holds_none_of(&self, secrets: &[String]) {
        assert!(!secrets.is_empty());
        for (secret, spelling) in
            secrets.iter().flat_map(|secret| spellings(secret).into_iter().map(move |one| (secret, one)))
        {
            for line in self.0.lines() {
                assert!(!line.contains(&spelling), "{secret} as {spelling} in {line}");
            }
        }
    }
}
