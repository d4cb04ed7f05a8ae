//! The native half of the Python package `carto-auth`.
//!
//! [`handle::Handle`] is what `carto_auth.CartoAuth` is a class of; [`sign_in::SignIn`] holds the library's own handle
//! and keeps the Python text of its token at hand. [`engine`] is how a call waits: without the interpreter's lock, waking for
//! Ctrl-C, on a runtime that is made anew after a `fork`. [`desk`] is where a sign-in leaves what it has to tell and
//! to ask, for the thread of the person to take. Everything that a person sees in a notebook is Python
//! (`carto_auth/_panel.py`).
//!
//! Nothing runs, reads or connects when the module is imported.

mod allowance;
mod appeal;
mod arguments;
mod desk;
mod engine;
mod failure;
mod fault;
mod handle;
mod identity;
mod journal;
mod modules;
mod opening;
mod panel;
mod redacted;
mod sign_in;
mod status;
mod stop_button;
mod surroundings;
mod wait;
mod words;

/// The native half of `carto_auth`.
#[pyo3::pymodule(gil_used = false)]
mod _native {
    use std::ffi::OsString;

    use pyo3::prelude::*;

    #[pymodule_export]
    use super::allowance::Allowance;
    #[pymodule_export]
    use super::handle::Handle;
    #[pymodule_export]
    use super::redacted::Redacted;
    #[pymodule_export]
    use super::status::Status;

    /// The version of the package.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "it is Python's name")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Says that a fork begins.
    #[pyfunction]
    fn before_fork() {
        carto_auth::platform::before_fork();
    }

    /// Says, in the parent, that it is over.
    #[pyfunction]
    fn after_fork_in_parent() {
        carto_auth::platform::after_fork_in_parent();
    }

    /// Gives, in a child that was just forked, what it is to close of its parent's. Each is given once.
    #[pyfunction]
    fn after_fork_in_child() -> Vec<i32> {
        carto_auth::platform::descriptors_of_parent()
    }

    /// Runs the command `carto-auth` and gives its exit code.
    ///
    /// `argv` begins with the command's own name; `program` is what starts it once more, for a sandbox in the
    /// background.
    #[pyfunction]
    fn run_cli(py: Python<'_>, argv: Vec<OsString>, program: Vec<OsString>) -> u8 {
        py.detach(|| {
            let world = carto_auth_cli::World { program, ..carto_auth_cli::World::of_process() };
            carto_auth_cli::run(argv, world)
        })
    }
}
