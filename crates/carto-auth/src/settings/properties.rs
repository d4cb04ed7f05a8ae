//! What holds for whatever stands in `config.toml`.

use super::document::{self, Content, read};
use super::profile::check_name;
use super::profiles::{choose, write};
use crate::canary::{CANARY, check_error, check_error_secrecy, check_secrecy, check_words};
use crate::error::ErrorKind;

/// A profile is written and read again without a change; a fault has a place and shows no value.
pub(crate) fn config_toml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match read(text, "config.toml") {
        Ok(content) => check_content(text, &content),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Config);
            check_error(&error);
            let causes = error.causes().join(" ");
            assert!(causes.contains("line ") && causes.contains(", column "), "no place: {causes}");
            if !names_the_canary(text) {
                check_error_secrecy(&error);
            }
        }
    }
}

fn check_content(text: &str, content: &Content) {
    for warning in &content.warnings {
        check_words(warning);
        if !names_the_canary(text) {
            check_secrecy(warning);
        }
    }
    let mut document = document::parse(text, "config.toml").expect("TOML").into_mut();
    for (name, profile) in &content.profiles {
        check_name(name).expect("a name that can be typed");
        let mut alone = toml_edit::DocumentMut::new();
        write(&mut alone, name, profile);
        let again = read(&alone.to_string(), "config.toml").expect("the same");
        assert_eq!(again.profiles.get(name), Some(profile), "{alone}");
        write(&mut document, name, profile);
    }
    choose(&mut document, "chosen");
    write(&mut document, "added", &super::Profile::default());
    let changed = document.to_string();
    let again = read(&changed, "config.toml").unwrap_or_else(|error| panic!("{error:?}\n{changed}"));
    assert_eq!(again.current.as_deref(), Some("chosen"), "{changed}");
    let mut expected = content.profiles.clone();
    expected.entry("added".to_owned()).or_default();
    assert_eq!(again.profiles, expected, "{changed}");
}

/// The name of a key is shown, whatever it is.
fn names_the_canary(text: &str) -> bool {
    fn any(table: &dyn toml_edit::TableLike) -> bool {
        table
            .iter()
            .any(|(key, item)| key.to_lowercase().contains(CANARY) || item.as_table_like().is_some_and(any))
    }
    document::parse(text, "config.toml").is_ok_and(|document| any(document.as_table()))
}
