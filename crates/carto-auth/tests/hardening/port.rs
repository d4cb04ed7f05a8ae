//! L23, L24 and L26: a port that others hold, and what a machine has of loopback.

use std::net::TcpListener;

use carto_auth::platform::Input;
use carto_auth::{ErrorKind, Options};

use crate::world::{Waiting, World, ask, free_port, is_free, sign_in};

#[tokio::test]
async fn l23_a_port_that_another_program_holds_is_left_to_it_and_a_code_is_pasted() {
    for (families, free) in [
        (&["127.0.0.1"][..], &["::1"][..]),
        (&["::1"], &["127.0.0.1"]),
        (&["127.0.0.1", "::1"], &[]),
        (&["0.0.0.0"], &["::1"]),
        (&["::"], &[]),
    ] {
        let port = free_port().await;
        let _held: Vec<_> =
            families.iter().map(|own| TcpListener::bind((*own, port)).expect("held")).collect();
        let world = World::new().where_person(Input::Terminal, &[]).with_port(port);
        let auth = world.person();
        let (signed_in, ()) = tokio::join!(auth.sign_in(), async {
            let link = world.person.link(0).await;
            for address in free {
                assert!(is_free(port, address).await, "not half a listener");
            }
            let code = world.sandbox.browser().code_page(&link).await.expect("a code");
            world.person.will_type(&[&code]);
        });
        signed_in.expect("signed in");
        let told = world.person.told();
        let holder = format!("port {port} is taken by `");
        assert!(told.contains(&holder) && told.contains(&std::process::id().to_string()), "{told}");
        assert!(world.browser.opened().is_empty());
    }
}

#[tokio::test]
async fn l23_a_port_that_another_program_holds_is_a_typed_error_where_nobody_can_paste() {
    let port = free_port().await;
    let _held = TcpListener::bind(("::1", port)).expect("held");
    let world = World::new().with_port(port);
    let error = world.person().sign_in().await.expect_err("nothing can listen");
    assert_eq!(error.kind(), ErrorKind::PersonNeeded);
    assert!(error.causes()[0].starts_with(&format!("port {port} is taken by `")), "{error:?}");
    assert!(error.hint_text().expect("a hint").contains("--no-browser"));
    assert!(is_free(port, "127.0.0.1").await);
}

#[tokio::test]
async fn l24_two_profiles_on_one_port_take_turns() {
    let world = World::new().with_port(free_port().await);
    world.write_config("[profiles.other]\n");
    let auth = |profile: &str| world.open(&Options { profile: Some(profile.into()), ..Options::default() });
    let both = [sign_in(auth("default")), sign_in(auth("other"))];
    for one in both {
        one.await.expect("no panic").expect("signed in");
    }
    assert_eq!(world.browser.opened().len(), 2);
    assert!(world.person.told().contains("Waiting for the sign-in that another `carto-auth` has begun."));
}

#[tokio::test]
async fn l26_both_families_are_answered_and_no_other_address() {
    let waiting = Waiting::begin().await;
    for address in ["127.0.0.1", "::1"] {
        let request = format!("GET /favicon.ico HTTP/1.1\r\nHost: [::1]:{}\r\n\r\n", waiting.port);
        assert_eq!(ask((address, waiting.port), request.as_bytes()).await.status, 404, "{address}");
    }
    if cfg!(target_os = "linux") {
        assert_eq!(listening_on(waiting.port), ["0100007F", "00000000000000000000000001000000"]);
    }
    waiting.person_signs_in().await;
}

/// The addresses that a port is listened on, as the kernel writes them.
fn listening_on(port: u16) -> Vec<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(World::read);
    let suffix = format!(":{port:04X}");
    tables
        .iter()
        .flat_map(|table| table.lines())
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|columns| columns.get(3) == Some(&"0A"))
        .filter_map(|columns| columns.get(1)?.strip_suffix(&suffix).map(str::to_owned))
        .collect()
}
