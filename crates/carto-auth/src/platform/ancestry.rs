//! The processes that this one was started by.

use std::path::Path;

use super::file::{Links, read_small};

/// Says whether a notebook's kernel is among them, as far as this system shows it (Linux, in `/proc`).
pub(super) fn has_a_kernel() -> bool {
    let mut process = "self".to_owned();
    for _ in 0..GENERATIONS {
        let Some(parent) = parent_of(&process) else { return false };
        if is_kernel(&read(&parent, "cmdline").unwrap_or_default()) {
            return true;
        }
        process = parent;
    }
    false
}

/// Says whether a command line is that of a kernel of Python, as in `python -m ipykernel_launcher -f …`: one that has the
/// name somewhere else may be an editor with a file of such a name.
fn is_kernel(command_line: &[u8]) -> bool {
    let command_line = String::from_utf8_lossy(command_line);
    let mut arguments = command_line.split('\0');
    let program = arguments.next().map_or("", stem);
    let is_python = program.starts_with("python") || program.starts_with("pypy");
    is_python && program_of_python(arguments).is_some_and(is_name_of_kernel)
}

/// The module or the script that Python is told to run; no code (`-c`).
fn program_of_python<'a>(mut arguments: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    while let Some(argument) = arguments.next() {
        let Some(switches) = argument.strip_prefix('-') else { return Some(stem(argument)) };
        if switches == "-check-hash-based-pycs" {
            arguments.next();
        }
        // Several may stand together, and the value of the last one beside it: `-Im ipykernel`, `-Xdev`.
        if let Some(place) = switches.find(['m', 'c', 'W', 'X']).filter(|_| !switches.starts_with('-')) {
            let (switch, value) = switches.split_at(place).1.split_at(1);
            let value = if value.is_empty() { arguments.next()? } else { value };
            match switch {
                "m" => return Some(value),
                "c" => return None,
                _ => {}
            }
        }
    }
    None
}

/// Every service has a launcher of its own: `colab_kernel_launcher`, `db_ipykernel_launcher`.
fn is_name_of_kernel(program: &str) -> bool {
    program.ends_with("kernel_launcher") || program == "ipykernel" || program.starts_with("ipykernel.")
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".py").unwrap_or(name)
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

/// More than a command line has, as a rule; one that is longer is not looked at.
const LIMIT: usize = 64 * 1024;

/// A shell, a script, a tool that starts the script.
const GENERATIONS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_kernel_of(words: &str) -> bool {
        is_kernel(
            words
                .split(' ')
                .flat_map(|word| [word.as_bytes(), b"\0"].concat())
                .collect::<Vec<_>>()
                .as_slice(),
        )
    }

    #[test]
    fn a_kernel_is_told_by_what_python_runs() {
        for kernel in [
            "python -m ipykernel_launcher -f kernel.json",
            "/opt/conda/bin/python3.11 -m ipykernel -f kernel.json",
            "python3 -Xfrozen_modules=off -m ipykernel_launcher -f kernel.json",
            "python -X dev -W ignore -Im ipykernel_launcher",
            "python --check-hash-based-pycs never -mipykernel_launcher",
            "pypy3 -m ipykernel.kernelapp",
            "python3 -m colab_kernel_launcher -f kernel.json",
            "python /databricks/python_shell/scripts/db_ipykernel_launcher.py -f kernel.json",
        ] {
            assert!(is_kernel_of(kernel), "{kernel}");
        }
    }

    #[test]
    fn a_kernels_name_among_the_arguments_makes_none() {
        for other in [
            "vim ipykernel_notes.txt",
            "vim ipykernel_launcher.py",
            "less /usr/lib/python3/dist-packages/ipykernel/kernelapp.py",
            "python -m pip install ipykernel",
            "python -m pytest -m ipykernel",
            "python work.py ipykernel",
            "python /home/ada/ipykernel/work.py",
            "python -c import\u{a0}ipykernel ipykernel",
            "python -X ipykernel work.py",
            "bash -c python\u{a0}-m\u{a0}ipykernel_launcher",
            "python",
            "",
        ] {
            assert!(!is_kernel_of(other), "{other}");
        }
    }
}
