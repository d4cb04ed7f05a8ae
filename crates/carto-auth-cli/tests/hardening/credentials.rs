//! C01 to C15: the credentials file, as it is given to the command.

use std::path::{Path, PathBuf};

use carto_sandbox::Route;

use crate::desk::{Desk, Outcome};

const MEMBERS: [(&str, &str); 3] = [
    ("api_base_url", r#""https://a.example""#),
    ("client_id", r#""an-id""#),
    ("client_secret", r#""sandbox-canary""#),
];

/// The three attributes as JSON, with one changed or left out.
fn with(name: &str, value: Option<&str>) -> String {
    let members = MEMBERS.iter().filter_map(|(own, good)| {
        let value = if *own == name { value? } else { good };
        Some(format!("\"{own}\": {value}"))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

/// What is said of this file: one error for a person and one for a program, without a secret, and nothing is sent.
fn refusal(desk: &Desk, path: &Path) -> String {
    let file = path.to_str().unwrap();
    let outcome = desk.run(&["token", "--m2m", file]);
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(2), ""), "{file}: {outcome:?}");
    let (error, hint) =
        outcome.raw.1.split_once("\nhint: ").unwrap_or_else(|| panic!("no hint: {outcome:?}"));
    assert!(error.starts_with("error: ") && !hint.trim().is_empty(), "{outcome:?}");
    for word in ["canary", "panicked", "RUST_BACKTRACE", "Traceback"] {
        assert!(!outcome.raw.1.contains(word), "{file}: {outcome:?}");
    }
    let json = desk.run(&["status", "--json", "--m2m", file]);
    assert_eq!((json.code, json.output.as_str()), (Some(2), ""), "{file}: {json:?}");
    assert_eq!(json.json_error()["kind"], "config", "{json:?}");
    assert!(outcome.raw.1.contains(json.json_error()["message"].as_str().unwrap()), "{json:?}");
    assert_eq!(desk.sandbox.recorded().len(), 0);
    outcome.raw.1
}

#[test]
fn c01_what_is_no_file_that_can_be_read_is_named_by_path_and_kind_and_never_waited_for() {
    let desk = Desk::new();
    let at = |name: &str| desk.folder.path().join(name);
    std::fs::create_dir(at("folder")).unwrap();
    std::fs::write(at("large"), vec![b' '; 70_000]).unwrap();
    let mut cases = vec![
        (at("folder"), "it is a folder"),
        (at("large"), "it is larger than"),
        (at("none.json"), "there is no such file in"),
        (at("none/c.json"), "there is no folder"),
    ];
    #[cfg(unix)]
    {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        std::os::unix::fs::symlink(at("nowhere"), at("dangling")).unwrap();
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        cases.extend([
            (at("dangling"), "it is a link that leads nowhere"),
            (at("pipe"), "it is a named pipe"),
            (PathBuf::from("/dev/zero"), "it is a device"),
            (PathBuf::from("/dev/stdin"), "it is "),
        ]);
    }
    for (path, kind) in cases {
        let said = refusal(&desk, &path);
        assert!(said.contains(kind) && said.contains(path.to_str().unwrap()), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn c01_a_file_that_may_not_be_read_says_so() {
    let desk = Desk::new();
    let file = desk.credentials();
    let Some(outcome) = as_a_stranger(&desk, &["token", "--m2m", file.to_str().unwrap()]) else { return };
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(2), ""), "{outcome:?}");
    assert!(outcome.error.to_lowercase().contains("permission denied"), "{outcome:?}");
    assert!(outcome.error.contains("hint: let this user read the file"), "{outcome:?}");
}

#[cfg(unix)]
#[test]
fn c02_a_file_that_others_can_open_works_with_one_warning_beside_the_token() {
    use std::os::unix::fs::PermissionsExt as _;
    for (mode, warnings) in [(0o600, 0), (0o400, 0), (0o640, 1), (0o644, 1), (0o666, 1)] {
        let desk = Desk::new();
        let file = desk.credentials();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        for arguments in [&["token"][..], &["token", "--json"], &["status"], &["login"]] {
            let outcome = desk.run(&[arguments, &["--m2m", file.to_str().unwrap()]].concat());
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            let told = outcome.error.matches("chmod 600 [DESK]/carto-credentials.json").count();
            assert_eq!(told, warnings, "{mode:o} {arguments:?}: {outcome:?}");
            assert!(!outcome.output.contains("chmod"), "{outcome:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn c02_a_strict_command_refuses_a_file_that_others_can_open_and_the_hint_mends_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut desk = Desk::new();
    desk.set("CARTO_AUTH_STRICT_FILES", "1");
    let file = desk.credentials();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let arguments = ["token", "--m2m", file.to_str().unwrap()];
    let refused = desk.run(&arguments);
    assert_eq!((refused.code, refused.output.as_str()), (Some(2), ""), "{refused:?}");
    assert!(!refused.raw.1.contains("canary"), "{refused:?}");
    let hint =
        refused.raw.1.split_once("hint: close it with `").expect("a hint").1.split('`').next().unwrap();
    assert!(std::process::Command::new("sh").args(["-c", hint]).status().unwrap().success());
    assert_eq!(desk.run(&arguments).code, Some(0));
}

#[test]
fn c04_what_is_no_json_object_is_told_by_line_and_column() {
    let desk = Desk::new();
    for (text, position) in [
        ("", "line 1, column 1: "),
        ("  \n ", "line 1, column 1: "),
        ("null", "line 1, column 1: "),
        ("[]", "line 1, column 1: "),
        ("\"canary\"", "line 1, column 1: "),
        ("{\n  \"client_id\": \"canary\",\n}", "line 3, column 1: a comma too many"),
        ("// canary\n{}", "line 1, column 1: "),
        ("{\"client_secret\": \"canary", "line 1, column "),
        ("{}\n{}", "line 2, column 1: "),
        ("client_secret: canary", "line 1, column 1: "),
        ("\u{0}\u{0}", "line 1, column 1: "),
    ] {
        let said = refusal(&desk, &desk.file("c.json", text));
        assert!(said.contains(position), "{text:?}: {said}");
        assert!(said.contains("`{\"api_base_url\": "), "what is wanted is shown: {said}");
    }
    let whole = with("", None);
    for cut in (0..whole.len()).step_by(9) {
        assert!(
            refusal(&desk, &desk.file("c.json", &whole[..cut])).contains("line 1, column "),
            "cut at {cut}"
        );
    }
}

#[test]
fn c05_all_faults_are_listed_at_once() {
    let desk = Desk::new();
    for (attribute, _) in MEMBERS {
        for value in
            [None, Some("null"), Some(r#""""#), Some(r#""  ""#), Some("7"), Some("[\"canary\"]"), Some("{}")]
        {
            let said = refusal(&desk, &desk.file("c.json", &with(attribute, value)));
            assert!(said.contains(attribute), "{value:?}: {said}");
        }
    }
    for text in ["{}", r#"{"api_base_url": 1, "client_id": "", "client_secret": null}"#] {
        let said = refusal(&desk, &desk.file("c.json", text));
        let first = said.lines().next().unwrap();
        for (attribute, _) in MEMBERS {
            assert!(first.contains(attribute), "{said}");
        }
    }
}

#[test]
fn c07_more_keys_do_no_harm_and_another_programs_file_is_named() {
    let desk = Desk::new();
    let good = std::fs::read_to_string(desk.credentials()).unwrap();
    for (text, words) in [
        (r#"{"type": "service_account", "private_key": "canary", "client_id": "1"}"#, "Google"),
        (
            r#"{"type": "spa", "api_base_url": "https://a.example", "client_id": "1", "client_secret": "canary"}"#,
            "people",
        ),
        (&with("", None).replace("client_id", "clientId"), "`clientId` is there: write `client_id`"),
        (
            &with("", None).replace("client_secret", "CLIENT_SECRET"),
            "`CLIENT_SECRET` is there: write `client_secret`",
        ),
    ] {
        let said = refusal(&desk, &desk.file("c.json", text));
        assert!(said.contains(words), "{said}");
    }
    let more = good.replacen('{', r#"{"name": "ETL", "type": "m2m", "clientId": 2, "#, 1);
    let file = desk.file("c.json", &more);
    assert_eq!(desk.run(&["token", "--m2m", file.to_str().unwrap()]).code, Some(0));
    assert_eq!(std::fs::read_to_string(file).unwrap(), more);
}

#[test]
fn c09_a_secret_is_sent_exactly_as_it_is_from_a_file_and_from_a_variable_and_shown_nowhere() {
    let tails = ["%+&=\"'\u{e9}\u{1f30d}/\\", "%2B +&client_id=other&", " a b ", &"x".repeat(4_096)];
    for tail in tails {
        for by_variable in [false, true] {
            let mut desk = Desk::new();
            let secret = format!("sandbox-canary{tail}");
            let url = desk.sandbox.url().to_owned();
            let text =
                serde_json::json!({"api_base_url": url, "client_id": "sandbox-id", "client_secret": secret});
            let file = desk.file("c.json", &text.to_string());
            let mut arguments = vec!["token", "-v"];
            if by_variable {
                desk.set("CARTO_API_BASE_URL", url);
                desk.set("CARTO_M2M_CLIENT_ID", "sandbox-id");
                desk.set("CARTO_M2M_CLIENT_SECRET", secret.clone());
            } else {
                arguments.extend(["--m2m", file.to_str().unwrap()]);
            }
            let outcome = desk.run(&arguments);
            assert_eq!((outcome.code, outcome.output.as_str()), (Some(4), ""), "{outcome:?}");
            assert!(!outcome.raw.1.contains("canary"), "{outcome:?}");
            let asked = desk.sandbox.recorded();
            let sent = asked.iter().find(|request| request.route == Route::Token).unwrap();
            assert_eq!(sent.parameter("client_secret"), Some(secret));
            assert_eq!((sent.header("authorization"), sent.query.as_str()), (None, ""));
        }
    }
}

#[test]
fn c10_a_base_url_is_checked_wherever_it_comes_from() {
    let (id, secret) = ("an-id", "sandbox-canary");
    for (text, expected) in [
        ("https://gcp-us-east1.api.carto.com///", "https://gcp-us-east1.api.carto.com"),
        ("HTTPS://MAPS.Example.COM:443/api/", "https://maps.example.com/api"),
        ("https://m\u{fc}nchen.example", "https://xn--mnchen-3ya.example"),
        ("https://10.0.0.7:8443", "https://10.0.0.7:8443"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
    ] {
        for outcome in base_url_from_everywhere(text, id, secret) {
            assert_eq!((outcome.code, outcome.raw.0.trim()), (Some(0), expected), "{text}: {outcome:?}");
        }
    }
    for text in [
        "http://maps.example.com",
        "http://127.0.0.1.example.com",
        "maps.example.com",
        "https://",
        "https://me:canary@maps.example.com",
        "https://maps.example.com?token=canary",
        "https://maps.example.com#canary",
        "https://exa mple.com",
        "https://example.com/\u{7}",
        "https://example.com\r\nx: y",
        "file:///etc/passwd",
        "ftp://maps.example.com",
    ] {
        for outcome in base_url_from_everywhere(text, id, secret) {
            assert_eq!((outcome.code, outcome.output.as_str()), (Some(2), ""), "{text}: {outcome:?}");
            assert!(
                outcome.error.contains("API base URL") && outcome.error.contains("\nhint: "),
                "{outcome:?}"
            );
            assert!(!outcome.raw.1.contains("canary") && !outcome.raw.1.contains('\u{7}'), "{outcome:?}");
        }
    }
}

/// The base URL by a file, by the variable, and by the option.
fn base_url_from_everywhere(text: &str, id: &str, secret: &str) -> [Outcome; 3] {
    let mut desk = Desk::new();
    let field = ["status", "--field", "api_base_url"];
    let json = serde_json::json!({"api_base_url": text, "client_id": id, "client_secret": secret});
    let file = desk.file("c.json", &json.to_string());
    let by_file = desk.run(&[&field[..], &["--m2m", file.to_str().unwrap()]].concat());
    desk.set("CARTO_M2M_CLIENT_ID", id);
    desk.set("CARTO_M2M_CLIENT_SECRET", secret);
    let by_option = desk.run(&[&field[..], &["--base-url", text]].concat());
    desk.set("CARTO_API_BASE_URL", text);
    [by_file, by_option, desk.run(&field)]
}

#[test]
fn c12_a_secret_that_is_rotated_is_used_by_the_next_command_and_the_old_token_is_not() {
    let desk = Desk::new();
    let file = desk.credentials();
    let token = || desk.run(&["token", "--m2m", file.to_str().unwrap()]);
    let old = token();
    assert_eq!(token().raw.0, old.raw.0, "it is kept");
    desk.sandbox.rotate_m2m_secret(&desk.sandbox.m2m_client().0);
    assert_eq!(token().raw.0, old.raw.0, "the file says nothing new yet");
    desk.credentials();
    let new = token();
    assert_eq!((new.code, new.output.as_str(), new.error.as_str()), (Some(0), "[TOKEN]\n", ""));
    assert_ne!(new.raw.0, old.raw.0);
    std::fs::write(&file, &std::fs::read_to_string(&file).unwrap()[..40]).unwrap();
    assert_eq!(token().code, Some(2), "half a file is no credential");
}

#[test]
fn c14_of_two_secrets_the_one_that_is_used_is_told_and_warned_of() {
    let mut desk = Desk::of_job();
    let (id, secret) = desk.sandbox.add_m2m_client();
    let url = desk.sandbox.url();
    let text = format!(r#"{{"api_base_url": "{url}", "client_id": "{id}", "client_secret": "{secret}"}}"#);
    let file = desk.file("other.json", &text);
    desk.set("CARTO_CREDENTIALS_FILE", file.to_str().unwrap());
    let (variables, _) = desk.sandbox.m2m_client();
    let file = file.to_str().unwrap().to_owned();
    for (arguments, used, source) in
        [(&["token"][..], &variables, "CARTO_M2M_CLIENT_ID"), (&["token", "--m2m", &file], &id, "option")]
    {
        let outcome = desk.run(arguments);
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(0), "[TOKEN]\n"));
        assert_eq!(outcome.error.matches("says something else, and is left aside").count(), 1, "{outcome:?}");
        let asked = desk.sandbox.recorded();
        let sent = asked.iter().rfind(|request| request.route == Route::Token).unwrap();
        assert_eq!(sent.parameter("client_id").as_ref(), Some(used));
        let status = desk.run(&[&["status", "--json"], &arguments[1..]].concat());
        let settings = status.json()["settings"].as_array().unwrap().clone();
        let choice = settings.iter().find(|entry| entry["setting"] == "credential").unwrap();
        assert!(choice["source"].to_string().contains(source), "{choice}");
        assert!(!choice["overrides"].as_array().unwrap().is_empty(), "{choice}");
        assert!(!status.raw.0.contains(&secret) && !outcome.raw.1.contains(&secret));
    }
    // The same in both is worth no word.
    desk.set("CARTO_CREDENTIALS_FILE", desk.credentials().to_str().unwrap());
    assert_eq!(desk.run(&["token"]).error, "");
}

#[test]
fn c15_whatever_a_path_is_made_of_it_leads_to_the_file() {
    let mut desk = Desk::new();
    let good = std::fs::read_to_string(desk.credentials()).unwrap();
    std::fs::create_dir_all(desk.home().join("mit Raum-ü/日本")).unwrap();
    let long = format!("{}.json", "x".repeat(240));
    for name in [
        "c.json",
        "mit Raum-ü/c c.json",
        "mit Raum-ü/日本/🌍.json",
        &long,
        "it's $(id) `id`.json",
        "-c.json",
        r"\\s\c",
    ] {
        let path = desk.file(&format!("home/{name}"), &good);
        for path in [path.to_str().unwrap(), &format!("~/{name}"), &format!("home/./../home/{name}")] {
            desk.unset("CARTO_CREDENTIALS_FILE");
            let by_option = desk.run(&["token", &format!("--m2m={path}")]);
            assert_eq!((by_option.code, by_option.error.as_str()), (Some(0), ""), "{path}");
            desk.set("CARTO_CREDENTIALS_FILE", path);
            let by_variable = desk.run(&["token"]);
            assert_eq!((by_variable.code, by_variable.error.as_str()), (Some(0), ""), "{path}");
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        desk.unset("CARTO_CREDENTIALS_FILE");
        let name = std::ffi::OsStr::from_bytes(b"latin-\xfc.json");
        std::fs::write(desk.folder.path().join(name), &good).unwrap();
        let outcome = desk.command(&["token", "-q", "--m2m"]).arg(name).output().unwrap();
        assert!(outcome.status.success(), "{outcome:?}");
    }
}

/// What a user hears to whom nothing here belongs, and who has no name; `None` where only root could become one.
#[cfg(unix)]
#[expect(clippy::print_stderr, reason = "a check that is left out is told")]
pub(crate) fn as_a_stranger(desk: &Desk, arguments: &[&str]) -> Option<Outcome> {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    if !rustix::process::geteuid().is_root() {
        eprintln!("left out: only root can become another user");
        return None;
    }
    std::fs::set_permissions(desk.folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let done = desk.command(arguments).uid(1_000_620_000).gid(0).output();
    let Ok(done) = done else {
        eprintln!("left out: the program lies where another user cannot come");
        return None;
    };
    let [output, error] = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let bracket = |text: &str| text.replace(&desk.folder.path().display().to_string(), "[DESK]");
    let (shown, said) = (bracket(&output), bracket(&error));
    Some(Outcome { code: done.status.code(), output: shown, error: said, raw: (output, error) })
}
