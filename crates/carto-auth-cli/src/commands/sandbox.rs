//! `carto-auth sandbox`: a small CARTO on this machine, in the foreground or by itself.

mod place;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use carto_auth::platform::names;
use carto_sandbox::command::{self, Ended, Instance, Shell, Started, Stop};
use carto_sandbox::{Settings, SignIn};
use serde_json::json;

use super::{Context, word};
use crate::arguments::{Sandbox, Shell as NamedShell};
use crate::failure::Failure;
use crate::screen::STRONG;

pub(crate) fn run(context: &Context, arguments: &Sandbox) -> Result<u8, Failure> {
    let directory = place::find(&context.platform.variables, arguments.directory.as_deref())?;
    if arguments.stop {
        stop(context, arguments, &directory)
    } else if arguments.background {
        start(context, arguments, &directory)
    } else if arguments.env {
        show(context, arguments, &directory)
    } else {
        serve(context, arguments, &directory)
    }
}

/// Runs it here, until Ctrl-C or `--stop`.
fn serve(context: &Context, arguments: &Sandbox, directory: &Path) -> Result<u8, Failure> {
    let settings = Settings {
        port: arguments.port,
        sign_in: if arguments.auto { SignIn::Automatic } else { SignIn::Page },
        m2m_tokens_per_hour: arguments.m2m_quota,
        ..Settings::default()
    };
    let screen = &context.screen;
    let ended = command::serve(settings, directory, |sandbox| {
        place::forget_tokens(directory);
        if context.global.json {
            // Whoever closed the output can still stop it.
            let _ = give(context, arguments, &Instance::of(sandbox), directory);
            return;
        }
        let option = option(arguments);
        screen.say(&format!(
            "A sandbox runs at {}. It is not CARTO, and nothing leaves this machine.\n\nIn another terminal:\n\n  \
             eval \"$(carto-auth sandbox --env{option})\"\n  carto-auth login\n\nCtrl-C ends it.",
            screen.styled(sandbox.url(), STRONG),
        ));
    });
    place::forget_tokens(directory);
    match ended.map_err(|error| cannot_run(arguments, directory, &error))? {
        Ended::Stopped => Ok(0),
        Ended::Interrupted => Ok(carto_auth::ErrorKind::Interrupted.exit_code()),
    }
}

/// Starts it detached, unless it runs already.
fn start(context: &Context, arguments: &Sandbox, directory: &Path) -> Result<u8, Failure> {
    let mut program = this_command(context)?;
    program.arg("sandbox").arg("--directory").arg(directory);
    program.arg("--port").arg(arguments.port.to_string()).arg("--quiet");
    if arguments.auto {
        program.arg("--auto");
    }
    if let Some(tokens) = arguments.m2m_quota {
        program.arg("--m2m-quota").arg(tokens.to_string());
    }
    let started = command::start_detached(&mut program, directory)
        .map_err(|error| cannot_run(arguments, directory, &of_background(arguments, error)))?;
    let screen = &context.screen;
    let option = option(arguments);
    let (instance, already) = match started {
        Started::Now(instance) => {
            place::forget_tokens(directory);
            (instance, "")
        }
        Started::Already(instance) => (instance, " already"),
    };
    screen.say(&format!("A sandbox runs{already} at {}; it is not CARTO.", instance.url));
    if !arguments.env && !context.global.json {
        screen.say(&format!("To send this shell there: eval \"$(carto-auth sandbox --env{option})\""));
    }
    screen.say(&format!("To end it: eval \"$(carto-auth sandbox --stop{option})\""));
    if arguments.env || context.global.json {
        give(context, arguments, &instance, directory)?;
    }
    Ok(0)
}

/// Tells how to use the one that runs.
fn show(context: &Context, arguments: &Sandbox, directory: &Path) -> Result<u8, Failure> {
    let instance = Instance::read(directory).map_err(|error| cannot_run(arguments, directory, &error))?;
    let instance = instance.ok_or_else(|| {
        Failure::failed(
            "no sandbox runs",
            format!("start one with `carto-auth sandbox --env --background{}`", option(arguments)),
        )
    })?;
    give(context, arguments, &instance, directory)?;
    Ok(0)
}

fn stop(context: &Context, arguments: &Sandbox, directory: &Path) -> Result<u8, Failure> {
    let stopped =
        command::stop(directory).map_err(|error| Failure::of_io("the sandbox cannot be stopped", &error))?;
    place::forget_tokens(directory);
    let cache = place::tokens(directory).display().to_string();
    let (running, text, variables) = match stopped {
        Stop::Stopped(instance) => (true, "The sandbox has ended.", Some(instance.variables)),
        Stop::Gone(instance) => (false, "The sandbox had ended already.", Some(instance.variables)),
        // A shell that was sent to one that left nothing behind is called back all the same.
        Stop::Unknown if context.platform.variables.get(names::CACHE_DIR) == Some(&cache) => {
            let known = VARIABLES.map(|name| (name.to_owned(), String::new()));
            (false, "No sandbox runs.", Some(known.into()))
        }
        Stop::Unknown => (false, "No sandbox runs.", None),
    };
    context.screen.say(text);
    if context.global.json {
        context.screen.give_json(&json!({ "stopped": running }))?;
    } else if let Some(mut variables) = variables {
        variables.extend([(names::CACHE_DIR.to_owned(), cache), no_keyring()]);
        context.screen.give(&command::unset_lines(&variables, shell(arguments)))?;
    }
    Ok(0)
}

fn give(
    context: &Context,
    arguments: &Sandbox,
    instance: &Instance,
    directory: &Path,
) -> Result<(), Failure> {
    let mut variables = instance.variables.clone();
    let cache = place::tokens(directory).display().to_string();
    variables.extend([(names::CACHE_DIR.to_owned(), cache), no_keyring()]);
    if context.global.json {
        let variables: BTreeMap<_, _> = variables.into_iter().collect();
        return context.screen.give_json(&json!({ "url": instance.url, "variables": variables }));
    }
    context.screen.give(&command::env_lines(&variables, shell(arguments)))
}

fn this_command(context: &Context) -> Result<Command, Failure> {
    let mut words = context.program.iter();
    let Some(program) = words.next() else {
        let own = std::env::current_exe()
            .map_err(|error| Failure::of_io("this program does not find itself", &error))?;
        return Ok(Command::new(own));
    };
    let mut command = Command::new(program);
    command.args(words);
    Ok(command)
}

fn cannot_run(arguments: &Sandbox, directory: &Path, error: &std::io::Error) -> Failure {
    let option = option(arguments);
    let hint = match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            format!(
                "`carto-auth sandbox --env{option}` tells how to use it, `carto-auth sandbox --stop{option}` ends it"
            )
        }
        std::io::ErrorKind::AddrInUse => "leave out `--port` to take a free one".to_owned(),
        _ => format!("see `{}`, or choose another folder with `--directory`", directory.display()),
    };
    Failure::Failed {
        message: "the sandbox cannot run".into(),
        cause: Some(error.to_string()),
        hint: Some(hint),
    }
}

/// The option that the next command needs to find this one, as it is typed.
fn option(arguments: &Sandbox) -> String {
    let path = arguments.directory.as_deref().map(|path| path.display().to_string());
    path.map(|path| format!(" --directory {}", word(&path, shell(arguments)))).unwrap_or_default()
}

/// Why one in the background did not start: its port can be taken, which it tells in words alone.
fn of_background(arguments: &Sandbox, error: std::io::Error) -> std::io::Error {
    match std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, arguments.port)) {
        Err(taken) if taken.kind() == std::io::ErrorKind::AddrInUse => taken,
        _ => error,
    }
}

fn shell(arguments: &Sandbox) -> Shell {
    match arguments.shell {
        NamedShell::Posix => Shell::Posix,
        NamedShell::Fish => Shell::Fish,
        NamedShell::PowerShell => Shell::PowerShell,
    }
}

/// Nothing of a sandbox stays in the keyring of whoever tries it.
fn no_keyring() -> (String, String) {
    (names::KEYRING.to_owned(), "off".to_owned())
}

/// Every variable that a sandbox sets, besides where its tokens rest.
const VARIABLES: [&str; 9] = [
    names::AUTH_URL,
    names::CLIENT_ID,
    names::PASTE_REDIRECT_URI,
    names::ACCOUNTS_URL,
    names::API_BASE_URL,
    names::M2M_CLIENT_ID,
    names::M2M_CLIENT_SECRET,
    "CARTO_SANDBOX_URL",
    "CARTO_SANDBOX_CONTROL",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_of_a_sandbox_is_known() {
        let sandbox = carto_sandbox::Sandbox::start_blocking(Settings::default()).expect("a sandbox");
        let names: Vec<String> = Instance::of(&sandbox).variables.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, VARIABLES);
    }
}
