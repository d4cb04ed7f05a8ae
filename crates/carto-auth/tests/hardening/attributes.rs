//! C04, C05, C07, C09: what stands in a credentials file.

use carto_auth::{CredentialsFault, Problem};
use carto_sandbox::Route;

use crate::credentials::{open, refusal, words};
use crate::world::{Log, World};

const MEMBERS: [(&str, &str); 3] = [
    ("api_base_url", r#""https://a.example""#),
    ("client_id", r#""an-id""#),
    ("client_secret", r#""sandbox-canary""#),
];

/// A credentials file with this text.
pub(crate) fn file(world: &World, text: impl AsRef<[u8]>) -> std::path::PathBuf {
    let path = world.credentials_file("c.json");
    std::fs::write(&path, text).expect("written");
    path
}

/// The three attributes as JSON, with one changed or left out.
pub(crate) fn with(name: &str, value: Option<&str>) -> String {
    let members = MEMBERS.iter().filter_map(|(own, good)| {
        let value = if *own == name { value? } else { good };
        Some(format!("\"{own}\": {value}"))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

fn whole() -> String {
    with("", None)
}

fn syntax(world: &World, text: impl AsRef<[u8]>) -> (usize, usize, String) {
    let error = refusal(world, file(world, text));
    match CredentialsFault::of(&error) {
        Some(CredentialsFault::Syntax { line, column, what }) => {
            let position = format!("line {line}, column {column}: {what}");
            assert!(words(&error).contains(&position), "{error:?}");
            assert!(error.hint_text().is_some_and(|hint| hint.contains("`{\"api_base_url\"")), "{error:?}");
            (*line, *column, what.clone())
        }
        other => panic!("{other:?}: {error:?}"),
    }
}

#[test]
fn c04_what_is_no_json_object_is_told_by_line_and_column_with_what_is_wanted() {
    let world = World::new();
    for (text, line, column, what) in [
        ("", 1, 1, "empty"),
        ("   \n \t ", 1, 1, "empty"),
        ("null", 1, 1, ""),
        ("[]", 1, 1, "list"),
        ("\"canary\"", 1, 1, ""),
        ("7", 1, 1, ""),
        ("{\n  \"client_id\": \"canary\",\n}", 3, 1, "comma"),
        ("// canary\n{}", 1, 1, ""),
        ("{\n  # canary\n}", 2, 3, ""),
        ("{\"client_id\": 'canary'}", 1, 15, ""),
        ("{client_id: \"canary\"}", 1, 2, ""),
        ("{\"client_id\" \"canary\"}", 1, 14, ""),
        ("{}\n{}", 2, 1, ""),
        ("{} canary", 1, 4, ""),
        ("client_id: canary", 1, 1, ""),
        ("client_id=canary\n", 1, 1, ""),
        ("{\"ü\": canary}", 1, 7, ""),
    ] {
        let (at, column_at, said) = syntax(&world, text);
        assert_eq!((at, column_at), (line, column), "{text:?}: {said}");
        assert!(said.contains(what), "{text:?}: {said}");
        assert!(!said.is_empty(), "{text:?}");
    }
}

#[test]
fn c04_a_file_cut_at_any_byte_is_told_and_shows_nothing() {
    let world = World::new();
    let text = whole();
    for cut in 0..text.len() {
        let (line, _, _) = syntax(&world, &text[..cut]);
        assert_eq!(line, 1);
    }
    open(&world, file(&world, &text)).expect("whole, it is good");
    open(&world, file(&world, format!("{text}\n\n"))).expect("lines at the end are no fault");
}

#[test]
fn c04_another_encoding_and_bytes_that_are_no_text_are_told() {
    let world = World::new();
    let text = whole();
    let utf16 = |mark: &[u8], order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(order)).collect()
    };
    let deep = format!("{{\"a\": {}", "[".repeat(30_000));
    for bytes in [
        utf16(b"\xff\xfe", u16::to_le_bytes),
        utf16(b"\xfe\xff", u16::to_be_bytes),
        utf16(b"", u16::to_le_bytes),
        text.replace("an-id", "\u{1}").into_bytes(),
        text.bytes().map(|byte| if byte == b'-' { 0xff } else { byte }).collect(),
        vec![0; 300],
        b"\x1f\x8b\x08\0\0\0\0\0".to_vec(),
        b"PK\x03\x04 canary".to_vec(),
        deep.into_bytes(),
    ] {
        syntax(&world, bytes);
    }
    open(&world, file(&world, format!("\u{feff}{text}"))).expect("a mark in front is no fault");
    open(&world, file(&world, text.replace(", ", ",\r\n"))).expect("nor are the line ends of Windows");
}

#[test]
fn c05_each_attribute_can_be_wrong_in_each_way() {
    let world = World::new();
    for (attribute, _) in MEMBERS {
        for (value, problem) in [
            (None, Problem::Missing),
            (Some("null"), Problem::Empty),
            (Some(r#""""#), Problem::Empty),
            (Some(r#""  ""#), Problem::Empty),
            (Some("\"\\u00a0\\n\\t\""), Problem::Empty),
            (Some("12345"), Problem::WrongType("a number")),
            (Some("-1.5e300"), Problem::WrongType("a number")),
            (Some("true"), Problem::WrongType("true or false")),
            (Some(r#"["canary"]"#), Problem::WrongType("a list")),
            (Some(r#"{"canary": {"canary": []}}"#), Problem::WrongType("an object")),
            (Some(r#""XXXXXXXXXXXXXXXX""#), Problem::Placeholder),
            (Some(r#""<your value>""#), Problem::Placeholder),
        ] {
            let error = refusal(&world, file(&world, with(attribute, value)));
            let faults = CredentialsFault::of(&error).expect("typed").faults();
            let found: Vec<_> = faults.iter().map(|fault| (fault.attribute, &fault.problem)).collect();
            assert_eq!(found, [(attribute, &problem)], "{value:?}");
        }
        let twice = whole().replacen('{', &format!("{{\"{attribute}\": \"canary\", "), 1);
        let error = refusal(&world, file(&world, twice));
        assert!(error.to_string().contains(&format!("`{attribute}` is there twice")), "{error}");
    }
}

#[test]
fn c05_all_faults_are_listed_at_once_whatever_they_are() {
    let world = World::new();
    let values = [None, Some("null"), Some("\" \""), Some("7"), Some("[]"), Some("{}")];
    for url in values {
        for id in values {
            for secret in values {
                let given = [url, id, secret];
                let members = MEMBERS
                    .iter()
                    .zip(given)
                    .filter_map(|((name, _), value)| value.map(|value| format!("\"{name}\": {value}")));
                let text = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
                let error = refusal(&world, file(&world, &text));
                let faults = CredentialsFault::of(&error).expect("typed").faults();
                let named: Vec<_> = faults.iter().map(|fault| fault.attribute).collect();
                assert_eq!(named, ["api_base_url", "client_id", "client_secret"], "{text}");
                for name in named {
                    assert!(error.to_string().contains(name), "{text}: {error}");
                }
            }
        }
    }
}

#[test]
fn c07_more_keys_are_kept_out_of_it_and_another_kind_or_spelling_is_explained() {
    let world = World::new();
    for more in [
        r#""name": "ETL", "type": "m2m", "#,
        r#""token": 1, "clientId": 2, "Client_Secret": null, "#,
        r#""": {"a": [1, 2, {"b": null}]}, "client_id ": "x", "#,
        r#""note": "canary", "note": "twice", "#,
    ] {
        let text = whole().replacen('{', &format!("{{{more}"), 1);
        open(&world, file(&world, &text)).unwrap_or_else(|error| panic!("{more}: {error:?}"));
        assert_eq!(World::read(file(&world, &text)), text, "the file stays as it is");
    }
    for kind in ["spa", "regular_web", "SERVICE_ACCOUNT", "authorized_user"] {
        let text = whole().replacen('{', &format!("{{\"type\": \"{kind}\", "), 1);
        let error = refusal(&world, file(&world, text));
        assert!(
            matches!(CredentialsFault::of(&error), Some(CredentialsFault::Foreign(_))),
            "{kind}: {error:?}"
        );
    }
    for (own, other) in [
        ("api_base_url", "apiBaseUrl"),
        ("api_base_url", "API_BASE_URL"),
        ("api_base_url", "CARTO_API_BASE_URL"),
        ("client_id", "clientId"),
        ("client_id", "Client-Id"),
        ("client_id", "CARTO_M2M_CLIENT_ID"),
        ("client_secret", "clientSecret"),
        ("client_secret", "CLIENT-SECRET"),
    ] {
        let text = whole().replace(&format!("\"{own}\""), &format!("\"{other}\""));
        let error = refusal(&world, file(&world, text));
        assert!(error.to_string().contains(&format!("`{other}` is there: write `{own}`")), "{error}");
    }
}

#[tokio::test]
async fn c09_a_secret_is_sent_exactly_as_it_is_in_the_body_alone_and_shown_nowhere() {
    for tail in [
        "%+&=\"'\u{e9}\u{1f30d}/\\;,".to_owned(),
        "%2B%00+ +&client_id=other&".to_owned(),
        " spaces at both ends ".to_owned(),
        "\u{202e}\u{feff}\u{301}".to_owned(),
        "x".repeat(4_096),
    ] {
        let world = World::new();
        let (log, _listening) = Log::listen();
        let secret = format!("sandbox-canary{tail}");
        let text = serde_json::json!({
            "api_base_url": world.sandbox.url(), "client_id": "sandbox-id", "client_secret": secret,
        });
        let auth = open(&world, file(&world, text.to_string())).expect("read");
        let error = auth.access_token().await.expect_err("nobody knows it");
        let recorded = world.sandbox.recorded();
        let sent: Vec<_> = recorded.iter().filter(|request| request.route == Route::Token).collect();
        assert_eq!(sent.len(), 1, "a refusal is not repeated");
        assert_eq!(sent[0].parameter("client_secret"), Some(secret.clone()));
        assert_eq!(sent[0].parameter("client_id").as_deref(), Some("sandbox-id"));
        assert_eq!((sent[0].header("authorization"), sent[0].query.as_str()), (None, ""));
        assert_eq!(sent[0].header("content-type"), Some("application/x-www-form-urlencoded"));
        let shown = format!("{error:?} {auth:?} {} {}", world.person.told(), log.text());
        assert!(!shown.contains("canary"), "{shown}");
    }
}
