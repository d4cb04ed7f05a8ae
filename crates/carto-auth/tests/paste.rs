//! A person signs in with a code that they paste.

mod world;

use std::sync::Arc;
use std::time::Duration;

use carto_auth::platform::{Input, Place};
use carto_auth::{CartoAuth, ErrorKind, Options, Result, Way};
use carto_sandbox::{Fault, OfflineScope, Route, Settings, SignIn};
use world::{Does, Person, World, get, query, sign_in};

#[tokio::test]
async fn the_code_that_the_page_shows_is_enough() {
    for place in [Place::Ssh, Place::Container, Place::Headless] {
        let world = World::new().where_browser(Does::NotExist).where_person(Input::Terminal, &[]).at(place);
        let auth = world.person();
        paste(&world, &auth, |code, _| code.to_owned()).await.expect("signed in");
        assert!(auth.access_token().await.is_ok());
    }
}

#[tokio::test]
async fn the_whole_address_is_taken_as_well() {
    let world = World::new().where_person(Input::Terminal, &[]).at(Place::Ssh);
    paste(&world, &world.person(), |_, address| address.to_owned()).await.expect("signed in");
}

#[tokio::test]
async fn what_copying_adds_is_no_harm() {
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
async fn an_address_of_another_sign_in_is_asked_about_three_times_at_a_terminal() {
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
async fn nothing_is_asked_twice_at_a_pipe() {
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
async fn a_pipe_may_bring_the_code() {
    let mut world = World::new().at(Place::Headless);
    world.person = Arc::new(Person::with_an_open_pipe());
    paste(&world, &by_paste(&world), |code, _| format!("{code}\n")).await.expect("signed in");
}

#[tokio::test]
async fn an_address_that_says_no_ends_it_at_once() {
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

#[tokio::test]
async fn a_mistake_is_named_and_never_shown() {
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
async fn another_site_is_named() {
    let world = World::new().where_person(Input::Pipe, &["https://evil.example/?code=canary"]);
    let error = by_paste(&world).sign_in().await.expect_err("another site");
    assert_eq!(error.to_string(), "this is an address of evil.example, not the page that shows the code");
}

#[tokio::test]
async fn an_input_that_ends_names_what_a_job_uses() {
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
async fn an_empty_line_at_a_terminal_is_asked_about() {
    let world = World::new().where_person(Input::Terminal, &["", " "]).at(Place::Ssh);
    paste(&world, &world.person(), |code, _| code.to_owned()).await.expect("signed in");
}

#[tokio::test]
async fn a_pipe_that_stays_silent_ends_with_the_sign_in() {
    let mut world = World::new().at(Place::Headless);
    world.person = Arc::new(Person::with_an_open_pipe());
    let timeout = Some(Duration::from_secs(1));
    let auth = world.open(&Options { way: Some(Way::Paste), timeout, ..Options::default() });
    let error = auth.sign_in().await.expect_err("nothing came");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.hint_text().expect("a hint").contains("--timeout"));
}

#[tokio::test]
async fn a_code_that_is_not_accepted_any_more_gets_a_fresh_link_at_a_terminal() {
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
async fn codes_that_are_never_accepted_come_to_an_end() {
    let world = World::new().where_person(Input::Terminal, &["one", "two", "three", "four"]).at(Place::Ssh);
    let error = world.person().sign_in().await.expect_err("three times wrong");
    assert_eq!(error.oauth_code(), Some("invalid_grant"));
    assert_eq!(world.sandbox.requests(Route::Token), 3);
}

#[tokio::test]
async fn a_code_that_is_not_accepted_is_the_end_at_a_pipe() {
    let world = World::new().where_person(Input::Pipe, &["an-old-code", "never-read"]).at(Place::Headless);
    let error = by_paste(&world).sign_in().await.expect_err("an old code");
    assert_eq!((error.kind(), error.oauth_code()), (ErrorKind::Refused, Some("invalid_grant")));
    assert!(error.causes()[0].contains("`invalid_grant`"), "{error:?}");
    assert_eq!((world.person.asked(), world.sandbox.requests(Route::Token)), (1, 1));
}

#[tokio::test]
async fn a_network_that_fails_after_the_paste_asks_for_nothing_more() {
    let world = World::new().where_person(Input::Terminal, &["a-code", "never-read"]).at(Place::Ssh);
    world.sandbox.plan(Route::Token, Fault::LoseAnswer);
    let error = world.person().sign_in().await.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn a_server_without_offline_access_gets_a_link_without_it() {
    let settings = Settings { offline_scope: OfflineScope::Refused, ..Settings::default() };
    let world = World::with(settings).where_person(Input::Terminal, &[]).at(Place::Ssh);
    let auth = world.person();
    let (result, ()) = tokio::join!(auth.sign_in(), async {
        let link = world.person.link(0).await;
        let page = world.sandbox.browser().open(&link).await.expect("a page");
        assert!(page.url.contains("error=invalid_scope"), "{}", page.url);
        world.person.will_type(&[&page.url]);
        let fresh = world.person.link(1).await;
        assert!(!fresh.contains("offline_access"));
        let code = world.sandbox.browser().code_page(&fresh).await.expect("a code");
        world.person.will_type(&[&code]);
    });
    result.expect("signed in");
}

#[tokio::test]
async fn of_both_ways_at_once_the_paste_may_win() {
    let settings = Settings { sign_in: SignIn::Automatic, ..Settings::default() };
    let world = World::with(settings).where_browser(Does::Nothing).where_person(Input::Terminal, &[]);
    let task = sign_in(world.person());
    let link = world.person.link(0).await;
    let redirect = get(&link).await;
    world.person.will_type(&["a-code-alone", redirect.header_as_sent("location").expect("a place")]);
    task.await.expect("no panic").expect("signed in");
    assert!(world.person.told().contains("paste the whole address"));
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn of_both_ways_at_once_the_browser_may_win() {
    let world = World::new().where_person(Input::Terminal, &["nonsense {}"]);
    world.person().sign_in().await.expect("signed in");
    assert!(world.browser.page().await.body.contains("You are signed in"));
}

#[tokio::test]
async fn mistakes_at_the_terminal_do_not_keep_the_browser_out() {
    let world = World::new().where_browser(Does::Nothing).where_person(Input::Terminal, &["{}", "{}", "{}"]);
    let task = sign_in(world.person());
    let link = world.person.link(0).await;
    while world.person.asked() < 3 {
        tokio::task::yield_now().await;
    }
    world.sandbox.browser().sign_in(&link).await.expect("a page");
    task.await.expect("no panic").expect("signed in");
    assert_eq!(world.person.told().matches("cannot be read as a code").count(), 3, "each is told");
}

#[tokio::test]
async fn a_sign_in_in_two_steps_is_ended_once() {
    let world = begun().await;
    let code = code(&world).await;
    let auth = by_paste(&world);
    auth.complete_sign_in(&code).await.expect("signed in");
    assert!(auth.access_token().await.is_ok());
    let error = auth.complete_sign_in(&code).await.expect_err("it was ended");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn a_sign_in_in_two_steps_waits_ten_minutes() {
    for (seconds, is_in_time) in [(599, true), (601, false), (-60, false)] {
        let world = begun().await;
        let code = code(&world).await;
        world.clock.pass(seconds);
        assert_eq!(by_paste(&world).complete_sign_in(&code).await.is_ok(), is_in_time, "{seconds}");
    }
}

#[tokio::test]
async fn a_sign_in_in_two_steps_is_ended_with_the_same_options() {
    let world = begun().await;
    let code = code(&world).await;
    let other = Options { organization: Some("org_sandbox".into()), ..Options::default() };
    let error = world.open(&other).complete_sign_in(&code).await.expect_err("another sign-in");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert!(error.hint_text().expect("a hint").contains("the same options"));
    by_paste(&world).complete_sign_in(&code).await.expect("it still waits");
}

#[tokio::test]
async fn an_address_with_another_state_does_not_end_a_sign_in_in_two_steps() {
    let world = begun().await;
    let address = format!("{}/auth/token?code=c&state=another", world.sandbox.url());
    let error = by_paste(&world).complete_sign_in(&address).await.expect_err("another state");
    assert!(error.to_string().contains("another sign-in"), "{error}");
    assert_eq!(world.sandbox.requests(Route::Token), 0);
}

#[tokio::test]
async fn the_verifier_of_a_sign_in_in_two_steps_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = begun().await;
    let waiting: Vec<_> =
        world.kept().into_iter().filter(|path| path.extension() == Some("pending".as_ref())).collect();
    let [file] = &waiting[..] else { panic!("one file: {waiting:?}") };
    let mode = file.metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    by_paste(&world).complete_sign_in("a-code").await.expect_err("no such code");
    assert!(!file.exists(), "it was used");
}

/// A handle that is told to paste.
fn by_paste(world: &World) -> CartoAuth {
    world.open(&Options { way: Some(Way::Paste), ..Options::default() })
}

/// Signs in; the person types what `choose` makes of the code and of the address it is shown at.
async fn paste(world: &World, auth: &CartoAuth, choose: fn(&str, &str) -> String) -> Result<()> {
    let typing = async {
        let link = world.person.link(0).await;
        let page = world.sandbox.browser().sign_in(&link).await.expect("a page");
        world.person.will_type(&[&choose(&query(&page.url, "code"), &page.url)]);
    };
    tokio::join!(auth.sign_in(), typing).0
}

/// A world in which a sign-in was begun that nothing could wait for.
async fn begun() -> World {
    let world = World::new().at(Place::Headless);
    let error = by_paste(&world).sign_in().await.expect_err("nobody pastes");
    assert!(error.hint_text().expect("a hint").contains("--callback"));
    world
}

/// The code that the page behind the link shows.
async fn code(world: &World) -> String {
    world.sandbox.browser().code_page(&world.person.first_link()).await.expect("a code")
}

#[tokio::test]
async fn a_verifier_that_waits_is_gone_with_the_next_sign_in() {
    let world = World::new().where_person(Input::Pipe, &[]);
    let paste = Options { way: Some(Way::Paste), ..Options::default() };
    world.open(&paste).sign_in().await.expect_err("nothing was pasted");
    let pending = |world: &World| {
        world.kept().into_iter().filter(|path| path.extension().is_some_and(|end| end == "pending")).count()
    };
    assert_eq!(pending(&world), 1);
    world.person().sign_in().await.expect("signed in");
    assert_eq!(pending(&world), 0);
}
