//! Attackers of the threat model whom no other test plays; `SECURITY.md` names the test of each row.

#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use std::path::PathBuf;
use std::time::Duration;

use carto_auth::platform::Place;
use carto_auth::{CartoAuth, ErrorKind, Options, Platform, Wanted, Way};
use carto_sandbox::{Answer, Route, Sandbox, Settings};
use serde_json::json;
use world::World;

#[tokio::test]
async fn a_hostile_server_cannot_have_anything_but_a_web_address_opened() {
    for evil in [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://evil.example/authorize",
        "https://me:pw@evil.example/authorize",
        "--incognito",
        "calc.exe",
    ] {
        let world = World::new();
        let url = world.sandbox.url();
        let metadata = json!({
            "issuer": format!("{url}/"),
            "authorization_endpoint": evil,
            "token_endpoint": format!("{url}/oauth/token"),
        });
        world.sandbox.plan_always(Route::Discovery, Answer::json(200, &metadata));
        world.person().sign_in().await.expect("signed in by the routes of Auth0");
        assert!(world.browser.opened()[0].starts_with(&format!("{url}/authorize?")), "{evil}");
    }
}

#[tokio::test]
async fn a_hostile_api_cannot_send_a_token_elsewhere() {
    for status in [301, 302, 303, 307, 308] {
        let world = World::new();
        let elsewhere = Sandbox::start_blocking(Settings::default()).expect("another server");
        let place = format!("{}/sql", elsewhere.url());
        let away = || Answer::empty(status).header("location", &place);
        for route in [Route::WarehouseToken, Route::Accounts, Route::Config] {
            world.sandbox.plan_always(route, away());
        }
        let error = world.job().carto_dw_credentials().await.expect_err("it leads elsewhere");
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error:?}");
        let person = world.person();
        person.sign_in().await.expect("signed in");
        person.api_base_url().await.expect_err("it leads elsewhere");
        assert_eq!(elsewhere.recorded().len(), 0, "{status}");
    }
}

#[tokio::test]
async fn a_token_of_somebody_elses_file_is_not_used_and_theirs_is_no_lock() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a file away.
    }
    for path in world.kept() {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).expect("open to all");
        chown(&path, Some(STRANGER), None).expect("given away");
    }
    let again = world.person();
    assert_eq!(again.cached_access_token().expect("read"), None);
    again.sign_in().await.expect("in memory");
    assert_eq!(world.browser.opened().len(), 2);
    assert!(world.person.told().contains("54321"), "{}", world.person.told());
}

#[tokio::test]
async fn a_sign_in_that_a_stranger_has_begun_is_not_ended_here() {
    use std::os::unix::fs::chown;
    let world = World::new().at(Place::Headless);
    let by_paste = || world.open(&Options { way: Some(Way::Paste), ..Options::default() });
    by_paste().sign_in().await.expect_err("nobody pastes");
    let code = world.sandbox.browser().code_page(&world.person.first_link()).await.expect("a code");
    let is_pending = |path: &PathBuf| path.extension().is_some_and(|end| end == "pending");
    let pending = world.kept().into_iter().find(is_pending).expect("it waits");
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a file away.
    }
    chown(&pending, Some(STRANGER), None).expect("given away");
    let error = by_paste().complete_sign_in(&code).await.expect_err("not ours");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert!(error.to_string().contains("another user"), "{error}");
    assert_eq!(world.sandbox.requests(Route::Token), 0);
    assert!(pending.exists(), "what is not ours stays");
}

#[tokio::test]
async fn a_link_that_a_stranger_has_left_is_not_shown_as_the_one_to_open() {
    use std::os::unix::fs::chown;
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a file away.
    }
    for (owner, is_shown) in [(0, true), (STRANGER, false)] {
        let world = World::new();
        world.person().sign_in().await.expect("signed in");
        world.person().log_out().await.expect("signed out");
        let is_persons = |path: &PathBuf| path.to_string_lossy().contains("/oauth-");
        let lock = world.kept().into_iter().find(is_persons).expect("a lock");
        let held = std::fs::File::options().write(true).open(&lock).expect("opened");
        held.lock().expect("somebody is at it");
        let key = lock.file_stem().expect("a name").to_string_lossy().into_owned();
        let said = json!({
            "key": key, "attempt": "one", "who": "`carto-auth`", "started_at": 1, "link": "https://evil.example/authorize",
        });
        let login = lock.with_extension("login");
        world::write(&login, &said.to_string());
        chown(&login, Some(owner), None).expect("given away");
        let soon = Options { timeout: Some(Duration::from_secs(1)), ..Options::default() };
        world.open(&soon).sign_in().await.expect_err("somebody is at it");
        let told = world.person.told();
        assert_eq!(told.contains("evil.example"), is_shown, "{told}");
    }
}

#[tokio::test]
async fn the_browser_that_is_opened_is_told_the_link_and_nothing_secret() {
    let world = World::new();
    world.person().sign_in().await.expect("signed in");
    let link = &world.browser.opened()[0];
    let requests = world.sandbox.recorded();
    let exchange = requests.iter().find(|request| request.route == Route::Token).expect("an exchange");
    for name in ["code", "code_verifier"] {
        assert!(!link.contains(&exchange.parameter(name).expect(name)), "`{name}` in the link");
    }
}

#[tokio::test]
async fn an_address_to_which_a_token_would_go_is_refused_before_anybody_is_asked() {
    for (variable, url) in [
        ("CARTO_AUTH_URL", "http://auth.evil.example"),
        ("CARTO_ACCOUNTS_URL", "http://accounts.evil.example"),
        ("CARTO_API_BASE_URL", "http://api.evil.example"),
        ("CARTO_AUTH_REDIRECT_URI", "http://evil.example/callback/"),
        ("CARTO_AUTH_REDIRECT_URI", "https://evil.example/callback/"),
    ] {
        let world = World::new();
        let platform: Platform = world.platform_with(&[(variable, url)]);
        let opened = CartoAuth::open(platform, &Options::default(), Wanted::Person);
        assert_eq!(opened.expect_err(url).kind(), ErrorKind::Config, "{variable}");
        assert_eq!(world.sandbox.recorded().len(), 0);
    }
}

/// A user who is nobody here.
const STRANGER: u32 = 54_321;
