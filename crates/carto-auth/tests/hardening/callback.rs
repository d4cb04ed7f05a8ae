//! L10 to L16 and L34: only an answer of this very sign-in ends it, in the server's words.

use carto_auth::{ErrorKind, Options};
use carto_sandbox::{Route, Settings};

use crate::world::{Waiting, World, ask};

#[tokio::test]
async fn l10_an_answer_that_is_not_this_sign_ins_is_turned_away() {
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
async fn l10_fifty_forged_callbacks_do_not_win() {
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
async fn l12_a_refusal_ends_the_sign_in_with_the_servers_words() {
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
async fn l14_a_code_that_comes_with_an_error_is_not_traded() {
    let waiting = Waiting::begin().await;
    waiting.comes_back(&format!("{}&error=access_denied", waiting.callback())).await;
    let (world, result) = waiting.end().await;
    assert_eq!(result.expect_err("no answer").kind(), ErrorKind::Refused);
    assert_eq!(world.sandbox.requests(Route::Token), 0);
}

#[tokio::test]
async fn l16_an_issuer_is_compared_after_decoding() {
    let waiting = Waiting::begin().await;
    assert!(waiting.issuer().contains("%3A%2F%2F"));
    waiting.any_code_will_do();
    waiting.comes_back(&waiting.callback()).await;
    waiting.end().await.1.expect("signed in");
}

#[tokio::test]
async fn l16_a_server_that_promises_no_issuer_need_not_send_one() {
    let world = World::with(Settings { issuer_in_answer: false, ..Settings::default() });
    let waiting = Waiting::in_world(world, &Options::default()).await;
    let wrong = format!("/callback/?code=c&state={}&iss=https://evil.example/", waiting.state);
    assert_eq!(waiting.get(&wrong).await.status, 400);
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn l34_what_the_server_cannot_do_just_now_is_no_refusal() {
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
async fn l11_a_callback_with_neither_a_code_nor_an_error_ends_nothing() {
    let waiting = Waiting::begin().await;
    let own = format!("state={}&iss={}", waiting.state, waiting.issuer());
    for query in ["", "code=&", "code=&error=&", "error=&", "Code=c&", "code[]=c&", "error_description=no&"] {
        let reply = waiting.get(&format!("/callback/?{query}{own}")).await;
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.body.contains("neither a code nor an error"), "{}", reply.body);
        assert!(waiting.still_waits(), "{query}");
    }
    waiting.person_signs_in().await;
}

#[tokio::test]
async fn l16_an_answer_of_another_authorization_server_is_never_traded() {
    let waiting = Waiting::begin().await;
    let (state, issuer) = (waiting.state.clone(), waiting.world.sandbox.url().to_owned());
    for iss in [
        String::new(),
        "&iss=".into(),
        "&iss=https://evil.example/".into(),
        format!("&iss={issuer}"),
        format!("&iss={issuer}//"),
        format!("&iss={issuer}/x"),
        format!("&iss={}/", issuer.to_uppercase()),
        format!("&iss={issuer}.evil.example/"),
        format!("&iss={}", waiting.issuer().replace('%', "%25")),
    ] {
        for outcome in ["code=c", "error=access_denied"] {
            let reply = waiting.get(&format!("/callback/?{outcome}&state={state}{iss}")).await;
            assert_eq!(reply.status, 400, "{outcome}{iss}");
            assert!(reply.body.contains("another authorization server"), "{}", reply.body);
        }
    }
    assert_eq!(waiting.world.sandbox.requests(Route::Token), 0);
    waiting.person_signs_in().await;
}
