//! The command `carto-auth`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(carto_auth_cli::run(std::env::args_os(), carto_auth_cli::World::of_process()))
}
