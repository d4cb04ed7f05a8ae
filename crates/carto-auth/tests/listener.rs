//! Whoever comes while a sign-in waits is answered; only its own callback ends it.

mod world;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use carto_auth::platform::Input;
use carto_auth::{ErrorKind, Options};
use carto_sandbox::{Fault, Route, Settings};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use world::{Waiting, World, ask, free_port, is_free, sign_in};

#[tokio::test]
async fn a_favicon_is_not_what_is_waited_for() {
    let waiting = Waiting::begin().await;
    assert_eq!(waiting.get("/favicon.ico").await.status, 404);
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn a_link_scanner_does_not_take_the_code() {
    let waiting = Waiting::begin().await;
    let reply = waiting.send("HEAD", &waiting.callback()).await;
    assert_eq!(reply.status, 405);
    assert_eq!(reply.body, "");
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn a_page_elsewhere_gets_no_permission_to_ask() {
    let waiting = Waiting::begin().await;
    for more in ["", "Access-Control-Request-Private-Network: true\r\n"] {
        let (port, target) = (waiting.port, waiting.callback());
        let reply = waiting
            .ask(&format!(
                "OPTIONS {target} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: https://evil.example\r\n\
                 Access-Control-Request-Method: GET\r\n{more}\r\n"
            ))
            .await;
        assert_eq!(reply.status, 405);
        assert!(!reply.head.contains("access-control"), "{}", reply.head);
    }
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn only_get_is_an_answer() {
    let waiting = Waiting::begin().await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let reply = waiting.send(method, &waiting.callback()).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("get")), "{method}");
    }
    let body = "code=a-code&state=x";
    let (port, length) = (waiting.port, body.len());
    let post = format!(
        "POST /callback/ HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    assert_eq!(waiting.ask(&post).await.status, 405);
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn idle_connections_do_not_keep_the_browser_out() {
    for count in [1, 20, 300] {
        let waiting = Waiting::begin().await;
        let mut idle = Vec::new();
        for _ in 0..count {
            idle.push(TcpStream::connect(("127.0.0.1", waiting.port)).await.expect("connected"));
        }
        let begun = Instant::now();
        waiting.person_signs_in().await;
        assert!(begun.elapsed() < Duration::from_secs(5), "{count} connections: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn what_is_too_large_is_turned_away() {
    let waiting = Waiting::begin().await;
    let host = format!("Host: localhost:{}", waiting.port);
    let long = "x".repeat(1 << 20);
    let headers: String = (0..10_000).map(|i| format!("X-{i}: y\r\n")).collect();
    let body = "x".repeat(16 * 1024 + 1);
    let length = body.len();
    for request in [
        format!("GET /callback/?code={long} HTTP/1.1\r\n{host}\r\n\r\n"),
        format!("GET {} HTTP/1.1\r\n{host}\r\nX: {long}\r\n\r\n", waiting.callback()),
        format!("GET {} HTTP/1.1\r\n{host}\r\n{headers}\r\n", waiting.callback()),
        format!("POST /callback/ HTTP/1.1\r\n{host}\r\nContent-Length: {length}\r\n\r\n{body}"),
        format!("GET /callback/ HTTP/1.1\r\n{host}\r\nContent-Length: {length}\r\n\r\n{body}"),
        long.clone(),
        "\0\u{1}\u{2} not HTTP\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}".repeat(100),
    ] {
        let reply = waiting.ask(&request).await;
        assert!(reply.is_turned_away(), "{:.40}: {}", request, reply.head);
    }
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn a_client_that_takes_its_time_holds_nobody_up() {
    let waiting = Waiting::begin().await;
    let mut slow = TcpStream::connect(("127.0.0.1", waiting.port)).await.expect("connected");
    let dripping = tokio::spawn(async move {
        for byte in std::iter::repeat(b"GET /callback/?code=x&state=").flatten() {
            if slow.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    waiting.person_signs_in().await;
    dripping.abort();
}

#[tokio::test]
async fn a_request_for_another_host_is_turned_away() {
    let waiting = Waiting::begin().await;
    let (target, port) = (waiting.callback(), waiting.port);
    for host in [
        "Host: evil.example\r\n".to_owned(),
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: localhost.evil.example:{port}\r\n"),
        format!("Host: localhost:{}\r\n", port ^ 1),
        "Host: localhost\r\n".to_owned(),
        format!("Host: 127.0.0.1.nip.io:{port}\r\n"),
        "Host: \r\n".to_owned(),
        String::new(),
    ] {
        let reply = waiting.ask(&format!("GET {target} HTTP/1.1\r\n{host}\r\n")).await;
        assert_eq!(reply.status, 400, "{host}");
    }
    assert_eq!(waiting.ask(&format!("GET {target} HTTP/1.0\r\n\r\n")).await.status, 400);
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn no_other_path_does_anything() {
    let waiting = Waiting::begin().await;
    let query = waiting.callback().split_off("/callback/".len());
    for path in ["/", "/callback", "/callback//", "/Callback/", "//callback/", "/callback/x", "/%63allback/"]
    {
        assert_eq!(waiting.get(&format!("{path}{query}")).await.status, 404, "{path}");
    }
    for path in ["/cancel", "/shutdown", "/callback/../", "/robots.txt"] {
        assert_eq!(waiting.get(path).await.status, 404, "{path}");
    }
    assert_eq!(waiting.get("/callback/").await.status, 400, "there is no outcome yet");
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn an_answer_that_is_not_this_sign_ins_is_turned_away() {
    let waiting = Waiting::begin().await;
    let (state, issuer) = (waiting.state.clone(), waiting.issuer());
    let iss = format!("iss={issuer}");
    let other_case: String = state
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    for query in [
        format!("code=c&{iss}"),
        format!("code=c&state=&{iss}"),
        format!("code=c&state=wrong&{iss}"),
        format!("code=c&state={other_case}&{iss}"),
        format!("code=c&state={}&{iss}", &state[..42]),
        format!("code=c&state={state}x&{iss}"),
        format!("error=access_denied&{iss}"),
        format!("error=access_denied&state=wrong&{iss}"),
        // Neither a code nor an error.
        format!("state={state}&{iss}"),
        format!("code=&state={state}&{iss}"),
        format!("code=&error=&state={state}&{iss}"),
        // Another authorization server.
        format!("code=c&state={state}&iss=https://evil.example/"),
        format!("code=c&state={state}"),
        format!("code=c&state={state}&iss="),
        format!("error=access_denied&state={state}"),
        // Everything may be said once.
        format!("code=c&code=c&state={state}&{iss}"),
        format!("code=c&state={state}&state={state}&{iss}"),
        format!("code=c&state={state}&{iss}&{iss}"),
        format!("code=c&state=wrong&state={state}&{iss}"),
        // Parameters behind a semicolon are not ours.
        format!("code=c;state={state}&{iss}"),
    ] {
        let reply = waiting.get(&format!("/callback/?{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
        assert!(!reply.body.contains(&state), "the state stays ours");
        assert!(waiting.still_waits(), "{query}");
    }
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn fifty_forged_callbacks_do_not_win() {
    let waiting = Waiting::begin().await;
    let forge = |i: usize| format!("/callback/?code=forged&state={i:0>43}&iss={}", waiting.issuer());
    let requests: Vec<_> = (0..50).map(forge).collect();
    let mut replies = tokio::task::JoinSet::new();
    for target in requests {
        let port = waiting.port;
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
        replies.spawn(async move { ask(("127.0.0.1", port), request.as_bytes()).await.status });
    }
    assert_eq!(replies.join_all().await, [400; 50]);
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn an_issuer_is_compared_after_decoding() {
    let waiting = Waiting::begin().await;
    assert!(waiting.issuer().contains("%3A%2F%2F"));
    waiting.any_code_will_do();
    waiting.comes_back(&waiting.callback()).await;
    waiting.end().await.1.expect("signed in");
}

#[tokio::test]
async fn a_server_that_promises_no_issuer_need_not_send_one() {
    let world = World::with(Settings { issuer_in_answer: false, ..Settings::default() });
    let waiting = Waiting::in_world(world, &Options::default()).await;
    let wrong = format!("/callback/?code=c&state={}&iss=https://evil.example/", waiting.state);
    assert_eq!(waiting.get(&wrong).await.status, 400);
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn a_refusal_ends_the_sign_in_with_the_servers_words() {
    let waiting = Waiting::begin().await;
    let refusal = waiting.refusal("access_denied") + "&error_description=not%20%3Cb%3Etoday%1b[2J";
    let page = waiting.comes_back(&refusal).await;
    assert!(page.body.contains("not &lt;b&gt;today"), "{}", page.body);
    let (world, result) = waiting.end().await;
    let error = result.expect_err("refused");
    assert_eq!((error.kind(), error.oauth_code()), (ErrorKind::Refused, Some("access_denied")));
    assert_eq!(error.causes(), ["the server answered `access_denied`: not <b>today[2J"]);
    assert_eq!(world.sandbox.requests(Route::Token), 0);
}

#[tokio::test]
async fn a_code_that_comes_with_an_error_is_not_traded() {
    let waiting = Waiting::begin().await;
    waiting.comes_back(&format!("{}&error=access_denied", waiting.callback())).await;
    let (world, result) = waiting.end().await;
    assert_eq!(result.expect_err("no answer").kind(), ErrorKind::Refused);
    assert_eq!(world.sandbox.requests(Route::Token), 0);
}

#[tokio::test]
async fn what_the_server_cannot_do_just_now_is_no_refusal() {
    for (code, kind) in [
        ("temporarily_unavailable", ErrorKind::Network),
        ("login_required", ErrorKind::Refused),
        ("interaction_required", ErrorKind::Refused),
        ("something_new", ErrorKind::Refused),
    ] {
        let waiting = Waiting::begin().await;
        waiting.comes_back(&waiting.refusal(code)).await;
        let error = waiting.end().await.1.expect_err(code);
        assert_eq!((error.kind(), error.oauth_code()), (kind, Some(code)));
        assert!(error.hint_text().is_some());
    }
}

#[tokio::test]
async fn a_callback_counts_once() {
    let waiting = Waiting::begin().await;
    waiting.any_code_will_do();
    let first = waiting.get(&waiting.callback()).await;
    assert_eq!((first.status, first.header("location")), (303, Some("/callback/")));
    assert_eq!(waiting.get(&waiting.callback()).await.status, 404);
    assert!(waiting.get("/callback/").await.body.contains("You are signed in"));
    let port = waiting.port;
    let (world, result) = waiting.end().await;
    result.expect("signed in");
    assert_eq!(world.sandbox.requests(Route::Token), 1);
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn a_callback_while_the_code_is_traded_counts_once() {
    let waiting = Waiting::begin().await;
    let slow = Fault::After {
        delay: Duration::from_millis(200),
        then: Box::new(Fault::oauth_error(403, "invalid_grant", "no such code")),
    };
    waiting.world.sandbox.plan(Route::Token, slow);
    let target = waiting.callback();
    let (first, second) = tokio::join!(waiting.get(&target), waiting.get(&target));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    waiting.get("/callback/").await;
    let (world, result) = waiting.end().await;
    assert_eq!(result.expect_err("refused").oauth_code(), Some("invalid_grant"));
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn a_connection_that_was_opened_before_the_end_is_no_harm() {
    let waiting = Waiting::begin().await;
    let (port, target) = (waiting.port, waiting.callback());
    let mut early = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    let world = waiting.person_signs_in().await;
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    let _ = early.write_all(request.as_bytes()).await;
    assert_eq!(world.sandbox.requests(Route::Token), 1);
}

#[tokio::test]
async fn a_browser_that_goes_away_does_not_hold_the_sign_in_up() {
    let waiting = Waiting::begin().await;
    waiting.any_code_will_do();
    let request = format!("GET {} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", waiting.callback(), waiting.port);
    let mut stream = TcpStream::connect(("127.0.0.1", waiting.port)).await.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("sent");
    drop(stream);
    let begun = Instant::now();
    waiting.end().await.1.expect("signed in");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn both_families_are_answered_and_no_other_address() {
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

#[tokio::test]
async fn the_port_is_free_again_whatever_happens() {
    let port = free_port().await;
    let begin = || async {
        let timeout = Some(Duration::from_secs(1));
        let options = Options { timeout, use_cache: Some(false), ..Options::default() };
        Waiting::in_world(World::new().with_port(port), &options).await
    };
    begin().await.person_signs_in().await;
    assert_is_free(port, "success").await;

    let waiting = begin().await;
    waiting.comes_back(&waiting.refusal("no")).await;
    waiting.end().await.1.expect_err("refused");
    assert_is_free(port, "refusal").await;

    let error = begin().await.end().await.1.expect_err("nobody came");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_is_free(port, "timeout").await;

    let waiting = begin().await;
    let _idle = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    waiting.task.abort();
    assert!(waiting.task.await.expect_err("interrupted").is_cancelled());
    assert_is_free(port, "Ctrl-C").await;
}

#[tokio::test]
async fn a_port_that_another_program_holds_is_left_to_it_and_a_code_is_pasted() {
    for families in [&["127.0.0.1"][..], &["::1"], &["127.0.0.1", "::1"]] {
        let port = free_port().await;
        let _held: Vec<_> =
            families.iter().map(|own| TcpListener::bind((*own, port)).expect("held")).collect();
        let world = World::new().where_person(Input::Terminal, &[]).with_port(port);
        let auth = world.person();
        let (signed_in, ()) = tokio::join!(auth.sign_in(), async {
            let link = world.person.link(0).await;
            for address in ["127.0.0.1", "::1"].iter().filter(|address| !families.contains(address)) {
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
async fn a_port_that_another_program_holds_is_a_typed_error_where_nobody_can_paste() {
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
async fn two_profiles_on_one_port_take_turns() {
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

async fn assert_is_free(port: u16, after: &str) {
    for address in ["127.0.0.1", "::1"] {
        assert!(TcpStream::connect((address, port)).await.is_err(), "nobody listens after {after}");
        assert!(is_free(port, address).await, "it can be taken after {after}");
    }
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
