//! A disk that is full, and a limit on what may be written.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::desk::{Desk, Outcome, PROGRAM};
use crate::hint::shell;
use crate::warning::warned;

#[test]
fn a_disk_that_is_full_is_freed_or_done_without() {
    let desk = Desk::of_job();
    let Some(mut disk) = Disk::mount(&desk) else { return };
    let _ = disk.run("cat /dev/zero > $HOME/filler");
    let full = disk.run("carto-auth token");
    let hint = warned(&full, "free-some-space-or");
    // It ends as all hints of the files do.
    let elsewhere = warned(&full, "set-carto-auth-cache-dir-to-a");
    let own = format!("{}={}/own", elsewhere.word("CARTO_AUTH_CACHE_DIR"), desk.folder.path().display());
    disk.keeps(&format!("{own} carto-auth token"));
    hint.says("free some space");
    let _ = disk.run("rm $HOME/filler");
    disk.keeps("carto-auth token");
}

#[test]
fn a_limit_on_the_size_of_files_is_raised() {
    let desk = Desk::of_job();
    let limited = |line: &str| {
        let (code, output, error) = shell(&desk, &format!("ulimit -S -f 0\n{line}\ncarto-auth token"));
        Outcome { code, output: output.clone(), error: error.clone(), raw: (output, error) }
    };
    let hint = warned(&limited(""), "raise-the-limit-on");
    let [first, second] = [(); 2].map(|()| limited(hint.word("ulimit")));
    assert_eq!((first.code, first.raw.1.as_str()), (Some(0), ""), "{first:?}");
    assert_eq!(first.raw, second.raw, "it is kept");
}

/// A shell for which the home of a desk is a small disk of its own.
struct Disk {
    shell: Child,
    lines: ChildStdin,
    done: BufReader<ChildStdout>,
    said: [std::path::PathBuf; 2],
}

impl Disk {
    /// Where none may be mounted, that is told and the test left out.
    #[allow(clippy::print_stderr, reason = "what was left out is told")]
    fn mount(desk: &Desk) -> Option<Self> {
        let plain = desk.command(&[]);
        let mut shell = Command::new("unshare");
        shell.args(["-rm", "sh", "-c", "mount -t tmpfs -o size=16k none \"$HOME\" && exec sh"]);
        shell.current_dir(desk.folder.path()).env_clear();
        for (name, value) in plain.get_envs() {
            shell.env(name, value.unwrap());
        }
        let folder = std::path::Path::new(PROGRAM).parent().unwrap().display();
        let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
        shell.env("PATH", path).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut shell = shell.spawn().ok()?;
        let (lines, done) = (shell.stdin.take().unwrap(), BufReader::new(shell.stdout.take().unwrap()));
        let said = ["output", "error"].map(|name| desk.folder.path().join(name));
        let mut disk = Self { shell, lines, done, said };
        if disk.try_run("true").is_none() {
            eprintln!("left out: no disk may be mounted here, not even in a namespace of one's own");
            return None;
        }
        Some(disk)
    }

    fn run(&mut self, line: &str) -> Outcome {
        self.try_run(line).unwrap()
    }

    fn try_run(&mut self, line: &str) -> Option<Outcome> {
        let [output, error] = &self.said;
        let line = format!("{{ {line}; }} >{} 2>{}\necho $?\n", output.display(), error.display());
        self.lines.write_all(line.as_bytes()).ok()?;
        let mut code = String::new();
        self.done.read_line(&mut code).ok()?;
        let code = code.trim().parse().ok()?;
        let [output, error] = self.said.clone().map(|path| std::fs::read_to_string(path).unwrap_or_default());
        Some(Outcome { code: Some(code), output: output.clone(), error: error.clone(), raw: (output, error) })
    }

    /// The fault is gone, as `warning::keeps` sees it.
    fn keeps(&mut self, line: &str) {
        let [first, second] = [(); 2].map(|()| self.run(line));
        assert_eq!((first.code, first.raw.1.as_str()), (Some(0), ""), "{first:?}");
        assert!(first.raw.0.starts_with("eyJ"), "{first:?}");
        assert_eq!(first.raw, second.raw, "it is kept");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
