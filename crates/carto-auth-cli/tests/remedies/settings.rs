//! Variables, profiles and `config.toml`.

use std::path::PathBuf;

use crate::desk::Desk;
use crate::hint::{Hint, fails, sign_in, sign_in_by, works};

/// A desk whose status is given without a sign-in and without a request.
fn of_token() -> Desk {
    let mut desk = Desk::with_browser();
    desk.set("CARTO_API_TOKEN", "an-api-token");
    desk
}

fn write_config(desk: &Desk, text: &str) -> PathBuf {
    let folder = desk.home().join(".config/carto-auth");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), text).unwrap();
    folder.join("config.toml")
}

#[test]
fn a_variable_is_written_as_the_hint_says() {
    for (name, wrong, id, words) in [
        ("CARTO_AUTH_KEYRING", "maybe", "off-keeps-refresh-tokens", &["off", "auto"][..]),
        ("CARTO_AUTH_STORE", "disk", "it-is-file-memory", &["file", "memory"]),
        ("CARTO_AUTH_STORE", "redis://", "it-is-file-memory", &["file", "memory"]),
        ("CARTO_AUTH_SCOPES", "\"openid", "write-each-scope-by", &["openid profile"]),
        ("CARTO_AUTH_ORG", "org acme", "write-it-as-carto-s", &["org_acme"]),
    ] {
        let mut desk = of_token();
        desk.set(name, wrong);
        let hint = fails(&desk, &["status"], id);
        for word in words {
            desk.set(name, hint.word(word));
            works(&desk, &["status"]);
        }
    }
}

#[test]
fn a_time_is_written_in_seconds() {
    for (wrong, right) in [("soon", "1"), ("0", "3600"), ("1h", "60")] {
        let mut desk = of_token();
        desk.set("CARTO_AUTH_LOGIN_TIMEOUT", wrong);
        fails(&desk, &["status"], "write-it-in-whole").says("whole seconds, from 1 to 3600");
        desk.set("CARTO_AUTH_LOGIN_TIMEOUT", right);
        works(&desk, &["status"]);
    }
}

#[test]
fn a_sign_in_gets_a_store_that_keeps_it() {
    let mut desk = Desk::with_browser();
    desk.set("CARTO_AUTH_STORE", "memory");
    let hint = fails(&desk, &["login"], "unset-carto-auth-store-or-set");
    desk.set(hint.word("CARTO_AUTH_STORE"), hint.word("file"));
    sign_in_by(&desk, &["login"]);
    works(&desk, &["token"]);
    desk.unset(hint.word("CARTO_AUTH_STORE"));
    works(&desk, &["token"]);
}

#[test]
fn a_person_s_sign_in_stays_out_of_a_redis() {
    let mut desk = Desk::with_browser();
    desk.set("CARTO_AUTH_STORE", "redis://127.0.0.1:1");
    let hint = fails(&desk, &["login"], "sign-in-with-carto-auth-store");
    let (name, value) = hint.word("CARTO_AUTH_STORE=").split_once('=').unwrap();
    let job = desk.credentials().display().to_string();
    desk.set(name, value);
    sign_in_by(&desk, &["login"]);
    works(&desk, &["token"]);
    desk.set(hint.word("CARTO_CREDENTIALS_FILE"), job);
    desk.set(name, "redis://127.0.0.1:1");
    assert_eq!(desk.run(&["token"]).code, Some(0), "a job goes on without its Redis");
}

#[test]
fn a_profile_that_is_not_there_is_made() {
    let mut desk = Desk::with_browser();
    let hint = fails(&desk, &["token", "--profile", "work"], "make-it-with-carto-auth");
    works(&desk, &["profiles", hint.word("--profile"), "default"]);
    sign_in(&desk, hint.word("carto-auth login"));
    works(&desk, &["token", "--profile", "work"]);
    desk.set("CARTO_PROFILE", "play");
    let hint = fails(&desk, &["token"], "variable-names-it");
    desk.set(hint.word("CARTO_PROFILE"), "work");
    works(&desk, &["token"]);
}

#[test]
fn a_current_profile_that_is_not_there_is_named_anew() {
    let desk = Desk::with_browser();
    write_config(&desk, "current_profile = \"ghost\"\n");
    let hint = fails(&desk, &["token"], "config-toml-names-it");
    let wrong = std::fs::read_to_string(write_config(&desk, "current_profile = \"ghost\"\n")).unwrap();
    let key = hint.word("current_profile");
    write_config(&desk, &wrong.replace(&format!("{key} = \"ghost\""), &format!("{key} = \"default\"")));
    sign_in_by(&desk, &["login"]);
    works(&desk, &["token"]);
}

#[test]
fn a_current_profile_of_the_list_is_made() {
    let desk = Desk::with_browser();
    write_config(&desk, "current_profile = \"ghost\"\n");
    let outcome = desk.run(&["profiles"]);
    let hint = Hint::of(&outcome, "make-it-with-carto");
    sign_in(&desk, hint.word("carto-auth login"));
    assert!(!works(&desk, &["profiles"]).error.contains("hint:"));
    works(&desk, &["token"]);
}

#[test]
fn a_profile_gets_a_name_that_can_be_one() {
    let desk = Desk::with_browser();
    let hint = fails(&desk, &["login", "wo rk"], "use-1-to-letters");
    let signs = hint.word(". _ @").replace(' ', "");
    let name: String = format!("work{signs}").replace('/', "x");
    sign_in_by(&desk, &["login", &name]);
    works(&desk, &["token", "--profile", &name]);
}

#[test]
fn a_text_stands_in_double_quotes() {
    let desk = of_token();
    write_config(&desk, "[profiles.default]\norganization = org_acme\n");
    let hint = fails(&desk, &["status"], "a-text-stands-in");
    write_config(&desk, &format!("[profiles.default]\n{}\n", hint.word("organization")));
    assert_eq!(works(&desk, &["status", "--field", "organization"]).output, "org_acme\n");
}

#[test]
fn a_secret_in_the_settings_is_moved_to_where_it_belongs() {
    let mut desk = Desk::with_browser();
    desk.sign_in(&[]);
    let credentials = desk.credentials().display().to_string();
    write_config(&desk, "[profiles.default]\nclient_secret = \"x\"\n");
    let hint = fails(&desk, &["token"], "delete-that-line-a");
    let by_file = format!("[profiles.default]\n{} = \"{credentials}\"\n", hint.word("credentials_file"));
    write_config(&desk, &by_file);
    works(&desk, &["token"]);
    write_config(&desk, "[profiles.default]\n");
    sign_in_by(&desk, &["login", "--force"]);
    assert_eq!(hint.word("carto-auth login"), "carto-auth login");
    works(&desk, &["token"]);
    desk.set(hint.word("CARTO_API_TOKEN"), "an-api-token");
    assert_eq!(works(&desk, &["token"]).output, "an-api-token\n");
}

#[test]
fn settings_are_mended_in_an_editor_or_moved_aside() {
    let desk = of_token();
    write_config(&desk, "[profiles.default]\nscopes = 3\n");
    let hint = fails(&desk, &["status"], "mend-in-an-editor");
    std::fs::write(hint.word("/"), "[profiles.default]\nscopes = [\"openid\"]\n").unwrap();
    works(&desk, &["status"]);

    let desk = of_token();
    let file = write_config(&desk, "");
    std::fs::write(&file, b"\xff\xfe\x00").unwrap();
    fails(&desk, &["status"], "mend-it-or-move").says("move it aside");
    std::fs::rename(&file, file.with_extension("aside")).unwrap();
    works(&desk, &["status"]);
}

#[test]
fn settings_that_cannot_be_written_are_done_without() {
    let mut desk = Desk::new();
    // Whoever is asked, and the system's own user too, cannot make a folder there.
    desk.set("XDG_CONFIG_HOME", "/proc");
    let hint = fails(&desk, &["use", "default"], "make-it-writable-or");
    for typed in [vec![hint.word("--profile"), "default"], vec![]] {
        desk.set(hint.word("CARTO_PROFILE"), "default");
        desk.set("CARTO_API_TOKEN", "an-api-token");
        works(&desk, &[&["status"], &typed[..]].concat());
    }
    desk.set("XDG_CONFIG_HOME", desk.home().display().to_string());
    works(&desk, &["use", "default"]);
}

#[test]
fn without_a_home_the_profile_is_named() {
    let mut desk = of_token();
    desk.unset("HOME");
    let hint = fails(&desk, &["use", "default"], "set-home-or-name");
    works(&desk, &["status", hint.word("--profile"), "default"]);
    desk.set(hint.word("CARTO_PROFILE"), "default");
    works(&desk, &["status"]);
    desk.set(hint.word("HOME"), desk.home().display().to_string());
    works(&desk, &["use", "default"]);
}
