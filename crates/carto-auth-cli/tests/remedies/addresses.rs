//! Addresses that a secret may not be sent to, or that nothing can be read from.

use carto_sandbox::{ADA, Answer, Fault, Route, Settings};

use crate::desk::Desk;
use crate::hint::{Hint, fails, shell, sign_in, sign_in_by, works};

/// A desk whose status is given without a sign-in and without a request.
fn of_token() -> Desk {
    let mut desk = Desk::new();
    desk.set("CARTO_API_TOKEN", "an-api-token");
    desk
}

#[test]
fn a_user_name_is_left_out() {
    let mut desk = of_token();
    for (name, value) in [
        ("CARTO_AUTH_URL", "https://me@auth.example.com"),
        ("CARTO_ACCOUNTS_URL", "https://me:pw@x.example.com"),
    ] {
        desk.set(name, value);
        let hint = fails(&desk, &["status"], "leave-out-what-stands");
        let (_, rest) = value.split_once(hint.word("@")).unwrap();
        desk.set(name, format!("https://{rest}"));
        works(&desk, &["status"]);
    }
}

#[test]
fn what_follows_a_question_mark_is_left_out() {
    let mut desk = of_token();
    for value in ["https://x.example.com?a=1", "https://x.example.com#a"] {
        desk.set("CARTO_ACCOUNTS_URL", value);
        let hint = fails(&desk, &["status"], "leave-out-what-follows");
        let marks = [hint.word("?"), hint.word("#")];
        let left = marks.iter().fold(value, |text, mark| text.split(mark).next().unwrap());
        desk.set("CARTO_ACCOUNTS_URL", left);
        works(&desk, &["status"]);
    }
}

#[test]
fn an_address_is_written_like_the_one_of_the_hint() {
    for (name, wrong, id, start) in [
        ("CARTO_AUTH_URL", "https://exa mple.com", "write-the-like-https", "https://"),
        ("CARTO_ACCOUNTS_URL", "ftp://example.com", "write-the-like-https", "https://"),
        ("CARTO_AUTH_URL", "auth.example.com", "write-it-with-https", "https://auth"),
        ("CARTO_AUTH_URL", "http://auth.example.com", "use-https", "https://auth"),
        ("CARTO_API_BASE_URL", "no-address", "write-the-api-base", "https://"),
        ("CARTO_AUTH_REDIRECT_URI", "https://example.com/", "use-one-like-http", "http://localhost"),
    ] {
        let mut desk = of_token();
        desk.set(name, wrong);
        let hint = fails(&desk, &["status"], id);
        desk.set(name, hint.word(start));
        works(&desk, &["status"]);
    }
}

#[test]
fn a_job_s_secret_goes_to_https() {
    let mut desk = Desk::of_job();
    desk.set("CARTO_M2M_CLIENT_SECRET", "a-secret-that-is-not-the-sandbox-s");
    let hint = fails(&desk, &["token"], "set-to-an-https");
    hint.says("or unset it");
    desk.unset(hint.word("CARTO_AUTH_URL"));
    works(&desk, &["status"]);
}

#[test]
fn a_sandbox_s_secret_gets_a_sandbox() {
    let mut desk = Desk::of_job();
    desk.set("XDG_RUNTIME_DIR", desk.folder.path().display().to_string());
    desk.set("CARTO_AUTH_URL", "https://auth.example.com");
    let hint = fails(&desk, &["token"], "start-a-sandbox-with");
    let typed = hint.word("eval");
    let (code, token, error) = shell(
        &desk,
        &format!("{typed} && carto-auth token; code=$?; carto-auth sandbox --stop >&2; exit $code"),
    );
    assert_eq!(code, Some(0), "{error}");
    assert!(token.starts_with("eyJ"), "{token}");
}

#[test]
fn what_the_sandbox_has_set_is_unset() {
    let mut desk = Desk::new();
    desk.set("XDG_RUNTIME_DIR", desk.folder.path().display().to_string());
    let begin = "eval \"$(carto-auth sandbox --env --background)\"; export CARTO_API_BASE_URL=https://api.example.com";
    let (code, _, error) = shell(&desk, &format!("{begin}; carto-auth dw token"));
    assert_eq!(code, Some(2), "{error}");
    let hint = Hint::within(&error, "unset-what-carto-auth");
    let (code, output, error) =
        shell(&desk, &format!("{begin}; {}; carto-auth status --json", hint.word("eval")));
    assert_eq!(code, Some(3), "nobody is signed in at CARTO: {error}");
    assert!(!output.contains("sandbox") && !output.contains("127.0.0.1"), "{output}");
}

#[test]
fn a_token_in_the_clear_is_a_sandbox_s() {
    let mut desk = Desk::new();
    desk.set("CARTO_API_TOKEN", "a-real-token");
    desk.set("CARTO_API_BASE_URL", desk.sandbox.url().to_owned());
    let hint = fails(&desk, &["dw", "token"], "use-an-https-address");
    let token = desk.sandbox.issue(ADA).access_token;
    hint.says("or a secret that begins with `sandbox-`");
    desk.set("CARTO_API_TOKEN", token);
    works(&desk, &["dw", "token"]);
}

#[test]
fn a_token_is_told_its_base_url() {
    let mut desk = Desk::new();
    desk.set("CARTO_API_TOKEN", desk.sandbox.issue(ADA).access_token);
    let id = "set-carto-api-base-url-or-give";
    let hint = fails(&desk, &["dw", "token"], id);
    works(&desk, &["dw", "token", hint.word("--base-url"), desk.sandbox.url()]);
    desk.set(hint.word("CARTO_API_BASE_URL"), desk.sandbox.url().to_owned());
    works(&desk, &["dw", "token"]);
}

#[test]
fn an_account_without_a_domain_is_told_its_base_url() {
    let mut desk = Desk::with(Settings { tenant_domain: Some("no domain".into()), ..Settings::default() });
    desk.set("DISPLAY", ":0");
    desk.set("BROWSER", "true");
    sign_in_by(&desk, &["login"]);
    let hint = fails(&desk, &["dw", "token"], "a-person-signs-in-again");
    let typed = hint.word("carto-auth login").replace("URL", desk.sandbox.url());
    sign_in(&desk, &typed);
    works(&desk, &["dw", "token"]);
    assert_eq!(hint.word("CARTO_API_BASE_URL"), "CARTO_API_BASE_URL");
}

#[test]
fn a_host_that_is_one_s_own_is_added_to_the_profile() {
    let desk = Desk::with_browser();
    let yaml = "apis:\n  baseUrl: https://api.example.org\n";
    desk.sandbox.plan_always(Route::Config, Fault::from(Answer::new(200, "text/yaml", yaml)));
    let hint = Hint::within(&sign_in_by(&desk, &["login"]).error, "if-it-is-yours");
    let folder = desk.home().join(".config/carto-auth");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), format!("[profiles.default]\n{}\n", hint.word("api_hosts")))
        .unwrap();
    let again = sign_in_by(&desk, &["login", "--force"]);
    assert!(!again.error.contains("warning:"), "{}", again.error);
    assert_eq!(works(&desk, &["status", "--field", "api_base_url"]).output, "https://api.example.org\n");
}

#[test]
fn a_proxy_is_written_like_the_one_of_the_hint() {
    let mut desk = Desk::of_job();
    desk.set("HTTPS_PROXY", "http://[proxy");
    let hint = fails(&desk, &["token"], "set-https-proxy-to-an");
    desk.set(hint.word("HTTPS_PROXY"), hint.word("http://"));
    works(&desk, &["token"]);
}

#[test]
fn a_warehouse_is_looked_for_at_the_right_address() {
    let mut desk = Desk::of_job();
    desk.set("CARTO_API_BASE_URL", format!("{}/elsewhere", desk.sandbox.url()));
    let hint = fails(&desk, &["dw", "token"], "check-carto-auth-status");
    let (code, shown, _) = shell(&desk, hint.word("carto-auth status"));
    assert_eq!(code, Some(0));
    let (wrong, right) = (format!("{}/elsewhere\n", desk.sandbox.url()), desk.sandbox.url().to_owned());
    assert_eq!(shown, wrong, "the address that is wrong is shown");
    desk.sandbox.forgive();
    desk.set("CARTO_API_BASE_URL", right);
    works(&desk, &["dw", "token"]);
}
