//! Where tokens rest in files: folders and files that cannot be made, read or written.

use std::path::{Path, PathBuf};

use crate::desk::{Desk, files};
use crate::hint::{Hint, fails, works};
use crate::resident::{self, set_mode};
use crate::warning::{keeps, keeps_elsewhere, warns};

#[test]
fn without_a_home_a_folder_is_named() {
    let mut desk = Desk::of_job();
    desk.unset("HOME");
    let hint = warns(&desk, Desk::run, "set-home-or-carto-auth-cache-dir");
    keeps_elsewhere(&mut desk, Desk::run, &hint);
    desk.set(hint.word("HOME"), desk.home().display().to_string());
    keeps(&desk, Desk::run);
}

#[test]
fn a_home_that_is_not_there_is_made() {
    let mut desk = Desk::of_job();
    let home = desk.folder.path().join("later");
    desk.set("HOME", home.display().to_string());
    let hint = warns(&desk, Desk::run, "make-it-or");
    keeps_elsewhere(&mut desk, Desk::run, &hint);
    hint.says("make it");
    std::fs::create_dir(home).unwrap();
    keeps(&desk, Desk::run);
}

#[test]
fn what_is_in_the_way_of_the_folder_is_moved() {
    let mut desk = Desk::of_job();
    std::fs::write(folder(&desk), "somebody's notes").unwrap();
    let hint = warns(&desk, Desk::run, "move-what-is-in");
    keeps_elsewhere(&mut desk, Desk::run, &hint);
    hint.says("move what is in the way of `");
    let shown = Path::new(hint.word("/"));
    std::fs::rename(shown, desk.folder.path().join("notes")).unwrap();
    keeps(&desk, Desk::run);
}

#[test]
fn what_is_in_the_way_of_the_lock_is_moved() {
    let mut desk = Desk::of_job();
    let lock = entry(&desk).with_extension("lock");
    std::fs::remove_dir_all(folder(&desk)).unwrap();
    std::fs::create_dir_all(&lock).unwrap();
    let hint = warns(&desk, Desk::run, "move-what-is-in");
    keeps_elsewhere(&mut desk, Desk::run, &hint);
    std::fs::remove_dir(hint.word("/")).unwrap();
    keeps(&desk, Desk::run);
}

#[test]
fn what_is_no_file_is_moved() {
    let mut desk = Desk::of_job();
    let entry = entry(&desk);
    std::fs::remove_file(&entry).unwrap();
    std::fs::create_dir(&entry).unwrap();
    let hint = warns(&desk, Desk::run, "move-it-or");
    keeps_elsewhere(&mut desk, Desk::run, &hint);
    hint.says("move it, or");
    std::fs::rename(&entry, desk.folder.path().join("aside")).unwrap();
    keeps(&desk, Desk::run);
}

#[test]
fn a_link_is_removed() {
    let mut desk = Desk::of_job();
    let entry = entry(&desk);
    std::fs::rename(&entry, desk.folder.path().join("aside")).unwrap();
    std::os::unix::fs::symlink(desk.folder.path().join("aside"), &entry).unwrap();
    let hint = warns(&desk, Desk::run, "remove-the-link-or");
    keeps_elsewhere(&mut desk, Desk::run, &hint);
    hint.says("remove the link, or");
    std::fs::remove_file(&entry).unwrap();
    keeps(&desk, Desk::run);
}

#[test]
fn a_file_that_cannot_be_read_is_opened_or_removed() {
    let mut desk = Desk::of_job();
    let entry = entry(&desk);
    if !resident::moves_in(&desk) {
        return;
    }
    set_mode(&entry, 0o000);
    let hint = warns(&desk, resident::run, "let-this-user-read");
    keeps_elsewhere(&mut desk, resident::run, &hint);
    hint.says("let this user read it, remove it, or");
    set_mode(&entry, 0o600);
    keeps(&desk, resident::run);
    set_mode(&entry, 0o000);
    std::fs::remove_file(&entry).unwrap();
    keeps(&desk, resident::run);
}

#[test]
fn a_folder_that_cannot_be_written_is_opened() {
    let mut desk = Desk::of_job();
    std::fs::create_dir(folder(&desk)).unwrap();
    if !resident::moves_in(&desk) {
        return;
    }
    set_mode(&folder(&desk), 0o500);
    let hint = warns(&desk, resident::run, "let-this-user-write");
    keeps_elsewhere(&mut desk, resident::run, &hint);
    hint.says("let this user write there");
    set_mode(&folder(&desk), 0o700);
    keeps(&desk, resident::run);
}

#[test]
fn a_folder_of_somebody_else_is_theirs_or_removed() {
    let mut desk = Desk::of_job();
    entry(&desk);
    if !resident::is_somebody_else() || !resident::moves_in(&desk) {
        return;
    }
    let hint = warns(&desk, Desk::run, "run-as-that-user");
    keeps_elsewhere(&mut desk, Desk::run, &hint);
    hint.says("run as that user, remove it, or");
    keeps(&desk, resident::run);
    std::fs::remove_dir_all(folder(&desk)).unwrap();
    keeps(&desk, Desk::run);
}

#[test]
fn a_lock_of_somebody_else_is_removed() {
    let mut desk = Desk::of_job();
    let lock = entry(&desk).with_extension("lock");
    std::fs::remove_file(entry(&desk)).unwrap();
    if !resident::is_somebody_else() || !resident::moves_in(&desk) {
        return;
    }
    resident::takes_back(&folder(&desk));
    let hint = warns(&desk, Desk::run, "run-as-that-user");
    keeps_elsewhere(&mut desk, Desk::run, &hint);
    hint.says("remove it");
    std::fs::remove_file(lock).unwrap();
    keeps(&desk, Desk::run);
}

#[test]
fn a_file_of_a_newer_version_is_removed() {
    let desk = Desk::of_job();
    let entry = entry(&desk);
    std::fs::write(&entry, r#"{"version": 2}"#).unwrap();
    let hint = fails(&desk, &["logout", "--all"], "sign-out-with-that");
    hint.says("or remove the file");
    std::fs::remove_file(entry).unwrap();
    let gone = desk.run(&["logout", "--all"]);
    assert_eq!(gone.code, Some(0), "{gone:?}");
    assert!(!gone.raw.1.contains("newer"), "{gone:?}");
}

#[test]
fn credentials_that_cannot_be_read_are_opened_or_copied() {
    let desk = Desk::new();
    let path = desk.credentials();
    let text = std::fs::read_to_string(&path).unwrap();
    if !resident::moves_in(&desk) {
        return;
    }
    set_mode(&path, 0o000);
    let token = ["token", "--m2m", path.to_str().unwrap()];
    let outcome = resident::run(&desk, &token);
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    let hint = Hint::of(&outcome, "let-this-user-read-the");
    hint.says("let this user read the file, or make a copy of your own");
    let copy = desk.file("copy.json", &text).display().to_string();
    assert!(resident::moves_in(&desk));
    let copied = resident::run(&desk, &["token", "--m2m", &copy]);
    assert_eq!((copied.code, copied.raw.1.as_str()), (Some(0), ""), "{copied:?}");
    set_mode(&path, 0o600);
    let opened = resident::run(&desk, &token);
    assert_eq!((opened.code, opened.raw.1.as_str()), (Some(0), ""), "{opened:?}");
}

fn folder(desk: &Desk) -> PathBuf {
    desk.home().join(".carto-auth")
}

/// The entry of a job that has got a token.
fn entry(desk: &Desk) -> PathBuf {
    works(desk, &["token"]);
    let [name] = &files(&folder(desk))[..] else { panic!("one entry: {:?}", files(&folder(desk))) };
    folder(desk).join(name)
}
