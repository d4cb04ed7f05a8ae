//! Credentials files, the three variables, and tokens that are given.

use carto_sandbox::{ADA, Fault, Recorded, Route};

use crate::desk::Desk;
use crate::hint::{Hint, fails, shell, sign_in, works};

/// What a file of credentials has in it, for the first job of the sandbox or a new one.
fn text(desk: &Desk, (id, secret): (String, String)) -> String {
    let url = desk.sandbox.url();
    format!(r#"{{"api_base_url": "{url}", "client_id": "{id}", "client_secret": "{secret}"}}"#)
}

#[test]
fn a_file_is_written_like_the_example() {
    for wrong in ["no JSON", "[]", "{\"client_id\": ", ""] {
        let desk = Desk::new();
        let path = desk.file("job.json", wrong).display().to_string();
        let hint = fails(&desk, &["token", "--m2m", &path], "a-credentials-file-looks");
        let (id, secret) = desk.sandbox.m2m_client();
        let mut values = [desk.sandbox.url(), &id, &secret].into_iter();
        let example = hint.word("{").replace("https://…", "…");
        let pieces: Vec<&str> = example.split('…').collect();
        let written: String =
            pieces.iter().map(|piece| format!("{piece}{}", values.next().unwrap_or_default())).collect();
        desk.file("job.json", &written);
        works(&desk, &["token", "--m2m", &path]);
    }
}

#[test]
fn the_values_are_carto_s() {
    let desk = Desk::new();
    let path =
        desk.file("job.json", &text(&desk, ("<your client id>".into(), String::new()))).display().to_string();
    fails(&desk, &["token", "--m2m", &path], "take-the-values-from")
        .says("Developers > Credentials > M2M OAuth Client");
    desk.file("job.json", &text(&desk, desk.sandbox.m2m_client()));
    works(&desk, &["token", "--m2m", &path]);
}

#[test]
fn the_variables_of_a_job_are_set_together_or_unset() {
    let mut desk = Desk::new();
    let (id, secret) = desk.sandbox.m2m_client();
    desk.set("CARTO_M2M_CLIENT_ID", &id);
    let hint = fails(&desk, &["token"], "set-and-or-unset");
    desk.set(hint.word("CARTO_API_BASE_URL"), desk.sandbox.url().to_owned());
    desk.set(hint.word("CARTO_M2M_CLIENT_ID"), &id);
    desk.set(hint.word("CARTO_M2M_CLIENT_SECRET"), &secret);
    works(&desk, &["token"]);
    desk.unset("CARTO_M2M_CLIENT_SECRET");
    let hint = fails(&desk, &["token"], "set-and-or-unset");
    hint.says("or unset the last two");
    desk.sign_in(&[]);
    desk.unset(hint.word("CARTO_M2M_CLIENT_ID"));
    desk.unset(hint.word("CARTO_M2M_CLIENT_SECRET"));
    works(&desk, &["status"]);
}

#[test]
fn a_token_is_copied_alone() {
    let mut desk = Desk::new();
    for wrong in ["an-api token", "<token>", "an-api\u{a0}token"] {
        desk.set("CARTO_API_TOKEN", wrong);
        let hint = fails(&desk, &["status"], "copy-the-token-alone");
        hint.word("Bearer");
        desk.set("CARTO_API_TOKEN", "an-api-token");
        works(&desk, &["status"]);
    }
}

#[test]
fn a_path_is_put_right() {
    let mut desk = Desk::new();
    let good = desk.credentials().display().to_string();
    let gone = desk.folder.path().join("nowhere/x.json").display().to_string();
    fails(&desk, &["token", "--m2m", &gone], "check-the-path-workspace").says("check the path");
    works(&desk, &["token", "--m2m", &good]);
    // A file stands where the path has a folder.
    let below = format!("{good}/x.json");
    fails(&desk, &["token", "--m2m", &below], "check-the-path");
    works(&desk, &["token", "--m2m", &good]);
    let folder = desk.home().display().to_string();
    let hint = fails(&desk, &["token", "--m2m", &folder], "give-the-path-of");
    assert!(std::fs::read_to_string(&good).unwrap().contains(hint.word("client_secret")));
    works(&desk, &["token", "--m2m", &good]);
    let near = good.replace("carto-credentials", "carto-credential");
    let hint = fails(&desk, &["token", "--m2m", &near], "did-you-mean-which");
    works(&desk, &["token", "--m2m", hint.word("/")]);
    desk.set("CARTO_CREDENTIALS_FILE", &gone);
    let hint = fails(&desk, &["token"], "the-file-is-named");
    desk.set(hint.word("CARTO_CREDENTIALS_FILE"), &good);
    works(&desk, &["token"]);
}

#[test]
fn a_file_of_somebody_else_gives_way_to_a_machine_to_machine_client() {
    for (wrong, id) in [
        (r#"{"type": "service_account"}"#, "it-signs-in-to"),
        (r#"{"type": "authorized_user"}"#, "it-signs-in-to"),
        (r#"{"installed": {}}"#, "it-signs-in-to"),
        (r#"{"type": "spa", "client_id": "x"}"#, "create-a-machine-to"),
    ] {
        let desk = Desk::new();
        let path = desk.file("job.json", wrong).display().to_string();
        fails(&desk, &["token", "--m2m", &path], id).says("create a machine-to-machine client");
        desk.file("job.json", &text(&desk, desk.sandbox.add_m2m_client()));
        works(&desk, &["token", "--m2m", &path]);
    }
}

#[test]
fn a_file_of_another_command_gives_way_to_a_sign_in_or_to_credentials() {
    let desk = Desk::with_browser();
    let path = desk.file("carto.json", r#"{"current_profile": "x", "profiles": {}}"#).display().to_string();
    let hint = fails(&desk, &["token", "--m2m", &path], "a-person-signs-in-with");
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["token"]);
    let good = desk.credentials();
    for attribute in ["api_base_url", "client_id", "client_secret"] {
        assert!(std::fs::read_to_string(&good).unwrap().contains(hint.word(attribute)));
    }
    works(&desk, &["token", "--m2m", good.to_str().unwrap()]);
}

#[test]
fn a_stored_token_gives_way_to_the_file_it_was_won_with() {
    let desk = Desk::new();
    let path = desk.file("token.json", r#"{"access_token": "x"}"#).display().to_string();
    let hint = fails(&desk, &["token", "--m2m", &path], "give-the-file-that");
    let good = desk.credentials();
    assert!(std::fs::read_to_string(&good).unwrap().contains(hint.word("client_id")));
    works(&desk, &["token", "--m2m", good.to_str().unwrap()]);
}

#[test]
fn an_api_token_in_a_file_goes_into_its_variable_or_a_pipe() {
    let mut desk = Desk::new();
    let token = desk.sandbox.issue_api_token(ADA);
    let path = desk.file("token.json", &format!(r#"{{"token": "{token}"}}"#)).display().to_string();
    let hint = fails(&desk, &["token", "--m2m", &path], "put-the-token-itself");
    let (code, output, error) =
        shell(&desk, &format!("printf %s {token} | {} token", hint.word("carto-auth --token -")));
    assert_eq!((code, output), (Some(0), format!("{token}\n")), "{error}");
    desk.set(hint.word("CARTO_API_TOKEN"), &token);
    works(&desk, &["token"]);
}

#[test]
fn a_secret_that_was_rotated_is_read_from_its_file_anew() {
    let desk = Desk::new();
    let path = desk.credentials().display().to_string();
    works(&desk, &["token", "--m2m", &path]);
    let (id, _) = desk.sandbox.m2m_client();
    let secret = desk.sandbox.rotate_m2m_secret(&id);
    std::fs::remove_dir_all(desk.home().join(".carto-auth")).unwrap();
    let hint = fails(&desk, &["token", "--m2m", &path], "compare-client-id-and-client-secret");
    hint.says("compare `client_id` and `client_secret`");
    let (_, place) = hint.word("/").split_once(desk.folder.path().to_str().unwrap()).unwrap();
    desk.file(place.trim_start_matches('/'), &text(&desk, (id, secret)));
    works(&desk, &["token", "--m2m", &path]);
}

#[test]
fn the_client_of_the_variables_is_checked() {
    let mut desk = Desk::of_job();
    let (_, right) = desk.sandbox.m2m_client();
    desk.set("CARTO_M2M_CLIENT_SECRET", "sandbox-wrong");
    let hint = fails(&desk, &["token"], "check-client-id-and-client-secret");
    assert_eq!(hint.word("client_secret"), "client_secret");
    desk.set("CARTO_M2M_CLIENT_SECRET", right);
    works(&desk, &["token"]);
}

#[test]
fn a_client_of_the_wrong_kind_gives_way_to_one_of_the_right_kind() {
    let mut desk = Desk::of_job();
    let right = desk.sandbox.add_m2m_client();
    let (wrong, _) = desk.sandbox.m2m_client();
    desk.sandbox.plan_always_with(Route::Token, move |request: &Recorded| {
        if request.text().contains(&wrong) {
            Fault::oauth_error(403, "unauthorized_client", "Grant type not allowed")
        } else {
            Fault::None
        }
    });
    fails(&desk, &["token"], "use-a-client-of").says("`Machine to Machine` for a job");
    desk.set("CARTO_M2M_CLIENT_ID", right.0);
    desk.set("CARTO_M2M_CLIENT_SECRET", right.1);
    works(&desk, &["token"]);
}

#[test]
fn an_api_token_that_is_not_accepted_is_replaced_or_unset() {
    let mut desk = Desk::with_browser();
    desk.sign_in(&[]);
    desk.set("CARTO_API_TOKEN", "sandbox-gone");
    let base = ["dw", "token", "--base-url", desk.sandbox.url()].map(str::to_owned);
    let base: Vec<&str> = base.iter().map(String::as_str).collect();
    let hint = fails(&desk, &base, "replace-the-api-access");
    desk.set("CARTO_API_TOKEN", desk.sandbox.issue(ADA).access_token);
    works(&desk, &base);
    desk.unset(hint.word("CARTO_API_TOKEN"));
    works(&desk, &["dw", "token"]);
}

#[test]
fn a_file_that_was_tried_is_named_to_the_other_commands() {
    let desk = Desk::new();
    let plain = desk.credentials().display().to_string();
    let spaced =
        desk.file("a job's file.json", &text(&desk, desk.sandbox.m2m_client())).display().to_string();
    assert_eq!(desk.run(&["token"]).code, Some(3));
    for path in [plain, spaced] {
        let hint =
            Hint::of(&desk.run(&["login", "--m2m", &path]), "export-carto-credentials-file-makes-every");
        let (code, token, error) = shell(&desk, &format!("{}; carto-auth token", hint.word("export")));
        assert_eq!(code, Some(0), "{error}");
        assert!(token.starts_with("eyJ"), "{token}");
    }
}
