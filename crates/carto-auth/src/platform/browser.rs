//! Opening a link for the person.

use std::fmt::Debug;
use std::process::{Command, Stdio};
use std::time::Duration;

use async_trait::async_trait;

use super::Variables;

/// Opens a link where the person can see it.
#[async_trait]
pub trait Browser: Debug + Send + Sync {
    /// Asks for a link to be opened; the error says in a few words why that was not possible.
    async fn open(&self, url: &str) -> Result<(), String>;
}

/// No browser at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBrowser;

#[async_trait]
impl Browser for NoBrowser {
    async fn open(&self, _url: &str) -> Result<(), String> {
        Err("there is no browser here".into())
    }
}

/// The programs named by `$BROWSER`, or those of this system.
///
/// Each runs as a process of its own with nothing on its input and outputs, and has five seconds to fail;
/// one that is still running then is a browser.
#[derive(Clone, Debug)]
pub struct SystemBrowser {
    variables: Variables,
}

impl SystemBrowser {
    /// The browser that these variables lead to.
    pub fn new(variables: Variables) -> Self {
        Self { variables }
    }

    fn commands(&self, url: &str) -> Vec<Command> {
        match self.variables.get("BROWSER") {
            Some(list) => list.split(LIST_SEPARATOR).filter_map(|entry| command(entry, url)).collect(),
            None => open::commands(url),
        }
    }
}

#[async_trait]
impl Browser for SystemBrowser {
    async fn open(&self, url: &str) -> Result<(), String> {
        let mut reason = "no program that opens links was found".to_owned();
        for command in self.commands(url) {
            let name = command.get_program().to_string_lossy().into_owned();
            match start(command).await {
                Ok(()) => return Ok(()),
                Err(why) => reason = format!("`{name}` {why}"),
            }
        }
        Err(reason)
    }
}

/// An entry of `$BROWSER`: a program with its arguments, `%s` standing for the link.
#[expect(clippy::disallowed_methods, reason = "this is the one place that starts a program")]
fn command(entry: &str, url: &str) -> Option<Command> {
    let mut words = entry.split_whitespace();
    let mut command = Command::new(words.next()?);
    let arguments: Vec<_> = words.map(|word| word.replace("%s", url)).collect();
    let placed = entry.contains("%s");
    command.args(arguments);
    if !placed {
        command.arg(url);
    }
    Some(command)
}

async fn start(mut command: Command) -> Result<(), String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    {
        // A group of its own, so that Ctrl-C at our terminal does not close the person's browser.
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "was not found".to_owned(),
        _ => format!("could not be started: {error}"),
    })?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < deadline {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => {
                return Err(match status.code() {
                    Some(code) => format!("ended with exit code {code}"),
                    None => "was killed".to_owned(),
                });
            }
            Ok(None) => tokio::time::sleep(Duration::from_millis(25)).await,
            Err(error) => return Err(format!("cannot be watched: {error}")),
        }
    }
    // Still running: it is the browser itself. A thread waits for its end, so that no zombie stays.
    let _ = std::thread::Builder::new().name("browser".into()).spawn(move || child.wait());
    Ok(())
}

const PATIENCE: Duration = Duration::from_secs(5);

const LIST_SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

#[cfg(test)]
mod tests {
    use super::*;

    fn browser(list: &str) -> SystemBrowser {
        SystemBrowser::new([("BROWSER", list)].into_iter().collect())
    }

    #[test]
    fn the_link_takes_the_place_of_its_mark_and_is_one_word() {
        let [command] = &browser("firefox --new-tab=%s -x").commands("http://a/?b=c d")[..] else {
            panic!("one command");
        };
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
        assert_eq!(arguments, ["--new-tab=http://a/?b=c d", "-x"]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_browser_that_fails_is_told_from_one_that_opens() {
        assert_eq!(browser("true").open("http://a/").await, Ok(()));
        assert_eq!(browser("false:true").open("http://a/").await, Ok(()));
        assert_eq!(browser("false").open("http://a/").await, Err("`false` ended with exit code 1".into()));
        assert_eq!(browser("no-such-one").open("http://a/").await, Err("`no-such-one` was not found".into()));
    }
}
