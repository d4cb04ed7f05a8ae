//! A person at a terminal, or a pipe in their place.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::prompt::{Input, Notice, Prompt};

/// Tells on standard error and reads from standard input.
#[derive(Debug)]
pub struct Terminal {
    input: Input,
    reader: Arc<Mutex<reader::Reader>>,
}

impl Terminal {
    /// The terminal of this process. Nothing is read until a question is asked.
    pub fn new() -> Self {
        let input = if io::stdin().is_terminal() && io::stderr().is_terminal() {
            Input::Terminal
        } else if io::stdin().is_terminal() {
            // A terminal to type at, but nothing to read the question on.
            Input::Nobody
        } else {
            Input::Pipe
        };
        Self { input, reader: Arc::default() }
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Prompt for Terminal {
    fn input(&self) -> Input {
        self.input
    }

    fn tell(&self, notice: &Notice<'_>) {
        let text = notice.to_string();
        if !text.is_empty() {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    async fn read(&self, question: &str) -> io::Result<Option<String>> {
        if self.input == Input::Terminal && !question.is_empty() {
            let mut error = io::stderr().lock();
            let _ = write!(error, "{question} ").and_then(|()| error.flush());
        }
        read_in_thread(Arc::clone(&self.reader)).await
    }
}

/// Reads in a thread that ends soon after nobody waits for it any more, so that what is typed later is
/// left for whoever asks later.
async fn read_in_thread(reader: Arc<Mutex<reader::Reader>>) -> io::Result<Option<String>> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new().name("read-input".into()).spawn(move || {
        let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = reader.read(|| sender.is_closed());
        // What came for somebody who has gone is for whoever asks next.
        if let Err(Ok(Some(text))) = sender.send(answer) {
            reader.give_back(text);
        }
    })?;
    receiver.await.unwrap_or(Ok(None))
}

#[cfg(unix)]
mod reader {
    //! Standard input, read only when there is something to read.

    use std::io;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// Bytes that were read and not yet given out.
    #[derive(Debug, Default)]
    pub(super) struct Reader {
        buffer: Vec<u8>,
        ended: bool,
    }

    impl Reader {
        /// Reads what comes until it pauses after a line, so that a paste of several lines is one answer.
        pub(super) fn read(&mut self, given_up: impl Fn() -> bool) -> io::Result<Option<String>> {
            loop {
                let wait = if self.buffer.contains(&b'\n') { PAUSE } else { LOOK_UP };
                if self.ended || (!self.more(wait)? && self.buffer.contains(&b'\n')) {
                    return Ok(self.take());
                }
                if given_up() || self.buffer.len() > LIMIT {
                    return Ok(None);
                }
            }
        }

        /// Waits for more to come and takes it; `false` when nothing came.
        fn more(&mut self, wait: Timespec) -> io::Result<bool> {
            let stdin = rustix::stdio::stdin();
            let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
            match poll(&mut ready, Some(&wait)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(false),
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            let mut chunk = [0; 4096];
            match rustix::io::read(stdin, &mut chunk) {
                Ok(0) => self.ended = true,
                Ok(count) => self.buffer.extend_from_slice(&chunk[..count]),
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                // A background process may not read the terminal: nobody can answer.
                Err(_) => self.ended = true,
            }
            Ok(true)
        }

        /// Takes an answer back that nobody waited for.
        pub(super) fn give_back(&mut self, text: String) {
            self.buffer.splice(..0, text.into_bytes());
        }

        fn take(&mut self) -> Option<String> {
            if self.buffer.is_empty() {
                return None;
            }
            Some(String::from_utf8_lossy(&std::mem::take(&mut self.buffer)).into_owned())
        }
    }

    const LOOK_UP: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 80_000_000 };
    const LIMIT: usize = 64 * 1024;
}

#[cfg(not(unix))]
mod reader {
    //! Standard input, a line at a time.

    use std::io;

    #[derive(Debug, Default)]
    pub(super) struct Reader {
        kept: Option<String>,
    }

    impl Reader {
        pub(super) fn give_back(&mut self, text: String) {
            self.kept = Some(text);
        }

        pub(super) fn read(&mut self, _given_up: impl Fn() -> bool) -> io::Result<Option<String>> {
            if let Some(kept) = self.kept.take() {
                return Ok(Some(kept));
            }
            let mut line = String::new();
            Ok((io::stdin().read_line(&mut line)? > 0).then_some(line))
        }
    }
}
