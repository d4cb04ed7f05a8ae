//! The command `carto-auth`, as a function: [`run`] takes the arguments and a [`World`], and gives the exit
//! code.
//!
//! What a command gives out goes to the output, everything else to the error output: links, questions,
//! warnings, errors. The binary and the Python wheel's entry point both call [`run`].
//!
//! A command is one file in `commands/`, and so is its text: it decides what to ask of the library and what
//! to tell the person. How that looks is for `screen` and `failure`, and `fast` is why
//! `carto-auth token` starts in no time.

mod arguments;
mod commands;
mod failure;
mod fast;
mod greeting;
mod interrupt;
mod prompt;
mod screen;
mod words;
mod world;

use std::ffi::OsString;
use std::sync::Arc;

use clap::Parser as _;

pub use self::world::World;

use self::arguments::{Arguments, Command};
use self::commands::Context;
use self::failure::Failure;
use self::screen::{Look, Screen};

/// Runs the command with these arguments, the first of which is its own name; gives the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, mut world: World) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let (output, error) = world.take_outputs();
    let look = Look::before_parsing(&args, &world);
    let arguments = match fast::recognise(&args) {
        Some(arguments) => arguments,
        None => match Arguments::try_parse_from(&args) {
            Ok(arguments) => arguments,
            Err(error_of_clap) => {
                return failure::of_arguments(&error_of_clap, &Screen::new(output, error, look));
            }
        },
    };
    let look = Look::of(&arguments.global, &world);
    let screen = Arc::new(Screen::new(output, error, look));
    if arguments.global.verbose {
        screen::trace(look.error_colors);
    }
    let result = Context::new(arguments.global, Arc::clone(&screen), world)
        .and_then(|context| dispatch(context, arguments.command));
    result.unwrap_or_else(|failure| failure.tell(&screen))
}

fn dispatch(mut context: Context, command: Option<Command>) -> Result<u8, Failure> {
    match command {
        None => greeting::greet(&context),
        Some(Command::Login(login)) => commands::login::run(&mut context, login),
        Some(Command::Logout(logout)) => commands::logout::run(&context, &logout),
        Some(Command::Token(token)) => commands::token::run(&context, &token),
        Some(Command::Status(status)) => commands::status::run(&context, &status),
        Some(Command::Use(choice)) => commands::profiles::choose(&context, &choice),
        Some(Command::Profiles) => commands::profiles::list(&context),
        Some(Command::Dw(dw)) => commands::dw::run(&context, &dw),
        Some(Command::Sandbox(sandbox)) => commands::sandbox::run(&context, &sandbox),
    }
}
