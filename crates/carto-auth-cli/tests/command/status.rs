//! `carto-auth status`.

use carto_sandbox::{Route, Settings};

use crate::desk::Desk;

#[test]
fn it_tells_who_is_signed_in_and_why() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    let requests = desk.sandbox.recorded().len();
    let status = desk.run(&["status"]);
    assert_eq!((status.code, status.error.as_str()), (Some(0), ""));
    let head = status.output.replace("24 hours", "23 hours");
    let (head, settings) = head.split_once("\nSettings that are not the default:\n\n").unwrap();
    let head: Vec<&str> = head.lines().filter(|line| !line.contains("Scopes")).collect();
    assert_eq!(
        head,
        [
            "Signed in to CARTO as ada@example.com",
            "",
            "  Profile       default",
            "  Account       ac_sandbox_ada",
            "  API base URL  [SANDBOX]",
            "  Token         23 hours left (until [TIME]), renews by itself",
            "  Kept in       [DESK]/home/.carto-auth/oauth-[KEY].json",
            "  Renews with   a refresh token in the file, since there is no D-Bus session here",
        ]
    );
    let settings: Vec<Vec<&str>> = settings.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(settings[0], ["auth_url", "[SANDBOX]", "from", "`CARTO_AUTH_URL`"]);
    assert_eq!(desk.sandbox.recorded().len(), requests, "nothing is sent");
}

#[test]
fn nobody_signed_in_is_told_with_its_own_exit_code() {
    let desk = Desk::new();
    let status = desk.run(&["status"]);
    assert_eq!(status.code, Some(3));
    assert!(status.output.starts_with("Nobody is signed in with the profile `default`.\n"));
    assert_eq!(status.error, "hint: sign in with `carto-auth login`\n");
    let json = desk.run(&["status", "--json"]);
    assert_eq!((json.code, json.json()["signed_in"].as_bool()), (Some(3), Some(false)));
    assert_eq!(desk.run(&["status", "--field", "email"]).code, Some(3));
}

#[test]
fn its_json_has_every_field_and_no_secret() {
    let mut desk = Desk::of_job();
    let token = desk.run(&["token"]).raw.0;
    desk.set("CARTO_CREDENTIALS_FILE", desk.credentials().display().to_string());
    let status = desk.run(&["status", "--json"]);
    let json = status.json();
    let fields: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "account_id",
            "api_base_url",
            "email",
            "expires_at",
            "expires_in",
            "kind",
            "location",
            "organization",
            "profile",
            "quota",
            "refresh_location",
            "renews",
            "scope",
            "settings",
            "signed_in",
            "warnings"
        ]
    );
    assert_eq!(json["kind"], "m2m");
    let credential =
        json["settings"].as_array().unwrap().iter().find(|entry| entry["setting"] == "credential").unwrap();
    assert_eq!(credential["source"]["name"], "CARTO_M2M_CLIENT_ID");
    assert_eq!(credential["overrides"][0]["name"], "CARTO_CREDENTIALS_FILE");
    let (_, secret) = desk.sandbox.m2m_client();
    assert!(!status.raw.0.contains(&secret) && !status.raw.0.contains(token.trim()));
}

#[test]
fn what_is_left_of_a_quota_is_told() {
    let settings = Settings { m2m_tokens_per_hour: Some(10), ..Settings::default() };
    let desk = Desk::of_job_with(settings);
    assert!(!desk.run(&["status"]).output.contains("Quota"), "nothing was said yet");
    assert_eq!(desk.run(&["token"]).error, "", "nine are plenty");
    let requests = desk.sandbox.recorded().len();
    let status = desk.run(&["status"]);
    let line = status.output.lines().find(|line| line.contains("Quota"));
    assert_eq!(
        line,
        Some("  Quota         9 of 10 token requests left this hour, until [TIME]"),
        "{}",
        status.output
    );
    let quota = &desk.run(&["status", "--json"]).json()["quota"];
    let client = &quota["client"][0];
    assert_eq!(
        (&client["period"], &client["limit"], &client["remaining"]),
        (&"hour".into(), &10.into(), &9.into())
    );
    for time in [&client["resets_at"], &quota["told_at"]] {
        assert!(time.as_str().unwrap().ends_with('Z'), "{quota}");
    }
    assert_eq!(quota["organization"].as_array().map(Vec::len), Some(0));
    assert_eq!(desk.run(&["status", "--field", "quota"]).code, Some(2), "it is no single value");
    assert_eq!(desk.sandbox.recorded().len(), requests, "nothing is sent");
}

#[test]
fn a_quota_that_runs_out_is_warned_of_and_one_that_is_used_up_says_until_when() {
    let settings = Settings { m2m_tokens_per_hour: Some(1), ..Settings::default() };
    let desk = Desk::of_job_with(settings);
    let last = desk.run(&["token", "--no-cache"]);
    assert_eq!((last.code, last.output.as_str()), (Some(0), "[TOKEN]\n"));
    let warning =
        "warning: 0 of 1 token requests left this hour, until [TIME] (the quota of this client); processes";
    assert!(last.error.starts_with(warning), "{}", last.error);
    assert!(last.error.contains("`CARTO_AUTH_STORE=redis://…`"), "{}", last.error);
    let requests = desk.sandbox.requests(Route::Token);
    let none = desk.run(&["token", "--no-cache", "--json"]);
    assert_eq!(none.code, Some(5));
    assert_eq!(none.error.lines().count(), 1, "the error says it all: {}", none.error);
    let error = none.json_error();
    assert_eq!((&error["status"], &error["code"]), (&429.into(), &"too_many_requests".into()));
    assert!(
        error["message"].as_str().unwrap().ends_with("gives no more tokens for now to this client"),
        "{error}"
    );
    assert!(
        error["hint"].as_str().unwrap().starts_with("0 of 1 token requests left this hour, until "),
        "{error}"
    );
    let wait = error["retry_after"].as_u64().unwrap();
    assert!((3_000..=3_600).contains(&wait), "{error}");
    assert_eq!(desk.sandbox.requests(Route::Token), requests + 1, "nobody waits for an hour");
}

#[test]
fn a_redis_that_is_away_is_shown_and_nothing_is_said_to_rest_there() {
    let mut desk = Desk::of_job();
    desk.set("CARTO_AUTH_STORE", "redis://127.0.0.1:1");
    let shown = desk.run(&["status"]);
    assert_eq!(shown.code, Some(0));
    assert!(shown.output.contains("Kept in       this process only\n"), "{}", shown.output);
    assert_eq!(shown.error.matches("cannot be reached").count(), 1, "{}", shown.error);
    let document: serde_json::Value = serde_json::from_str(&desk.run(&["status", "--json"]).output).unwrap();
    assert_eq!(document["location"], "this process only");
    assert!(document["warnings"][0].as_str().unwrap().contains("cannot be reached"), "{document}");
}

#[test]
fn one_field_is_printed_alone() {
    let mut desk = Desk::new();
    desk.sign_in(&[]);
    let field = |desk: &Desk, name: &str| desk.run(&["status", "--field", name]);
    assert_eq!(field(&desk, "email").raw.0, "ada@example.com\n");
    assert_eq!(field(&desk, "api_base_url").raw.0, format!("{}\n", desk.sandbox.url()));
    assert_eq!(field(&desk, "renews").raw.0, "true\n");
    let unknown = field(&desk, "foo");
    assert_eq!((unknown.code, unknown.output.as_str()), (Some(2), ""));
    assert!(unknown.error.contains("`foo` is no field") && unknown.error.contains("`api_base_url`"));
    desk.set("CARTO_API_TOKEN", "a-token");
    let missing = field(&desk, "api_base_url");
    assert_eq!((missing.code, missing.output.as_str()), (Some(1), ""));
    assert!(missing.error.starts_with("error: `api_base_url` is not known\n\nhint: "), "{}", missing.error);
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let mut desk = Desk::new();
    assert!(!desk.run(&["status"]).raw.0.contains('\u{1b}'));
    assert!(desk.run(&["status", "--color", "always"]).raw.0.contains('\u{1b}'));
    assert!(desk.run(&["stauts", "--color=always"]).raw.1.contains('\u{1b}'));
    desk.set("NO_COLOR", "1");
    assert!(!desk.run(&["status"]).raw.1.contains('\u{1b}'));
}
