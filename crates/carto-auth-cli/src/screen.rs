//! What is written, where, and how it looks.
//!
//! Data goes to the output. Everything else goes to the error output: as text, or with `--json` as one JSON
//! object a line.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::json;

use crate::arguments::{ColorChoice, Global};
use crate::failure::Failure;
use crate::world::World;

/// How much is said, and how it looks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) output_colors: bool,
    pub(crate) error_colors: bool,
    /// Whether something that moves can be drawn on the error output.
    pub(crate) moves: bool,
}

/// Both outputs of the command.
pub(crate) struct Screen {
    pub(crate) look: Look,
    output: Mutex<Box<dyn Write + Send>>,
    error: Mutex<Box<dyn Write + Send>>,
    spinner: Mutex<Option<ProgressBar>>,
}

impl Look {
    pub(crate) fn of(global: &Global, world: &World) -> Self {
        let variables = &world.platform.variables;
        let dumb = variables.get("TERM") == Some("dumb");
        let colors = |is_terminal: bool| match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !dumb && variables.get("NO_COLOR").is_none(),
        };
        Self {
            json: global.json,
            quiet: global.quiet,
            output_colors: colors(world.output_is_terminal),
            error_colors: colors(world.error_is_terminal),
            moves: world.error_is_terminal && !dumb && !global.json && !global.quiet,
        }
    }

    /// The same before it is known what the arguments say, for the case that they say nothing sensible.
    pub(crate) fn before_parsing(args: &[OsString], world: &World) -> Self {
        let has = |word: &str| args.iter().any(|arg| arg == word);
        let pair = |value: &str| {
            has(&format!("--color={value}"))
                || args.windows(2).any(|two| two[0] == "--color" && two[1] == value)
        };
        let color = match (pair("never"), pair("always")) {
            (true, _) => ColorChoice::Never,
            (_, true) => ColorChoice::Always,
            _ => ColorChoice::Auto,
        };
        Self::of(&Global { json: has("--json"), color, ..Global::default() }, world)
    }
}

impl Screen {
    pub(crate) fn new(output: Box<dyn Write + Send>, error: Box<dyn Write + Send>, look: Look) -> Self {
        Self { look, output: Mutex::new(output), error: Mutex::new(error), spinner: Mutex::default() }
    }

    /// Gives out what the command was asked for.
    pub(crate) fn give(&self, text: &str) -> Result<(), Failure> {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(Failure::of_output)
    }

    /// Gives out a JSON document.
    pub(crate) fn give_json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let mut text =
            serde_json::to_string_pretty(value).map_err(|error| Failure::of_output(error.into()))?;
        text.push('\n');
        self.give(&text)
    }

    /// Says something that the person may want to know.
    pub(crate) fn say(&self, text: &str) {
        if self.look.quiet {
            return;
        }
        if self.look.json {
            self.line(&json!({ "notice": text.trim_end() }).to_string());
        } else {
            self.line(text);
        }
    }

    /// Says that something is not as it should be.
    pub(crate) fn warn(&self, text: &str) {
        if self.look.quiet {
            return;
        }
        if self.look.json {
            self.line(&json!({ "warning": text }).to_string());
        } else {
            self.line(&format!("{} {text}", self.styled("warning:", WARNING)));
        }
    }

    /// Says what can be done.
    pub(crate) fn hint(&self, text: &str) {
        if self.look.quiet {
            return;
        }
        if self.look.json {
            self.line(&json!({ "hint": text }).to_string());
        } else {
            self.line(&format!("{} {text}", self.styled("hint:", HINT)));
        }
    }

    /// Writes a line to the error output, above the spinner if there is one.
    pub(crate) fn line(&self, text: &str) {
        let spinner = self.spinner();
        let write = || {
            let mut error = self.error.lock().unwrap_or_else(PoisonError::into_inner);
            // Who does not listen to what is said is not made to.
            let _ = writeln!(error, "{text}").and_then(|()| error.flush());
        };
        match &*spinner {
            Some(spinner) => spinner.suspend(write),
            None => write(),
        }
    }

    /// Text for the error output.
    pub(crate) fn styled(&self, text: &str, style: Style) -> String {
        paint(text, style, self.look.error_colors)
    }

    /// Text for the output.
    pub(crate) fn painted(&self, text: &str, style: Style) -> String {
        paint(text, style, self.look.output_colors)
    }

    /// Shows what is waited for; the same line changes when it is called again.
    pub(crate) fn wait_for(&self, text: &str) {
        if !self.look.moves {
            return;
        }
        let mut spinner = self.spinner();
        let spinner = spinner.get_or_insert_with(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(TICK);
            bar
        });
        spinner.set_message(text.to_owned());
    }

    /// Takes the spinner away.
    pub(crate) fn done_waiting(&self) {
        if let Some(spinner) = self.spinner().take() {
            spinner.finish_and_clear();
        }
    }

    fn spinner(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.spinner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").field("look", &self.look).finish_non_exhaustive()
    }
}

fn paint(text: &str, style: Style, colors: bool) -> String {
    if colors { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Prints what the library traces. There are no secrets in it: the library's own tests see to that.
pub(crate) fn trace(colors: bool) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::fmt::time::uptime;
    use tracing_subscriber::layer::SubscriberExt as _;
    let ours = Targets::new()
        .with_target("carto_auth", LevelFilter::DEBUG)
        .with_target("carto_auth_cli", LevelFilter::DEBUG);
    let layer =
        tracing_subscriber::fmt::layer().with_ansi(colors).with_timer(uptime()).with_writer(io::stderr);
    // A program that runs the command twice keeps the first.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(ours).with(layer));
}

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

const TICK: std::time::Duration = std::time::Duration::from_millis(100);
