//! K07: real disks that are full or cannot be written, homes that are none, and a user without a name.

use std::process::{Command, Stdio};

use crate::credentials::as_a_stranger;
use crate::desk::{Desk, Outcome};

/// The token is given out, and why it is not kept is one warning.
fn assert_works_with_one_warning(outcome: &Outcome, what: &str) {
    assert_eq!(outcome.code, Some(0), "{what}: {outcome:?}");
    assert!(outcome.raw.0.starts_with("eyJ") && outcome.raw.0.lines().count() == 1, "{what}: {outcome:?}");
    assert_eq!(outcome.error.matches("warning: ").count(), 1, "{what}: {outcome:?}");
    assert!(outcome.error.contains("the sign-in is not kept"), "{what}: {outcome:?}");
}

#[test]
fn k07_a_home_that_is_none_costs_one_warning_and_no_command() {
    let mut desk = Desk::of_job();
    desk.unset("HOME");
    assert_works_with_one_warning(&desk.run(&["token"]), "no home");
    for home in ["", "/", "relative", "/nowhere/at/all", "/dev/null", "/proc"] {
        desk.set("HOME", home);
        assert_works_with_one_warning(&desk.run(&["token"]), home);
    }
    for folder in ["/proc/carto", "/dev/full", "carto-credentials.json/below"] {
        desk.credentials();
        desk.set("CARTO_AUTH_CACHE_DIR", folder);
        assert_works_with_one_warning(&desk.run(&["token"]), folder);
    }
}

#[test]
fn k07_a_user_without_a_name_a_home_and_a_place_to_write_gets_a_token() {
    // The home of the image's user, and one that this user cannot look into.
    for home in ["/", "/root", "", "[DESK]/home", "[DESK]/closed", "/nowhere"] {
        let mut desk = Desk::of_job();
        let closed = desk.folder.path().join("closed");
        std::fs::create_dir(&closed).unwrap();
        std::fs::set_permissions(closed, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        desk.set("HOME", home.replace("[DESK]", &desk.folder.path().display().to_string()));
        let Some(outcome) = as_a_stranger(&desk, &["token"]) else { return };
        assert_works_with_one_warning(&outcome, home);
    }
    // A file that is there and closed says something that is not known: that is no matter of tokens.
    let desk = Desk::of_job();
    let folder = desk.home().join(".config/carto-auth");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "").unwrap();
    std::fs::set_permissions(folder.join("config.toml"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
    let Some(outcome) = as_a_stranger(&desk, &["token"]) else { return };
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.error.contains("config.toml` cannot be read"), "{outcome:?}");
}

#[test]
fn k07_a_disk_that_is_full_or_cannot_be_written_costs_one_warning_and_no_command() {
    for (what, lines) in [
        (
            "full",
            "mount -t tmpfs -o size=16k none \"$HOME\"\ncat /dev/zero > \"$HOME/filler\" 2>/dev/null || true",
        ),
        ("no more files", "mount -t tmpfs -o nr_inodes=3 none \"$HOME\""),
        ("read-only", "mount -t tmpfs -o ro none \"$HOME\""),
    ] {
        let desk = Desk::of_job();
        let Some(outcome) = on_a_disk(&desk, lines, "exec \"$0\" token") else { return };
        assert_works_with_one_warning(&outcome, what);
    }
}

#[test]
fn k07_a_disk_that_becomes_full_keeps_what_was_there_whole() {
    let mut desk = Desk::new();
    desk.set("CARTO_CREDENTIALS_FILE", desk.credentials().display().to_string());
    let script = "\
\"$0\" token > /dev/null
cat /dev/zero > \"$HOME/filler\" 2>/dev/null || true
before=$(cat \"$HOME\"/.carto-auth/m2m-*.json)
\"$0\" login --m2m \"$CARTO_CREDENTIALS_FILE\" 2> \"$CARTO_CREDENTIALS_FILE.said\"
grep -q 'warning: .*the sign-in is not kept.*free some space' \"$CARTO_CREDENTIALS_FILE.said\"
[ \"$before\" = \"$(cat \"$HOME\"/.carto-auth/m2m-*.json)\" ] || exit 70
[ -z \"$(find \"$HOME\" -name '*.tmp')\" ] || exit 71
rm \"$HOME/filler\"
exec \"$0\" token";
    let Some(outcome) = on_a_disk(&desk, "mount -t tmpfs -o size=64k none \"$HOME\"", script) else { return };
    assert_eq!((outcome.code, outcome.error.as_str()), (Some(0), ""), "{outcome:?}");
    assert!(outcome.raw.0.starts_with("eyJ"), "{outcome:?}");
}

/// Runs this script where the home is a disk of its own; `None` where none may be mounted here, which is told.
#[expect(clippy::print_stderr, reason = "a check that is left out is told")]
fn on_a_disk(desk: &Desk, mount: &str, script: &str) -> Option<Outcome> {
    let allowed = |line: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["-rm", "sh", "-c", line]).stdout(Stdio::null()).stderr(Stdio::null());
        unshare.status().is_ok_and(|status| status.success())
    };
    if !allowed("mount -t tmpfs none /mnt") {
        eprintln!("left out: no disk may be mounted here, not even in a namespace of one's own");
        return None;
    }
    let program = desk.command(&[]);
    let mut unshare = Command::new("unshare");
    unshare
        .args(["-rm", "sh", "-c", &format!("set -e\n{mount}\n{script}")])
        .arg(program.get_program())
        .env_clear();
    for (name, value) in program.get_envs() {
        unshare.env(name, value.unwrap());
    }
    let done = unshare.output().unwrap();
    let [output, error] = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Some(Outcome {
        code: done.status.code(),
        output: output.clone(),
        error: error.clone(),
        raw: (output, error),
    })
}
