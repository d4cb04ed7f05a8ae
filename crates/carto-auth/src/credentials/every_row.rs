//! The credentials file, row by row.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::error::{Error, ErrorKind};
use crate::platform::{Heard, write_private};

const GOOD: &str =
    r#"{"api_base_url": "https://a.example/", "client_id": "id-1", "client_secret": "canary-1"}"#;

/// A folder that is the home folder, and a machine that has it.
struct Desk {
    folder: tempfile::TempDir,
    heard: Arc<Heard>,
    platform: Platform,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let heard = Arc::new(Heard::default());
        let home = folder.path().to_str().expect("UTF-8").to_owned();
        let mut platform = Platform::headless(Variables::from_iter([("HOME", home)]));
        platform.prompt = Arc::<Heard>::clone(&heard);
        Self { folder, heard, platform }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn with(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        write_private(&path, text.as_ref()).expect("written");
        path
    }

    fn read(&self, path: &Path) -> Result<M2mCredentials> {
        M2mCredentials::read(path, &self.platform)
    }

    /// The error of a file with this text. Nothing secret is ever in it.
    fn refusal(&self, text: impl AsRef<[u8]>) -> Error {
        let error = self.read(&self.with("c.json", text)).expect_err("refused");
        check(&error);
        error
    }

    fn warnings(&self) -> Vec<String> {
        self.heard.0.lock().unwrap().clone()
    }
}

/// What every refusal must be.
fn check(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint_text().is_some_and(|hint| !hint.is_empty()), "{error:?}");
    assert!(CredentialsFault::of(error).is_some(), "{error:?}");
    let all = format!("{error} {error:?} {:?}", CredentialsFault::of(error));
    assert!(!all.contains("canary"), "{all}");
}

fn whole(error: &Error) -> String {
    format!("{error}: {} ({})", error.causes().join(": "), error.hint_text().unwrap_or_default())
}

#[test]
fn a_good_file_is_read_by_any_spelling_of_its_path() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("mit Raum-ü")).expect("made");
    for name in ["c.json", "mit Raum-ü/c c.json", &"x".repeat(200)] {
        let path = desk.with(name, GOOD);
        for path in [path, Path::new("~").join(name)] {
            let credentials = desk.read(&path).expect("read");
            assert_eq!(credentials.api_base_url.as_deref(), Some("https://a.example"));
            assert_eq!(credentials.client_secret.expose(), "canary-1");
        }
    }
    assert_eq!(desk.warnings(), [""; 0]);
}

#[test]
fn what_is_no_file_is_named_and_never_waited_for() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("folder")).expect("made");
    desk.with("large", vec![b' '; 70_000]);
    let mut cases = vec![
        (desk.path("folder"), "it is a folder"),
        (desk.path("large"), "it is larger"),
        (desk.path("none/c.json"), "there is no folder"),
        (desk.path("none.json"), "there is no such file in"),
        (desk.path(&"x".repeat(5_000)), "too long"),
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(desk.path("nowhere"), desk.path("link")).expect("linked");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            desk.path("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .expect("made");
        cases.push((desk.path("link"), "it is a link that leads nowhere"));
        cases.push((desk.path("pipe"), "it is a named pipe"));
        cases.push((PathBuf::from("/dev/zero"), "it is a device"));
    }
    for (path, what) in cases {
        let error = desk.read(&path).expect_err(what);
        check(&error);
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
        assert!(whole(&error).to_lowercase().contains(what), "{}", whole(&error));
    }
}

#[test]
fn a_missing_file_leads_to_its_near_namesake() {
    let desk = Desk::new();
    desk.with(".carto_credentials.json", GOOD);
    desk.with("package.json", "{}");
    let error = desk.read(&desk.path("carto_credentials.json")).expect_err("missing");
    assert!(!whole(&error).contains("did you mean"), "{}", whole(&error));
    desk.with("carto-credentials.json", GOOD);
    let error = desk.read(Path::new("~/carto_credentials.json")).expect_err("missing");
    check(&error);
    assert!(matches!(CredentialsFault::of(&error), Some(CredentialsFault::NotFound { .. })));
    assert_eq!(error.hint_text(), Some("did you mean `~/carto-credentials.json`, which is there?"));
}

#[test]
fn a_syntax_fault_has_its_line_and_column() {
    let desk = Desk::new();
    let error = desk.refusal("{\n  \"client_id\": \"canary\",\n  \"client_secret\": \"canary\",\n}");
    assert!(whole(&error).contains("line 4, column 1: a comma too many"), "{}", whole(&error));
    for text in ["", "  ", "null", "[]", "\"canary\"", "{\"client_secret\": canary}", "{} canary", "canary"] {
        let error = desk.refusal(text);
        assert!(matches!(CredentialsFault::of(&error), Some(CredentialsFault::Syntax { .. })), "{error:?}");
    }
    desk.read(&desk.with("bom.json", format!("\u{feff}{GOOD}"))).expect("a mark in front is no fault");
}

#[test]
fn all_faults_are_told_at_once_and_the_first_in_the_words_of_the_old_release() {
    let desk = Desk::new();
    let path = desk.path("c.json").display().to_string();
    for (text, message) in [
        (
            "{}",
            format!(
                "Missing attribute api_base_url from {path}; `client_id` is missing; `client_secret` is missing"
            ),
        ),
        (
            r#"{"api_base_url": 7, "client_id": null, "client_secret": ["canary"]}"#,
            format!(
                "Missing value for client_id in {path}; `api_base_url` is a number instead of text; `client_secret` is a list instead of text"
            ),
        ),
        (
            r#"{"api_base_url": "http://a.example", "client_id": "a b", "client_secret": {"canary": "canary"}}"#,
            format!(
                "the credentials file `{path}` cannot be used: `api_base_url` cannot be used: the API base URL `http://a.example` would send secrets in the clear; `client_id` has a space or a control character in it; `client_secret` is an object instead of text"
            ),
        ),
        (
            r#"{"api_base_url": "https://a.example", "client_id": "a", "client_secret": "  "}"#,
            format!("Missing value for client_secret in {path}"),
        ),
        (
            r#"{"api_base_url": "https://a.example", "client_id": "a", "client_secret": "canary-1", "client_secret": "canary-2"}"#,
            format!("the credentials file `{path}` cannot be used: `client_secret` is there twice"),
        ),
    ] {
        assert_eq!(desk.refusal(text).to_string(), message);
    }
}

#[test]
fn each_attribute_can_be_wrong_in_each_way() {
    let desk = Desk::new();
    let members = [("api_base_url", "https://a.example"), ("client_id", "a"), ("client_secret", "canary")];
    for (attribute, _) in members {
        for (value, problem) in [
            ("null", Problem::Empty),
            (r#""""#, Problem::Empty),
            (r#""  ""#, Problem::Empty),
            ("12345", Problem::WrongType("a number")),
            ("true", Problem::WrongType("true or false")),
            (r#"["canary"]"#, Problem::WrongType("a list")),
            (r#"{"canary": "canary"}"#, Problem::WrongType("an object")),
            (r#""XXXXXXXXXXXXXXXX""#, Problem::Placeholder),
            (r#""<canary>""#, Problem::Placeholder),
        ] {
            let text: Vec<String> = members
                .iter()
                .map(|(name, good)| {
                    if *name == attribute {
                        format!("\"{name}\": {value}")
                    } else {
                        format!("\"{name}\": \"{good}\"")
                    }
                })
                .collect();
            let error = desk.refusal(format!("{{{}}}", text.join(", ")));
            assert_eq!(
                CredentialsFault::of(&error).expect("typed").faults(),
                [Fault { attribute, problem }],
                "{value}"
            );
        }
    }
}

#[test]
fn a_key_in_another_spelling_is_explained() {
    let desk = Desk::new();
    let error =
        desk.refusal(r#"{"apiBaseUrl": "https://a.example", "clientId": "a", "CLIENT-SECRET": "canary"}"#);
    for part in [
        "Missing attribute api_base_url from",
        "(`apiBaseUrl` is there: write `api_base_url`)",
        "`client_id` is missing (`clientId` is there: write `client_id`)",
        "(`CLIENT-SECRET` is there: write `client_secret`)",
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
    let error = desk.refusal(r#"{"client\u001b\u202eId": "a"}"#);
    assert!(error.to_string().contains("(`clientId` is there: write `client_id`)"), "{error:?}");
    let error = desk.refusal(
        r#"{"CARTO_API_BASE_URL": "https://a.example", "CARTO_M2M_CLIENT_ID": "a", "CARTO_M2M_CLIENT_SECRET": "canary"}"#,
    );
    let faults = CredentialsFault::of(&error).expect("typed").faults();
    assert!(faults.iter().all(|fault| matches!(fault.problem, Problem::Misnamed(_))), "{faults:?}");
}

#[test]
fn what_else_is_in_the_file_is_ignored() {
    let desk = Desk::new();
    let text = GOOD.replace('{', r#"{"name": "ETL", "type": "m2m", "token": 1, "clientId": 2, "#);
    desk.read(&desk.with("c.json", text)).expect("read");
}

#[test]
fn other_programs_files_are_named() {
    let desk = Desk::new();
    for (text, what) in [
        (
            r#"{"type": "service_account", "private_key": "canary", "client_email": "a@b", "client_id": "1"}"#,
            "service account key of Google",
        ),
        (
            r#"{"type": "authorized_user", "client_id": "1", "client_secret": "canary", "refresh_token": "canary"}"#,
            "application default credentials",
        ),
        (r#"{"installed": {"client_id": "1", "client_secret": "canary"}}"#, "an OAuth client of Google"),
        (
            r#"{"current_profile": "a", "profiles": {"a": {"token": "canary", "tenant_id": "t"}}}"#,
            "the file of CARTO's own command",
        ),
        (r#"{"token": "canary", "tenant_domain": "a.app.carto.com"}"#, "the file of CARTO's own command"),
        (
            r#"{"api_base_url": "https://a.example", "access_token": "canary", "expiration": 1}"#,
            "a stored token",
        ),
        (r#"{"token": "canary", "id": "1", "grants": []}"#, "an API Access Token"),
        (
            r#"{"type": "spa", "api_base_url": "https://a.example", "client_id": "1", "client_secret": "canary"}"#,
            "a client that signs people in",
        ),
    ] {
        let error = desk.refusal(text);
        assert!(error.to_string().ends_with("c.json` is not a CARTO credentials file"), "{error}");
        assert!(error.causes()[0].contains(what), "{error:?}");
    }
}

#[test]
fn no_secret_is_ever_in_a_message() {
    let desk = Desk::new();
    // The secret in each place, so that it meets every rule there is.
    for secret in [
        "canary",
        "canary ü",
        "<canary>",
        "your-canary",
        "me:canary@x",
        "https://u:canary@h/",
        "eyJcanary.e.e",
    ] {
        for template in [
            r#"{"api_base_url": "S", "client_id": "S", "client_secret": "S"}"#,
            r#"{"api_base_url": "S", "client_id": 1, "client_secret": 1}"#,
            r#"{"api_base_url": "http://a.example", "client_id": "", "client_secret": "S"}"#,
            r#"{"client_secret": "S", "client_secret": "S"}"#,
            r#"{"client_secret": "S""#,
            r#"{"client_secret": "S",}"#,
            r#"{"client_secret": S}"#,
            r#"{"client_secret": 'S'}"#,
            r#"{"type": "S", "token": "S"}"#,
            "client_secret: S",
            "S",
            "\"S\"",
            "[\"S\"]",
        ] {
            let _ =
                desk.read(&desk.with("c.json", template.replace('S', secret))).map_err(|error| check(&error));
        }
    }
    let credentials = desk.read(&desk.with("c.json", GOOD)).expect("read");
    let file = CredentialsFile::open(desk.path("c.json"), &desk.platform).expect("read");
    assert!(!format!("{credentials:?} {file:?} {:#?}", file).contains("canary"));
    assert!(!desk.warnings().concat().contains("canary"));
}

#[test]
fn a_file_that_changed_is_read_again() {
    let desk = Desk::new();
    let path = desk.with("c.json", GOOD);
    let file = CredentialsFile::open(&path, &desk.platform).expect("read");
    let (clone, before) = (file.clone(), file.digest());
    // The same length and, on a coarse clock, the same time: the inode tells them apart.
    desk.with("c.json", GOOD.replace("canary-1", "canary-2"));
    assert_eq!(file.current().expect("read").client_secret.expose(), "canary-2");
    assert_ne!(clone.digest(), before);
    // Half written: an error now, and the rest next time.
    desk.with("c.json", "{");
    check(&file.current().expect_err("half written"));
    assert_eq!(file.last_read().client_secret.expose(), "canary-2");
    desk.with("c.json", GOOD.replace("canary-1", "canary-3"));
    assert_eq!(file.current().expect("read").client_secret.expose(), "canary-3");
}

#[test]
fn a_file_that_is_gone_was_read_already() {
    let desk = Desk::new();
    let path = desk.with("c.json", GOOD);
    let file = CredentialsFile::open(&path, &desk.platform).expect("read");
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(
        file.current().expect("as before").client_secret.expose(),
        file.last_read().client_secret.expose()
    );
    desk.with("c.json", "{");
    check(&file.current().expect_err("broken"));
    desk.with("c.json", GOOD.replace("canary-1", "canary-2"));
    assert_eq!(file.current().expect("read").client_secret.expose(), "canary-2");
}

#[cfg(unix)]
mod openness {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn with_mode(desk: &Desk, mode: u32) -> PathBuf {
        let path = desk.with("c.json", GOOD);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
        path
    }

    #[test]
    fn a_file_open_to_others_works_with_one_warning() {
        for mode in [0o644, 0o666, 0o640] {
            let desk = Desk::new();
            let path = with_mode(&desk, mode);
            let file = CredentialsFile::open(&path, &desk.platform).expect("read");
            with_mode(&desk, mode);
            file.current().expect("read again");
            let [warning] = &desk.warnings()[..] else { panic!("{:?}", desk.warnings()) };
            assert!(warning.contains(&format!("`chmod 600 {}`", path.display())), "{warning}");
            assert!(warning.contains(&format!("mode {mode:04o}")), "{warning}");
        }
        for mode in [0o600, 0o400] {
            let desk = Desk::new();
            desk.read(&with_mode(&desk, mode)).expect("read");
            assert_eq!(desk.warnings(), [""; 0]);
        }
    }

    #[test]
    fn a_foreign_owner_is_warned_of() {
        let desk = Desk::new();
        let path = with_mode(&desk, 0o640);
        // Only root can give a file away.
        let nobody = Some(rustix::fs::Uid::from_raw(65_534));
        if rustix::fs::chown(&path, nobody, None).is_err() {
            return;
        }
        if desk.read(&path).is_ok() {
            assert!(desk.warnings()[0].contains("belongs to another user"), "{:?}", desk.warnings());
        }
    }

    #[test]
    fn a_file_that_may_not_be_read_says_so() {
        let desk = Desk::new();
        let path = with_mode(&desk, 0o000);
        // Root reads everything.
        if let Err(error) = desk.read(&path) {
            check(&error);
            assert!(error.causes()[0].to_lowercase().contains("permission denied"), "{error:?}");
        }
    }
}
