//! P07 to P10: what is pasted by mistake, or not at all, or too late.

use std::sync::Arc;
use std::time::Duration;

use carto_auth::platform::{Input, Place};
use carto_auth::{ErrorKind, Options, Way};
use carto_sandbox::Route;

use crate::paste::{by_paste, paste};
use crate::world::{Log, Person, World, query};

#[tokio::test]
async fn p08_a_mistake_is_named_and_never_shown() {
    let world = World::new().where_person(Input::Terminal, &[]).at(Place::Ssh);
    let auth = world.person();
    let (result, ()) = tokio::join!(auth.sign_in(), async {
        let link = world.person.link(0).await;
        let token = world.sandbox.issue(carto_sandbox::ADA).access_token;
        let fragment = format!("{}/auth/token#code=canary&state=canary", world.sandbox.url());
        world.person.will_type(&[&token, &fragment]);
        while world.person.asked() < 3 {
            tokio::task::yield_now().await;
        }
        let told = world.person.told();
        assert!(told.contains("this is an access token"), "{told}");
        assert!(told.contains("behind a `#`"), "{told}");
        assert!(!told.contains(&token) && !told.contains("canary"), "{told}");
        world.person.will_type(&[&link]);
    });
    let error = result.expect_err("the third mistake");
    assert!(error.to_string().contains("this is the link to open"), "{error}");
}

#[tokio::test]
async fn p08_another_site_is_named() {
    let world = World::new().where_person(Input::Pipe, &["https://evil.example/?code=canary"]);
    let error = by_paste(&world).sign_in().await.expect_err("another site");
    assert_eq!(error.to_string(), "this is an address of evil.example, not the page that shows the code");
}

#[tokio::test]
async fn p09_an_input_that_ends_names_what_a_job_uses() {
    for (input, typed) in
        [(Input::Pipe, &[][..]), (Input::Pipe, &[""]), (Input::Pipe, &["\n"]), (Input::Nobody, &[])]
    {
        let world = World::new().where_person(input, typed).at(Place::Headless);
        let error = by_paste(&world).sign_in().await.expect_err("no code came");
        assert_eq!(error.kind(), ErrorKind::PersonNeeded);
        assert!(error.hint_text().expect("a hint").contains("CARTO_M2M_CLIENT_ID"));
        assert!(world.person.asked() <= 1);
        assert_eq!(world.sandbox.requests(Route::Token), 0);
    }
}

#[tokio::test]
async fn p09_an_empty_line_at_a_terminal_is_asked_about() {
    let world = World::new().where_person(Input::Terminal, &["", " "]).at(Place::Ssh);
    paste(&world, &world.person(), |code, _| code.to_owned()).await.expect("signed in");
}

#[tokio::test]
async fn p09_a_pipe_that_stays_silent_ends_with_the_sign_in() {
    let mut world = World::new().at(Place::Headless);
    world.person = Arc::new(Person::with_an_open_pipe());
    let timeout = Some(Duration::from_secs(1));
    let auth = world.open(&Options { way: Some(Way::Paste), timeout, ..Options::default() });
    let error = auth.sign_in().await.expect_err("nothing came");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.hint_text().expect("a hint").contains("--timeout"));
}

#[tokio::test]
async fn p10_a_code_that_is_not_accepted_any_more_gets_a_fresh_link_at_a_terminal() {
    let world = World::new().where_person(Input::Terminal, &["an-old-code"]).at(Place::Ssh);
    let auth = world.person();
    let (result, ()) = tokio::join!(auth.sign_in(), async {
        let fresh = world.person.link(1).await;
        let first = world.person.first_link();
        for name in ["state", "code_challenge"] {
            assert_ne!(query(&fresh, name), query(&first, name));
        }
        let code = world.sandbox.browser().code_page(&fresh).await.expect("a code");
        world.person.will_type(&[&code]);
    });
    result.expect("signed in");
    assert_eq!(world.sandbox.requests(Route::Token), 2);
}

#[tokio::test]
async fn p10_codes_that_are_never_accepted_come_to_an_end() {
    let world = World::new().where_person(Input::Terminal, &["one", "two", "three", "four"]).at(Place::Ssh);
    let error = world.person().sign_in().await.expect_err("three times wrong");
    assert_eq!(error.oauth_code(), Some("invalid_grant"));
    assert_eq!(world.sandbox.requests(Route::Token), 3);
}

#[tokio::test]
async fn p10_a_code_that_is_not_accepted_is_the_end_at_a_pipe() {
    let world = World::new().where_person(Input::Pipe, &["an-old-code", "never-read"]).at(Place::Headless);
    let error = by_paste(&world).sign_in().await.expect_err("an old code");
    assert_eq!((error.kind(), error.oauth_code()), (ErrorKind::Refused, Some("invalid_grant")));
    assert!(error.causes()[0].contains("`invalid_grant`"), "{error:?}");
    assert_eq!((world.person.asked(), world.sandbox.requests(Route::Token)), (1, 1));
}

#[tokio::test]
async fn p07_a_code_behind_a_number_sign_is_told_and_not_taken() {
    for fragment in ["#code={}&state={}", "?#code={}&state={}", "#state={1}&code={0}", "#error=x&state={1}"] {
        let world = World::new().where_person(Input::Pipe, &[]).at(Place::Headless);
        let text = fragment.replace("{0}", "canary").replace("{1}", "canary").replace("{}", "canary");
        world.person.will_type(&[&format!("{}/auth/token{text}", world.sandbox.url())]);
        let error = by_paste(&world).sign_in().await.expect_err(fragment);
        assert_eq!(error.kind(), ErrorKind::PersonNeeded);
        assert!(error.to_string().contains("behind a `#`"), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        assert_eq!(world.sandbox.requests(Route::Token), 0);
    }
}

#[tokio::test]
async fn p08_whatever_else_is_pasted_is_told_apart_and_never_sent_shown_or_kept() {
    let own = World::new().sandbox.issue(carto_sandbox::ADA).access_token;
    let (id, expired) = ("eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOjF9.", "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.canary");
    let long = "canary".repeat(10_000);
    for (pasted, told) in [
        (own.as_str(), "this is an access token"),
        (id, "this is an access token"),
        (expired, "this is an access token"),
        (&format!("Bearer {own}"), "this is an access token"),
        (&format!("export CARTO_API_TOKEN={own}"), "this is an access token"),
        (&format!("Authorization: Bearer {own}"), "this is an access token"),
        (&format!("{{\"access_token\": \"{own}\"}}"), "this is an access token"),
        (
            "https://canary.example/auth/token?code=canary&state=canary",
            "this is an address of canary.example",
        ),
        ("https://user:canary@app.carto.com/auth/token?code=canary", "this is an address of app.carto.com"),
        ("http://localhost:10000/callback/?code=canary&state=canary", "this is an address of localhost"),
        ("file:///home/canary/code.txt", "this is an address of"),
        ("javascript:alert('canary')", "cannot be read"),
        ("can\u{e4}ry", "cannot be read"),
        ("\u{1f600} canary", "cannot be read"),
        (long.as_str(), "cannot be read"),
        ("http://[canary", "cannot be read"),
    ] {
        let world = World::new().where_person(Input::Pipe, &[pasted]).at(Place::Headless);
        let (log, _listening) = Log::listen();
        let error = by_paste(&world).sign_in().await.expect_err(told);
        assert_eq!(error.kind(), ErrorKind::PersonNeeded, "{error:?}");
        assert!(error.to_string().contains(told), "{told}: {error}");
        let shown = format!("{error:?}{}{}", world.person.told(), log.text());
        assert!(!shown.replace("canary.example", "").contains("canary") && !shown.contains(&own), "{shown}");
        assert_eq!(world.sandbox.requests(Route::Token), 0);
        for file in world.kept().iter().filter(|file| file.is_file()) {
            let text = String::from_utf8_lossy(&std::fs::read(file).expect("a file")).into_owned();
            assert!(!text.contains("canary") && !text.contains(&own), "{}", file.display());
        }
    }
}
