//! The processes that this one was started by.

use std::path::Path;

use super::file::{Links, read_small};

/// Says whether a notebook's kernel is among them, as far as this system shows it (Linux, in `/proc`).
pub(super) fn has_a_kernel() -> bool {
    let mut process = "self".to_owned();
    for _ in 0..GENERATIONS {
        let Some(parent) = parent_of(&process) else { return false };
        let command = read(&parent, "cmdline").unwrap_or_default();
        if command.windows(KERNEL.len()).any(|part| part == KERNEL) {
            return true;
        }
        process = parent;
    }
    false
}

/// The fourth field; the second, the program's name in brackets, may hold blanks and brackets itself (proc(5)).
fn parent_of(process: &str) -> Option<String> {
    let stat = read(process, "stat")?;
    let stat = String::from_utf8_lossy(&stat);
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1).filter(|parent| *parent != "0").map(str::to_owned)
}

fn read(process: &str, name: &str) -> Option<Vec<u8>> {
    let path = Path::new("/proc").join(process).join(name);
    read_small(&path, LIMIT, Links::Follow).ok().map(|file| file.bytes)
}

/// In the command line of every kernel of Python: `python -m ipykernel_launcher -f …`.
const KERNEL: &[u8] = b"ipykernel";

/// More than a command line has, as a rule; one that is longer is not looked at.
const LIMIT: usize = 64 * 1024;

/// A shell, a script, a tool that starts the script.
const GENERATIONS: usize = 6;
