//! What a server answers that is no token, or opens nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use carto_sandbox::{Answer, Fault, ORGANIZATION, Recorded, Route};

use crate::desk::Desk;
use crate::hint::{Hint, fails, sign_in, sign_in_by, works};
use crate::kept::ago;

#[test]
fn an_answer_that_is_no_token_is_that_of_another_address_or_of_a_sign_in_page() {
    let mut desk = Desk::of_job();
    let page = || Fault::body(200, "text/html", "<title>Hotel WiFi</title>");
    desk.sandbox.plan_always(Route::Unknown, page());
    desk.set("CARTO_AUTH_URL", format!("{}/elsewhere", desk.sandbox.url()));
    fails(&desk, &["token"], "check-the-address-and").says("check the address");
    desk.set("CARTO_AUTH_URL", desk.sandbox.url().to_owned());
    desk.sandbox.plan_always(Route::Token, page());
    fails(&desk, &["token"], "check-the-address-and")
        .says("whether a proxy or a network sign-in page answers");
    // Somebody has signed in to that network.
    desk.sandbox.plan_nothing(Route::Token);
    works(&desk, &["token"]);
    desk.sandbox.forgive();
}

#[test]
fn a_request_that_is_not_understood_is_made_with_the_right_organization_or_audience() {
    let mut desk = Desk::with_browser();
    let mut login = desk.start(&["login", "--org", "org_wrong"]);
    let link = login.link();
    let _ = desk.browser().open_blocking(&link);
    let hint = Hint::of(&login.end(), "check-the-organization-org");
    let option = hint.word("--org org_").replace("org_…", ORGANIZATION);
    sign_in(&desk, &format!("carto-auth login {option}"));
    let sandbox = &desk.sandbox;
    sandbox.plan_always_with(Route::Token, |request: &Recorded| {
        match request.parameter("audience").as_deref() {
            Some("elsewhere") => Fault::oauth_error(400, "invalid_request", "no such audience"),
            _ => Fault::None,
        }
    });
    let (id, secret) = sandbox.m2m_client();
    desk.set("CARTO_API_BASE_URL", desk.sandbox.url().to_owned());
    desk.set("CARTO_M2M_CLIENT_ID", id);
    desk.set("CARTO_M2M_CLIENT_SECRET", secret);
    desk.set("CARTO_AUTH_AUDIENCE", "elsewhere");
    fails(&desk, &["token"], "check-the-organization-org").says("the audience");
    desk.unset("CARTO_AUTH_AUDIENCE");
    works(&desk, &["token"]);
}

#[test]
fn a_server_that_wants_the_person_again_is_given_them() {
    for code in ["login_required", "interaction_required", "consent_required"] {
        let desk = Desk::with_browser();
        let issuer = format!("{}/", desk.sandbox.url());
        desk.sandbox.plan_with(Route::Authorize, move |request: &Recorded| {
            let [to, state] = ["redirect_uri", "state"].map(|name| request.parameter(name).unwrap());
            Answer::empty(303)
                .header("location", format!("{to}?error={code}&state={state}&iss={issuer}"))
                .into()
        });
        let mut login = desk.start(&["login"]);
        let link = login.link();
        let _ = desk.browser().open_blocking(&link);
        let hint = Hint::of(&login.end(), "sign-in-again-with-carto");
        sign_in(&desk, hint.word("carto-auth login"));
        works(&desk, &["token"]);
    }
}

#[test]
fn a_server_that_wants_a_second_factor_is_given_it_in_a_browser() {
    let desk = Desk::with_browser();
    desk.sandbox.plan(Route::Token, a_second_factor());
    let mut login = desk.start(&["login", "--no-browser"]);
    let code = desk.browser().code_page_blocking(&login.link()).unwrap();
    login.type_in(&format!("{code}\n"));
    let hint = Hint::of(&login.end(), "sign-in-with-a");
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["token"]);
}

#[test]
fn a_renewal_whose_answer_was_lost_gives_way_to_another_sign_in() {
    let desk = Desk::with_browser();
    sign_in_by(&desk, &["login"]);
    ago(&desk, 2 * 86_400);
    desk.sandbox.plan(Route::Token, Fault::LoseAnswer);
    let hint = fails(&desk, &["token"], "sign-in-again-with-carto-auth-login-the");
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["token"]);
}

#[test]
fn whoever_has_no_account_yet_gets_one_and_comes_back() {
    let desk = Desk::with_browser();
    let has_account = Arc::new(AtomicBool::new(false));
    let is_known = comes_back(&desk, &has_account);
    desk.sandbox.plan_always_with(Route::Accounts, move |_: &Recorded| {
        let is_known = is_known.load(Ordering::SeqCst);
        if is_known { Fault::None } else { Fault::body(200, "application/json", "{}") }
    });
    Hint::within(&sign_in_by(&desk, &["login"]).error, "sign-in-once-at");
    let hint = fails(&desk, &["dw", "token"], "sign-in-once-at");
    hint.says("sign in once at https://app.carto.com");
    has_account.store(true, Ordering::SeqCst);
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["dw", "token"]);
}

/// Says whether somebody has signed in from scratch, while that is to count.
fn comes_back(desk: &Desk, counts: &Arc<AtomicBool>) -> Arc<AtomicBool> {
    let (is_back, counts) = (Arc::new(AtomicBool::new(false)), Arc::clone(counts));
    let comes = Arc::clone(&is_back);
    desk.sandbox.plan_always_with(Route::Token, move |request: &Recorded| {
        let is_new = request.parameter("code").is_some() && counts.load(Ordering::SeqCst);
        comes.fetch_or(is_new, Ordering::SeqCst);
        Fault::None
    });
    is_back
}

fn a_second_factor() -> Fault {
    Fault::oauth_error(403, "mfa_required", "Multifactor authentication required")
}
