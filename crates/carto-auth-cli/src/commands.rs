//! One command a file.

pub(crate) mod dw;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod profiles;
pub(crate) mod sandbox;
pub(crate) mod status;
pub(crate) mod token;

use std::ffi::OsString;
use std::io::Read;
use std::sync::Arc;

use carto_auth::platform::{Prompt, names};
use carto_auth::{CartoAuth, Options, Platform, Profiles, Secret, Wanted};
use carto_sandbox::command::Shell;

use crate::arguments::Global;
use crate::failure::Failure;
use crate::prompt::ScreenPrompt;
use crate::screen::Screen;
use crate::world::World;

/// What every command works with.
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) screen: Arc<Screen>,
    pub(crate) platform: Platform,
    pub(crate) prompt: Arc<ScreenPrompt>,
    pub(crate) program: Vec<OsString>,
    /// The token that came on standard input.
    token: Option<Secret>,
    input: Box<dyn Read + Send>,
}

impl Context {
    pub(crate) fn new(global: Global, screen: Arc<Screen>, world: World) -> Result<Self, Failure> {
        let mut platform = world.platform;
        let prompt = Arc::new(ScreenPrompt::new(Arc::clone(&screen), Arc::clone(&platform.prompt)));
        platform.prompt = Arc::clone(&prompt) as Arc<dyn Prompt>;
        let mut input = world.input;
        let token = match global.token.as_deref() {
            None => None,
            Some("-") => Some(read_all(&mut input, "a token")?),
            Some(_) => {
                return Err(Failure::usage(
                    "a token is not taken from the command line, where others can read it",
                    format!(
                        "set `{}`, or give it on standard input with `--token -`; this one should be replaced",
                        names::API_TOKEN
                    ),
                ));
            }
        };
        Ok(Self { global, screen, platform, prompt, program: world.program, token, input })
    }

    /// The options that every command takes, for one that asks nobody.
    pub(crate) fn options(&self) -> Options {
        Options {
            profile: self.global.profile.clone(),
            api_base_url: self.global.base_url.clone(),
            use_cache: self.global.no_cache.then_some(false),
            cache_file: self.global.cache.clone(),
            interactive: Some(false),
            ..Options::default()
        }
    }

    /// Whatever is set: the options of the command line, the variables, the profile.
    pub(crate) fn open(&self) -> Result<CartoAuth, Failure> {
        let wanted = match (&self.global.m2m, &self.token) {
            (Some(file), _) => Wanted::CredentialsFile(self.platform.folders.expand(file)),
            (None, Some(token)) => Wanted::Token { api_base_url: None, token: token.clone() },
            (None, None) => Wanted::Any,
        };
        Ok(CartoAuth::open(self.platform.clone(), &self.options(), wanted)?)
    }

    /// The sign-in of the profile or the credentials file, whatever the variables of a job say.
    pub(crate) fn open_sign_in(&self, options: &Options) -> Result<CartoAuth, Failure> {
        if self.token.is_some() {
            return Err(Failure::usage(
                "a token is no sign-in: it is used as it is",
                "leave out `--token`; to use a token, set `CARTO_API_TOKEN`",
            ));
        }
        let wanted = match &self.global.m2m {
            Some(file) => Wanted::CredentialsFile(self.platform.folders.expand(file)),
            None => Wanted::Any,
        };
        let variables = self.platform.variables.without(&OF_A_JOB);
        Ok(CartoAuth::open(Platform { variables, ..self.platform.clone() }, options, wanted)?)
    }

    /// The profile that a command and `--profile` name, which must not be two.
    pub(crate) fn profile(&self, named: Option<&str>) -> Result<Option<String>, Failure> {
        match (named, self.global.profile.as_deref()) {
            (Some(one), Some(other)) if one != other => Err(Failure::usage(
                format!("two profiles are named: `{one}` and `{other}`"),
                "leave out `--profile`",
            )),
            (one, other) => Ok(one.or(other).map(str::to_owned)),
        }
    }

    /// What comes on standard input, to its end.
    pub(crate) fn read_input(&mut self, what: &str) -> Result<Secret, Failure> {
        read_all(&mut self.input, what)
    }

    /// The variables of a job that are set.
    pub(crate) fn variables_of_a_job(&self) -> Vec<&'static str> {
        OF_A_JOB.into_iter().filter(|name| self.platform.variables.get(name).is_some()).collect()
    }
}

/// ` (profile `work`)`, or nothing for the default one.
pub(crate) fn of_profile(name: &str) -> String {
    if name == Profiles::DEFAULT { String::new() } else { format!(" (profile `{name}`)") }
}

/// One word of a line that is to be typed: in quotes where it has to be.
pub(crate) fn word(text: &str, shell: Shell) -> String {
    let is_plain =
        !text.is_empty() && text.chars().all(|sign| sign.is_alphanumeric() || "/:._-+@".contains(sign));
    if is_plain { text.to_owned() } else { shell.quote(text) }
}

fn read_all(input: &mut dyn Read, what: &str) -> Result<Secret, Failure> {
    let mut text = String::new();
    input
        .take(LIMIT)
        .read_to_string(&mut text)
        .map_err(|error| Failure::of_io("standard input cannot be read", &error))?;
    if text.trim().is_empty() {
        let hint = format!("{what} is read from standard input, as in `printf %s \"$VALUE\" | carto-auth …`");
        return Err(Failure::usage("nothing came on standard input", hint));
    }
    Ok(Secret::new(text))
}

const OF_A_JOB: [&str; 4] =
    [names::API_TOKEN, names::M2M_CLIENT_ID, names::M2M_CLIENT_SECRET, names::CREDENTIALS_FILE];

const LIMIT: u64 = 64 * 1024;
