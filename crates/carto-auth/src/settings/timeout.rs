//! How long a person has to sign in.

use std::time::Duration;

use super::source::{Choices, Source};
use super::{Options, Profile};
use crate::error::{Error, ErrorKind, Result};
use crate::platform::{Variables, names};

pub(super) fn decide(
    choices: &mut Choices,
    options: &Options,
    variables: &Variables,
    (name, profile): (&str, &Profile),
) -> Result<Duration> {
    let text = variables.get(names::LOGIN_TIMEOUT);
    // A text that is no number is `Some(None)`: an error only where the variable is the one that wins.
    let read = |text: &str| text.trim().parse().ok().map(Duration::from_secs);
    let candidates = [
        (Source::Option, options.timeout.map(Some)),
        (Source::Variable(names::LOGIN_TIMEOUT), text.map(read)),
        (Source::Profile(name.to_owned()), profile.login_timeout.map(|time| Some(Duration::from_secs(time)))),
        (Source::Default, Some(Some(TIMEOUT))),
    ];
    let Some((source, time)) =
        choices.first("timeout", candidates, |time| time.map_or_else(String::new, seconds))
    else {
        return Ok(TIMEOUT);
    };
    time.filter(|time| (SHORTEST..=LONGEST).contains(time)).ok_or_else(|| {
        let message = match source {
            Source::Variable(variable) => {
                let clean = text.unwrap_or_default().chars().filter(|c| !c.is_control()).take(40);
                format!("`{variable}={}` is no time to sign in", clean.collect::<String>())
            }
            other => format!("{} from {other} is no time to sign in", time.map_or_else(String::new, seconds)),
        };
        Error::new(ErrorKind::Config, message).hint("write it in whole seconds, from 1 to 3600")
    })
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

const TIMEOUT: Duration = Duration::from_secs(300);
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(3_600);
