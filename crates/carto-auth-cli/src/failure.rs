//! How a command fails, and how that is told.

use std::io;

use carto_auth::{Error, ErrorKind};
use clap::error::{ContextKind, ContextValue, ErrorKind as ArgumentsErrorKind};
use serde::Serialize;

use crate::screen::{ERROR, HINT, Screen};

/// Why a command does not give what it was asked for.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// What the library says.
    Library(Error),
    /// What was typed cannot be done. The exit code is 2.
    Usage { message: String, hint: String },
    /// Something else. The exit code is 1.
    Failed { message: String, cause: Option<String>, hint: Option<String> },
    /// Nobody reads the output any more: nothing is said, and it is no fault.
    NobodyReads,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    pub(crate) fn failed(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), cause: None, hint: Some(hint.into()) }
    }

    pub(crate) fn of_io(message: impl Into<String>, error: &io::Error) -> Self {
        Self::Failed { message: message.into(), cause: Some(error.to_string()), hint: None }
    }

    pub(crate) fn of_output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::of_io("the output cannot be written", &error),
        }
    }

    /// Tells the person, and gives the exit code.
    pub(crate) fn tell(&self, screen: &Screen) -> u8 {
        screen.done_waiting();
        let Some(report) = self.report() else { return 0 };
        report.tell(screen);
        match self {
            Self::Library(error) => error.kind().exit_code(),
            Self::Usage { .. } => ErrorKind::Config.exit_code(),
            Self::Failed { .. } | Self::NobodyReads => 1,
        }
    }

    fn report(&self) -> Option<Report> {
        Some(match self {
            Self::Library(error) => Report {
                kind: error.kind().name(),
                message: error.to_string(),
                causes: error.causes(),
                hint: error.hint_text().map(str::to_owned),
                code: error.oauth_code().map(str::to_owned),
                status: error.http_status(),
                retry_after: error.wait().map(|wait| wait.as_secs()),
            },
            Self::Usage { message, hint } => {
                Report { hint: Some(hint.clone()), ..Report::new("usage", message) }
            }
            Self::Failed { message, cause, hint } => Report {
                causes: cause.iter().cloned().collect(),
                hint: hint.clone(),
                ..Report::new("failed", message)
            },
            Self::NobodyReads => return None,
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

/// An error as `--json` shows it.
#[derive(Serialize)]
struct Report {
    kind: &'static str,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    code: Option<String>,
    status: Option<u16>,
    retry_after: Option<u64>,
}

#[derive(Serialize)]
struct Line<'a> {
    error: &'a Report,
}

impl Report {
    fn new(kind: &'static str, message: &str) -> Self {
        let message = message.to_owned();
        Self { kind, message, causes: Vec::new(), hint: None, code: None, status: None, retry_after: None }
    }

    fn tell(&self, screen: &Screen) {
        if screen.look.json {
            let line = serde_json::to_string(&Line { error: self }).unwrap_or_default();
            return screen.line(&line);
        }
        screen.line(&format!("{} {}", screen.styled("error:", ERROR), self.message));
        for cause in &self.causes {
            screen.line(&format!("  caused by: {cause}"));
        }
        if let Some(hint) = &self.hint {
            screen.line(&format!("\n{} {hint}", screen.styled("hint:", HINT)));
        }
    }
}

/// Tells what is wrong with the arguments, or gives out the help; gives the exit code.
pub(crate) fn of_arguments(error: &clap::Error, screen: &Screen) -> u8 {
    let given_out = matches!(
        error.kind(),
        ArgumentsErrorKind::DisplayHelp
            | ArgumentsErrorKind::DisplayVersion
            | ArgumentsErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    let text = |colors: bool| {
        let text = error.render();
        if colors { text.ansi().to_string() } else { text.to_string() }
    };
    if given_out && !error.use_stderr() {
        return match screen.give(&text(screen.look.output_colors)) {
            Ok(()) => 0,
            Err(failure) => failure.tell(screen),
        };
    }
    if screen.look.json {
        let text = text(false);
        let message = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
        let report = Report { hint: suggestion(error), ..Report::new("usage", message.trim()) };
        report.tell(screen);
    } else {
        screen.line(text(screen.look.error_colors).trim_end());
    }
    ErrorKind::Config.exit_code()
}

fn suggestion(error: &clap::Error) -> Option<String> {
    let suggested =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    suggested.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(one) => Some(format!("did you mean `{one}`?")),
        ContextValue::Strings(many) => many.first().map(|one| format!("did you mean `{one}`?")),
        _ => None,
    })
}
