//! A hint as it was read. Nothing is typed that does not stand in it.

use std::process::Command;

use crate::desk::{Desk, Outcome, PROGRAM, Running};
use crate::list;

pub(crate) struct Hint(String);

impl Hint {
    /// The hint in what a command has said, by its id in the list.
    pub(crate) fn of(outcome: &Outcome, id: &str) -> Self {
        Self::within(&outcome.raw.1, id)
    }

    /// The hint in a text.
    pub(crate) fn within(text: &str, id: &str) -> Self {
        let says = list::says(id);
        let found = text.lines().find_map(|line| read(line, &says));
        Self(found.unwrap_or_else(|| panic!("no `{says}` in {text}")))
    }

    /// The piece in backticks that begins so.
    pub(crate) fn word(&self, start: &str) -> &str {
        let mut pieces = self.0.split('`').skip(1).step_by(2);
        pieces.find(|piece| piece.starts_with(start)).unwrap_or_else(|| panic!("no `{start}…` in {}", self.0))
    }

    /// The hint without what was asked of whoever reads it: a test that follows words says here which.
    pub(crate) fn says(&self, words: &str) {
        assert!(self.0.contains(words), "no `{words}` in {}", self.0);
    }
}

/// The part of a line that a pattern stands for, with anything where it has braces.
fn read(line: &str, says: &str) -> Option<String> {
    let mut pieces = says.split('{').enumerate().map(|(at, piece)| match at {
        0 => piece,
        _ => piece.split_once('}').map_or(piece, |(_, rest)| rest),
    });
    let first = pieces.next()?;
    let from = line.find(first)?;
    let mut rest = &line[from + first.len()..];
    for piece in pieces {
        rest = &rest[rest.find(piece)? + piece.len()..];
    }
    let to = if says.ends_with('}') { line.len() } else { line.len() - rest.len() };
    Some(line[from..to].to_owned())
}

/// Runs a command that fails, and gives its hint.
pub(crate) fn fails(desk: &Desk, arguments: &[&str], id: &str) -> Hint {
    let outcome = desk.run(arguments);
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    Hint::of(&outcome, id)
}

/// What a command that worked has written.
pub(crate) struct Done {
    pub(crate) output: String,
    pub(crate) error: String,
}

/// The fault is gone: it works, and nothing is warned of.
pub(crate) fn works(desk: &Desk, arguments: &[&str]) -> Done {
    let done = done(desk.run(arguments));
    assert!(!done.error.contains("warning:"), "{}", done.error);
    done
}

fn done(outcome: Outcome) -> Done {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    Done { output: outcome.raw.0, error: outcome.raw.1 }
}

/// The words after `carto-auth`.
pub(crate) fn arguments(command: &str) -> Vec<&str> {
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("carto-auth"), "{command}");
    words.collect()
}

/// Types a `carto-auth login …` as a person with a browser does.
pub(crate) fn sign_in(desk: &Desk, command: &str) -> Done {
    sign_in_by(desk, &arguments(command))
}

pub(crate) fn sign_in_by(desk: &Desk, arguments: &[&str]) -> Done {
    let mut running = desk.start(arguments);
    let link = running.link();
    finish(desk, &mut running, arguments, &link);
    done(running.end())
}

/// Does in a browser what a link asks for, and pastes what has to be pasted.
pub(crate) fn finish(desk: &Desk, running: &mut Running, arguments: &[&str], link: &str) {
    if arguments.contains(&"--no-browser") {
        let code = desk.browser().code_page_blocking(link).unwrap();
        running.type_in(&format!("{code}\n"));
    } else {
        desk.browser().sign_in_blocking(link).unwrap();
    }
}

/// Types a line into a shell whose `carto-auth` is ours; gives the code, the output and the error output.
pub(crate) fn shell(desk: &Desk, line: &str) -> (Option<i32>, String, String) {
    let plain = desk.command(&[]);
    let folder = std::path::Path::new(PROGRAM).parent().unwrap().display().to_string();
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).current_dir(desk.folder.path()).env_clear();
    for (name, value) in plain.get_envs() {
        command.env(name, value.unwrap());
    }
    let path = std::env::var("PATH").unwrap();
    let output = command.env("PATH", format!("{folder}:{path}")).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
