//! L27: a program that should open the link, and does what it likes.

use std::sync::Arc;
use std::time::Duration;

use carto_auth::platform::{Input, SystemBrowser};
use carto_auth::{CartoAuth, ErrorKind, Options, Platform, Wanted};

use crate::world::{Does, World};

#[tokio::test]
async fn l27_a_browser_that_does_not_open_ends_it_where_nobody_sees_the_link() {
    let world = World::new().where_browser(Does::NotOpen);
    let error = world.person().sign_in().await.expect_err("no browser");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert_eq!(error.causes(), ["`xdg-open` was not found"]);
}

#[tokio::test]
async fn l27_a_browser_that_does_not_open_leaves_the_link_to_a_person_at_a_terminal() {
    let world = World::new().where_browser(Does::NotOpen).where_person(Input::Terminal, &[]);
    let auth = world.person();
    let (signed_in, page) = tokio::join!(auth.sign_in(), async {
        let link = world.person.link(0).await;
        world.sandbox.browser().sign_in(&link).await.expect("a page")
    });
    signed_in.expect("signed in");
    assert!(page.body.contains("You are signed in"));
    assert!(world.person.told().contains("could not be opened"));
}

#[cfg(unix)]
#[tokio::test]
async fn l27_whatever_the_program_does_the_link_was_shown_and_the_sign_in_goes_on() {
    for (what, told) in [
        ("exit 0", "Waiting for the sign-in in your browser"),
        ("echo canary; echo canary >&2; exit 3", "ended with exit code 3"),
        ("kill -9 $$", "was killed"),
        ("exec sleep 30", ""),
        ("read answer; exit 1", "ended with exit code 1"),
    ] {
        let world = World::new().where_person(Input::Terminal, &[]);
        let auth = with_opener(&world, &program(&world, what));
        let (signed_in, ()) = tokio::join!(auth.sign_in(), async {
            let link = world.person.link(0).await;
            while !world.person.told().contains(told) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            world.sandbox.browser().sign_in(&link).await.expect("a page");
        });
        signed_in.expect(what);
        assert!(!world.person.told().contains("canary"), "{}", world.person.told());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn l27_a_program_that_opens_nothing_is_an_error_that_names_it_where_nobody_sees_the_link() {
    let world = World::new();
    for (list, cause) in [
        ("false".to_owned(), "`false` ended with exit code 1"),
        ("no-such-program".to_owned(), "`no-such-program` was not found"),
        ("no-such-program:false".to_owned(), "`false` ended with exit code 1"),
        (" : ".to_owned(), "no program that opens links was found"),
        (world.folder.path().display().to_string(), "could not be started"),
    ] {
        let error = with_opener(&world, &list).sign_in().await.expect_err(&list);
        assert_eq!(error.kind(), ErrorKind::PersonNeeded);
        assert!(error.causes()[0].contains(cause), "{list}: {error:?}");
        assert!(error.hint_text().is_some());
    }
}

/// A handle whose links are opened by what `BROWSER` names.
fn with_opener(world: &World, list: &str) -> CartoAuth {
    let variables = [("BROWSER", list)].into_iter().collect();
    let platform = Platform { browser: Arc::new(SystemBrowser::new(variables)), ..world.platform() };
    CartoAuth::open(platform, &Options::default(), Wanted::Person).expect("settings")
}

/// A program that does this.
#[cfg(unix)]
fn program(world: &World, what: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let path = world.folder.path().join("opener");
    std::fs::write(&path, format!("#!/bin/sh\n{what}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("made to run");
    path.display().to_string()
}
