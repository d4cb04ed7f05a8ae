//! The processes that this one was started by.

/// Says whether a notebook's kernel is among them, as far as this system shows it (Linux, in `/proc`).
pub(super) fn has_a_kernel() -> bool {
    let mut process = "self".to_owned();
    for _ in 0..GENERATIONS {
        let Some(parent) = parent_of(&process) else { return false };
        let command = std::fs::read(format!("/proc/{parent}/cmdline")).unwrap_or_default();
        if command.windows(KERNEL.len()).any(|part| part == KERNEL) {
            return true;
        }
        process = parent;
    }
    false
}

/// The fourth field; the second, the program's name in brackets, may hold blanks and brackets itself (proc(5)).
fn parent_of(process: &str) -> Option<String> {
    let stat = std::fs::read(format!("/proc/{process}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1).filter(|parent| *parent != "0").map(str::to_owned)
}

/// In the command line of every kernel of Python: `python -m ipykernel_launcher -f …`.
const KERNEL: &[u8] = b"ipykernel";

/// A shell, a script, a tool that starts the script.
const GENERATIONS: usize = 6;
