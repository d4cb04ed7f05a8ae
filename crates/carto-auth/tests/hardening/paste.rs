//! P01 to P04: what a person pastes is read, and one of another sign-in is not taken.

use std::sync::Arc;

use carto_auth::platform::{Input, Place};
use carto_auth::{CartoAuth, ErrorKind, Options, Result, Way};
use carto_sandbox::Route;

use crate::world::{Does, Log, Person, World, query};

#[tokio::test]
async fn p01_the_code_that_the_page_shows_is_enough() {
    for place in [Place::Ssh, Place::Container, Place::Headless] {
        let world = World::new().where_browser(Does::NotExist).where_person(Input::Terminal, &[]).at(place);
        let auth = world.person();
        paste(&world, &auth, |code, _| code.to_owned()).await.expect("signed in");
        assert!(auth.access_token().await.is_ok());
    }
}

#[tokio::test]
async fn p01_what_copying_adds_is_no_harm() {
    let decorate: [fn(&str, &str) -> String; 7] = [
        |code, _| format!("  \"{code}\" \n"),
        |code, _| format!("\u{200b}{code}\u{feff}"),
        |code, _| format!("{}\n{}", &code[..5], &code[5..]),
        |code, _| format!("\u{1b}[200~{code}\u{1b}[201~"),
        |_, address| format!("<{address}>"),
        |_, address| address.replace('&', "&amp;"),
        |_, address| address.trim_start_matches("http://").to_owned(),
    ];
    for decorated in decorate {
        let world = World::new().where_person(Input::Terminal, &[]).at(Place::Ssh);
        paste(&world, &world.person(), decorated).await.expect("signed in");
    }
}

#[tokio::test]
async fn p01_a_pipe_may_bring_the_code() {
    let mut world = World::new().at(Place::Headless);
    world.person = Arc::new(Person::with_an_open_pipe());
    paste(&world, &by_paste(&world), |code, _| format!("{code}\n")).await.expect("signed in");
}

#[tokio::test]
async fn p02_the_whole_address_is_taken() {
    let world = World::new().where_person(Input::Terminal, &[]).at(Place::Ssh);
    paste(&world, &world.person(), |_, address| address.to_owned()).await.expect("signed in");
}

#[tokio::test]
async fn p03_an_address_of_another_sign_in_is_asked_about_three_times_at_a_terminal() {
    for input in [Input::Terminal, Input::Notebook] {
        let world = World::new().where_person(input, &[]).at(Place::Ssh);
        let wrong = format!("{}/auth/token?code=canary&state=canary", world.sandbox.url());
        world.person.will_type(&[&wrong, &wrong, &wrong, "never-read"]);
        let error = world.person().sign_in().await.expect_err("three times wrong");
        assert_eq!(error.kind(), ErrorKind::PersonNeeded);
        assert_eq!(world.person.asked(), 3);
        assert_eq!(world.person.told().matches("belongs to another sign-in").count(), 2);
        assert_eq!(world.sandbox.requests(Route::Token), 0);
    }
}

#[tokio::test]
async fn p03_nothing_is_asked_twice_at_a_pipe() {
    let url = "/auth/token?code=canary&state=canary";
    for wrong in [url, "/auth/token?code=canary", "https://evil.example/?code=canary", "no code {}"] {
        let world = World::new().at(Place::Headless);
        let wrong =
            if wrong.starts_with('/') { format!("{}{wrong}", world.sandbox.url()) } else { wrong.into() };
        let world = world.where_person(Input::Pipe, &[&wrong, "never-read"]);
        let error = by_paste(&world).sign_in().await.expect_err(&wrong);
        assert_eq!(error.kind(), ErrorKind::PersonNeeded);
        assert_eq!(world.person.asked(), 1);
        assert!(error.hint_text().is_some());
    }
}

#[tokio::test]
async fn p04_an_address_that_says_no_ends_it_at_once() {
    let world = World::new().where_person(Input::Terminal, &[]).at(Place::Ssh);
    let auth = world.person();
    let (result, ()) = tokio::join!(auth.sign_in(), async {
        let link = world.person.link(0).await;
        let page = world.sandbox.browser().refuse(&link).await.expect("a page");
        world.person.will_type(&[&page.url, "never-read"]);
    });
    let error = result.expect_err("refused");
    assert_eq!((error.kind(), error.oauth_code()), (ErrorKind::Refused, Some("access_denied")));
    assert_eq!(world.person.asked(), 1);
}

/// A handle that is told to paste.
pub(crate) fn by_paste(world: &World) -> CartoAuth {
    world.open(&Options { way: Some(Way::Paste), ..Options::default() })
}

/// Signs in; the person types what `choose` makes of the code and of the address it is shown at.
pub(crate) async fn paste(world: &World, auth: &CartoAuth, choose: fn(&str, &str) -> String) -> Result<()> {
    let typing = async {
        let link = world.person.link(0).await;
        let page = world.sandbox.browser().sign_in(&link).await.expect("a page");
        world.person.will_type(&[&choose(&query(&page.url, "code"), &page.url)]);
    };
    tokio::join!(auth.sign_in(), typing).0
}

#[tokio::test]
async fn p01_that_the_state_of_a_bare_code_could_not_be_checked_is_noted() {
    let world = World::new().where_person(Input::Terminal, &[]).at(Place::Ssh);
    let (log, _listening) = Log::listen();
    paste(&world, &world.person(), |code, _| code.to_owned()).await.expect("signed in");
    assert!(log.text().contains("without its `state`, which could not be checked"), "{}", log.text());
    assert!(world.sandbox.secrets().iter().all(|secret| !log.text().contains(secret)));
}

#[tokio::test]
async fn p03_every_other_state_is_another_sign_ins() {
    let begin: [fn(&str) -> String; 8] = [
        |_| String::new(),
        |_| "&state=".into(),
        |_| "&state=wrong".into(),
        |state| format!("&state={}", &state[..42]),
        |state| format!("&state={state}x"),
        |state| format!("&State={state}"),
        |state| format!("&state={state}&state={state}"),
        |state| format!("&state=wrong&state={state}"),
    ];
    for with in begin {
        let world = World::new().where_person(Input::Terminal, &[]).at(Place::Ssh);
        let auth = world.person();
        let (result, ()) = tokio::join!(auth.sign_in(), async {
            let link = world.person.link(0).await;
            let page = format!("{}/auth/token?code=canary", world.sandbox.url());
            let wrong = format!("{page}{}", with(&query(&link, "state")));
            world.person.will_type(&[&wrong, &wrong, &wrong]);
        });
        let error = result.expect_err("three times wrong");
        assert_eq!(error.kind(), ErrorKind::PersonNeeded);
        assert!(!format!("{error:?} {}", world.person.told()).contains("canary"));
        assert_eq!(world.sandbox.requests(Route::Token), 0);
    }
}

#[tokio::test]
async fn p04_a_refusal_that_is_another_sign_ins_ends_nothing() {
    let world = World::new().where_person(Input::Terminal, &[]).at(Place::Ssh);
    let refusal = format!("{}/auth/token?error=access_denied&state=another", world.sandbox.url());
    world.person.will_type(&[&refusal]);
    paste(&world, &world.person(), |code, _| code.to_owned()).await.expect("signed in");
}
