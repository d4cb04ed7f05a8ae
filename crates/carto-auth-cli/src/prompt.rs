//! What the person at the terminal is told and asked while they sign in.
//!
//! While a browser is waited for, a line moves. An address can be pasted all the same where the sign-in
//! allows it: the terminal does not echo it then, so the moving line stays whole and the code out of sight.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use carto_auth::platform::{Input, Notice, Prompt};
use serde_json::json;

use crate::screen::{FAINT, STRONG, Screen};

/// The person, by way of the screen and another prompt that reads.
#[derive(Debug)]
pub(crate) struct ScreenPrompt {
    screen: Arc<Screen>,
    reader: Arc<dyn Prompt>,
    /// Whether a browser is waited for.
    browser: AtomicBool,
    /// Whether a link was shown.
    asked: AtomicBool,
}

impl ScreenPrompt {
    pub(crate) fn new(screen: Arc<Screen>, reader: Arc<dyn Prompt>) -> Self {
        Self { screen, reader, browser: AtomicBool::new(false), asked: AtomicBool::new(false) }
    }

    /// Whether the person was asked to sign in.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    fn show_link(&self, before: &str, url: &str) {
        self.asked.store(true, Ordering::Relaxed);
        let screen = &self.screen;
        if screen.look.json {
            screen.line(&json!({ "link": url }).to_string());
        } else if screen.look.quiet {
            screen.line(url);
        } else {
            screen.line(&format!("{before}\n\n  {}\n", screen.styled(url, STRONG)));
        }
    }

    fn wait_for_browser(&self, more: &str) {
        if self.screen.look.moves {
            let text = format!("Waiting for the browser {}", self.screen.styled(more, FAINT));
            self.screen.wait_for(text.trim_end());
        }
    }
}

/// What the library says of a paste begins in lower case, as an error does.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[async_trait]
impl Prompt for ScreenPrompt {
    fn input(&self) -> Input {
        self.reader.input()
    }

    fn tell(&self, notice: &Notice<'_>) {
        let screen = &self.screen;
        match notice {
            Notice::Link(url) => {
                self.show_link("Open this link to sign in to CARTO:", url);
                self.browser.store(true, Ordering::Relaxed);
                self.wait_for_browser("");
            }
            Notice::PasteLink(url) => {
                self.browser.store(false, Ordering::Relaxed);
                screen.done_waiting();
                self.show_link(
                    "Open this link in any browser, sign in to CARTO, and copy the access code it shows:",
                    url,
                );
            }
            Notice::Waiting { who, link } => {
                screen.say(&format!("{who} is signing in already; waiting for that."));
                if let Some(link) = link {
                    self.show_link("Its link:", link);
                }
                screen.wait_for("Waiting for the other sign-in");
            }
            // The line that moves says the same.
            Notice::BrowserOpened if screen.look.moves => {}
            Notice::Warning(text) => screen.warn(text),
            Notice::WrongPaste(text) => screen.say(&sentence(text)),
            Notice::Over => {
                self.browser.store(false, Ordering::Relaxed);
                screen.done_waiting();
            }
            other => screen.say(&other.to_string()),
        }
    }

    async fn read(&self, question: &str) -> io::Result<Option<String>> {
        if self.browser.load(Ordering::Relaxed) && (self.screen.look.moves || self.screen.look.quiet) {
            // Silence first: what is invited must not be seen, however soon it comes.
            let _silence = echo::off();
            self.wait_for_browser("(or paste the address it ends on, and Enter)");
            return self.reader.read("").await;
        }
        let asks = self.reader.input() == Input::Terminal && !self.screen.look.json;
        self.reader.read(if asks { question } else { "" }).await
    }
}

#[cfg(unix)]
mod echo {
    //! A terminal that does not show what is typed.

    use rustix::process::getpgrp;
    use rustix::stdio::stdin;
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

    /// Puts the terminal back as it was.
    pub(super) struct Silence(Termios);

    /// Turns the echo off until the value is dropped.
    pub(super) fn off() -> Option<Silence> {
        // A program in the background that touches the terminal is stopped by the system.
        if tcgetpgrp(stdin()).ok()? != getpgrp() {
            return None;
        }
        let before = tcgetattr(stdin()).ok()?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO;
        tcsetattr(stdin(), OptionalActions::Now, &silent).ok()?;
        Some(Silence(before))
    }

    impl Drop for Silence {
        fn drop(&mut self) {
            if tcgetpgrp(stdin()).is_ok_and(|group| group == getpgrp()) {
                let _ = tcsetattr(stdin(), OptionalActions::Now, &self.0);
            }
        }
    }
}

#[cfg(not(unix))]
mod echo {
    pub(super) fn off() {}
}
