//! A sign-in in two steps that has no place for what is kept between them.

use crate::desk::Desk;
use crate::hint::{Hint, arguments, works};
use crate::resident::{self, set_mode};

#[test]
fn a_sign_in_in_two_steps_gets_a_folder() {
    let mut desk = Desk::new();
    desk.unset("HOME");
    let refused = desk.run_with(&["login", "--callback", "-"], "a-code");
    assert_ne!(refused.code, Some(0), "{refused:?}");
    let hint = Hint::of(&refused, "set-carto-auth-cache-dir-to-a-folder");
    let own = desk.folder.path().join("own").display().to_string();
    desk.set(hint.word("CARTO_AUTH_CACHE_DIR"), own);
    let begun = desk.run(&arguments(hint.word("carto-auth login")));
    let link = begun.raw.1.split_whitespace().find(|word| word.contains("/authorize?")).unwrap();
    let code = desk.browser().code_page_blocking(link).unwrap();
    let ended = desk.run_with(&["login", "--callback", "-"], &code);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    works(&desk, &["token"]);
}

#[test]
fn a_sign_in_in_two_steps_that_cannot_be_used_up_is_ended_once_it_can() {
    let desk = Desk::new();
    if !resident::moves_in(&desk) {
        return;
    }
    let folder = desk.home().join(".carto-auth");
    let begun = resident::run(&desk, &["login", "--no-browser"]);
    let link = begun.raw.1.split_whitespace().find(|word| word.contains("/authorize?")).unwrap();
    let code = desk.browser().code_page_blocking(link).unwrap();
    set_mode(&folder, 0o500);
    let refused = resident::run_with(&desk, &["login", "--callback", "-"], &code);
    assert_ne!(refused.code, Some(0), "{refused:?}");
    let hint = Hint::of(&refused, "let-this-user-write-to");
    hint.says("let this user write to its folder");
    set_mode(&folder, 0o700);
    let ended = resident::run_with(&desk, &arguments(hint.word("carto-auth login")), &code);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(resident::run(&desk, &["token"]).code, Some(0));
}
