//! What can be typed. The comments are the help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Signs you in to CARTO and hands out access tokens
#[derive(Debug, Default, Parser, PartialEq)]
#[command(name = "carto-auth", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command understands.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Write JSON: what is given out, and a line for each message
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Use this profile of `config.toml`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Sign in as the job of this credentials file
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "token")]
    pub(crate) m2m: Option<PathBuf>,
    /// Use the API Access Token that comes on standard input
    #[arg(long, global = true, value_name = "-", allow_hyphen_values = true)]
    pub(crate) token: Option<String>,
    /// Use this API base URL of the account
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Keep the token in this file
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_cache")]
    pub(crate) cache: Option<PathBuf>,
    /// Neither read nor keep tokens on this machine
    #[arg(long, global = true)]
    pub(crate) no_cache: bool,
    /// Answer yes to every question; no command asks one yet
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Say nothing but errors, and the link of a sign-in
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Say what is sent and decided, without secrets
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub(crate) color: ColorChoice,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, PartialEq, Subcommand)]
pub(crate) enum Command {
    Login(Login),
    Logout(Logout),
    Token(Token),
    Status(Status),
    Use(Use),
    /// List the profiles, and who is signed in with each
    Profiles,
    Dw(Dw),
    Sandbox(Sandbox),
}

/// Sign in, through a browser or with a code that is pasted
#[derive(Args, Debug, Default, PartialEq)]
#[command(after_help = "\
Where this machine has a browser, it opens, and the address it ends on can be pasted too.
Elsewhere the link leads to a page with a code to paste. With `--m2m FILE`, the credentials
are tried instead.")]
pub(crate) struct Login {
    /// The profile to sign in with; one that is not there yet is made
    pub(crate) name: Option<String>,
    /// Sign in to this organization, and remember it in the profile
    #[arg(long, value_name = "ID")]
    pub(crate) org: Option<String>,
    /// Ask for these scopes, separated by spaces, and remember them in the profile
    #[arg(long, value_name = "SCOPES")]
    pub(crate) scopes: Option<String>,
    /// Show a link for any browser, and read the code that it ends on
    #[arg(long, conflicts_with = "browser")]
    pub(crate) no_browser: bool,
    /// Wait for a browser on this machine, and read nothing
    #[arg(long)]
    pub(crate) browser: bool,
    /// End a sign-in begun with `--no-browser` and no input: the address it ended on, or `-` to read it
    #[arg(long, value_name = "URL|-", allow_hyphen_values = true, conflicts_with_all = ["browser", "no_browser", "force"])]
    pub(crate) callback: Option<String>,
    /// How long to wait for the sign-in
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<u64>,
    /// Sign in even if somebody is signed in, so that another person can
    #[arg(long)]
    pub(crate) force: bool,
}

/// Sign out: the server is told, and the token is deleted here
#[derive(Args, Debug, Default, PartialEq)]
pub(crate) struct Logout {
    /// The profile to sign out
    #[arg(conflicts_with = "all")]
    pub(crate) name: Option<String>,
    /// Sign out of every profile and every job on this machine, and of the file that `--cache` names
    #[arg(long)]
    pub(crate) all: bool,
}

/// Print the access token and nothing else
#[derive(Args, Debug, Default, PartialEq)]
#[command(after_help = "\
A token that is about to end is renewed first; nobody is asked to sign in. As in:
  curl -H \"$(carto-auth token --header)\" \"$(carto-auth status --field api_base_url)/v3/connections\"")]
pub(crate) struct Token {
    /// Print the header to send it with: `Authorization: Bearer …`
    #[arg(long, conflicts_with = "json")]
    pub(crate) header: bool,
}

/// Show who is signed in, for how long, and which settings won
#[derive(Args, Debug, Default, PartialEq)]
#[command(after_help = "Nothing is sent. The exit code is 3 where nobody is signed in.")]
pub(crate) struct Status {
    /// Print one value alone, as `--json` names it
    #[arg(long, value_name = "NAME", conflicts_with = "json")]
    pub(crate) field: Option<String>,
}

/// Use this profile where none is named
#[derive(Args, Debug, Default, PartialEq)]
pub(crate) struct Use {
    /// The profile
    pub(crate) name: String,
}

/// The account's CARTO Data Warehouse
#[derive(Args, Debug, PartialEq)]
pub(crate) struct Dw {
    #[command(subcommand)]
    pub(crate) command: DwCommand,
}

#[derive(Debug, PartialEq, Subcommand)]
pub(crate) enum DwCommand {
    /// Print the Google project of the warehouse, and a Google token that opens it
    Token,
}

/// Run a small CARTO on this machine, to try things on
#[derive(Args, Debug, Default, PartialEq)]
#[command(after_help = "\
Without an option it runs until Ctrl-C. To run it in the background and send this shell there:
  eval \"$(carto-auth sandbox --env --background)\"
and to end that:
  eval \"$(carto-auth sandbox --stop)\"")]
pub(crate) struct Sandbox {
    /// Run in the background
    #[arg(long)]
    pub(crate) background: bool,
    /// Print the lines that send a shell's programs to it
    #[arg(long)]
    pub(crate) env: bool,
    /// End the one that runs, and print the lines that undo `--env`
    #[arg(long, conflicts_with_all = ["background", "env", "port", "auto", "m2m_quota"])]
    pub(crate) stop: bool,
    /// Listen on this port of 127.0.0.1 instead of a free one
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// Sign in the first demo person without a page
    #[arg(long)]
    pub(crate) auto: bool,
    /// Give each machine this many tokens an hour, and say with each how many are left
    #[arg(long, value_name = "TOKENS")]
    pub(crate) m2m_quota: Option<u32>,
    /// The shell that the lines are for
    #[arg(long, value_name = "SHELL", default_value_t, hide_default_value = true)]
    pub(crate) shell: Shell,
    /// The folder by which it is found again; each folder has one
    #[arg(long, value_name = "FOLDER")]
    pub(crate) directory: Option<PathBuf>,
}

#[expect(clippy::enum_variant_names, reason = "PowerShell is called so")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Posix,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
}

impl Default for Shell {
    fn default() -> Self {
        if cfg!(windows) { Self::PowerShell } else { Self::Posix }
    }
}

impl std::fmt::Display for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Posix => "posix",
            Self::Fish => "fish",
            Self::PowerShell => "powershell",
        })
    }
}

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong use or setting, 3 a person is needed, 4 refused by the
server, 5 network, 130 interrupted.";

/// A number of seconds; whether it is one that will do is for the library to say.
fn seconds(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "write a number of seconds from 1 to 3600".to_owned())
}
