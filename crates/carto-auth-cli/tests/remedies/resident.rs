//! Whoever the home of a desk belongs to, and who may not do everything: another user where the tests run as root.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::desk::{Desk, Outcome};

/// Gives them the desk with all that is on it. Where the program lies out of their reach, that is told and false.
#[allow(clippy::print_stderr, reason = "what was left out is told")]
pub(crate) fn moves_in(desk: &Desk) -> bool {
    if is_root() {
        let user = format!("{USER}:{USER}");
        let done = Command::new("chown").args(["-R", "-h", &user]).arg(desk.folder.path()).status().unwrap();
        assert!(done.success());
    }
    if as_resident(desk, &["--version"]).output().is_err() {
        eprintln!("left out: the program lies where another user cannot come");
        return false;
    }
    true
}

/// Makes one thing ours again, without what is in it.
pub(crate) fn takes_back(path: &Path) {
    std::os::unix::fs::chown(path, Some(0), Some(0)).unwrap();
}

/// Says whether there are two users to be had, which is told where not.
#[allow(clippy::print_stderr, reason = "what was left out is told")]
pub(crate) fn is_somebody_else() -> bool {
    if !is_root() {
        eprintln!("left out: only root can become another user");
    }
    is_root()
}

/// Runs the command as they would.
pub(crate) fn run(desk: &Desk, arguments: &[&str]) -> Outcome {
    run_with(desk, arguments, "")
}

/// Runs it with this on its input.
pub(crate) fn run_with(desk: &Desk, arguments: &[&str], input: &str) -> Outcome {
    let text = desk.file("input", input);
    let done = as_resident(desk, arguments).stdin(std::fs::File::open(text).unwrap()).output().unwrap();
    let [output, error] = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Outcome { code: done.status.code(), output: output.clone(), error: error.clone(), raw: (output, error) }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn as_resident(desk: &Desk, arguments: &[&str]) -> Command {
    let mut command = desk.command(arguments);
    if is_root() {
        command.uid(USER).gid(USER);
    }
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A user without a name.
const USER: u32 = 1_000_620_000;
