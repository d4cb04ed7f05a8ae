//! One write of an entry, call by call of the system, by Debian's `strace`.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use crate::world::World;
use crate::writer::{BEGIN, END, Shelf, command};

/// A call about files that was made in between the marks of a writer.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// How many of this name its thread has made before, from its start.
    before: usize,
    /// As it is shown, with its arguments and its answer.
    pub(crate) text: String,
}

/// What a writer of one version has done and said.
pub(crate) struct Traced {
    pub(crate) calls: Vec<Call>,
    pub(crate) said: String,
    pub(crate) output: Output,
}

/// Says whether there is an `strace` that may look at its children here. If not, that is told.
pub(crate) fn is_there() -> bool {
    let there = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    let there = there.is_ok_and(|status| status.success());
    if !there {
        // Not by `eprintln!`, which nobody sees while the test passes.
        let _ = writeln!(std::io::stderr(), "left out: there is no strace here, or it may not trace");
    }
    there
}

/// A writer that is left alone.
pub(crate) fn trace(world: &World, shelf: &Shelf) -> Traced {
    run(world, shelf, None)
}

/// A writer that is killed when it is about to make this call.
pub(crate) fn kill_at(world: &World, shelf: &Shelf, call: &Call) -> Traced {
    run(world, shelf, Some(format!("inject={}:signal=KILL:when={}", call.name, call.before + 1)))
}

fn run(world: &World, shelf: &Shelf, inject: Option<String>) -> Traced {
    let log = world.folder.path().join("calls");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-y", "-s", "99", "-e", "trace=%file,%desc"]);
    strace.args(inject.iter().flat_map(|inject| ["-e", inject])).arg("-o").arg(&log);
    let output = command(shelf, Some(strace), 1).stderr(Stdio::piped()).output().expect("run");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Traced { calls: calls(&World::read(log)), said, output }
}

/// The calls in between the marks, of the thread that made these.
fn calls(log: &str) -> Vec<Call> {
    let begin = format!("\"{BEGIN}\"");
    let mark = log.lines().find(|line| line.contains(&begin)).unwrap_or_else(|| panic!("no mark in {log}"));
    let (thread, _) = mark.split_once(' ').expect("a thread");
    let (mut all, mut others) = (Vec::<Call>::new(), Vec::new());
    for line in log.lines() {
        let (of, text) = line.split_once(' ').expect("a thread");
        let text = text.trim_start();
        // A signal, an end, or the rest of a call that another thread's came between.
        let Some((name, _)) = text.split_once('(').filter(|(name, _)| is_name(name)) else { continue };
        if of != thread {
            others.push(name);
            continue;
        }
        let before = all.iter().filter(|call| call.name == name).count();
        all.push(Call { name: name.into(), before, text: text.into() });
    }
    let is_no_mark = |call: &Call| !call.text.contains(END);
    let inside = all.into_iter().skip_while(|call| !call.text.contains(&begin)).skip(1);
    let inside = inside.take_while(is_no_mark).filter(|call| !NO_FILES.contains(&&*call.name));
    let is_ahead = |call: &Call| others.iter().filter(|name| **name == call.name).count() <= call.before;
    inside.inspect(|call| assert!(is_ahead(call), "another thread makes as many: {call:?}")).collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Memory and waiting, which change no file and come in any number.
const NO_FILES: [&str; 5] = ["mmap", "epoll_wait", "epoll_ctl", "poll", "ppoll"];
