//! What the command may use of the world it runs in.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal as _, Read, Write};

use carto_auth::Platform;

/// The machine, the streams and the way to start this command once more.
pub struct World {
    /// The machine: variables, clock, folders, network, and the prompt that reads what a person types.
    pub platform: Platform,
    /// Where what the command gives out goes.
    pub output: Box<dyn Write + Send>,
    /// Where everything else goes.
    pub error: Box<dyn Write + Send>,
    /// Where a token or a code comes from that is given as `-`.
    pub input: Box<dyn Read + Send>,
    /// Whether a person looks at the output.
    pub output_is_terminal: bool,
    /// Whether a person looks at the error output.
    pub error_is_terminal: bool,
    /// The program and the arguments that start this command, for `sandbox --background`.
    pub program: Vec<OsString>,
}

impl World {
    /// The world of this process: its variables, its streams, its own program.
    pub fn of_process() -> Self {
        Self {
            platform: Platform::system(),
            output: Box::new(io::stdout()),
            error: Box::new(io::stderr()),
            input: Box::new(io::stdin()),
            output_is_terminal: io::stdout().is_terminal(),
            error_is_terminal: io::stderr().is_terminal(),
            program: Vec::new(),
        }
    }

    /// The outputs, which belong to the screen from now on.
    pub(crate) fn take_outputs(&mut self) -> (Box<dyn Write + Send>, Box<dyn Write + Send>) {
        let nowhere = || Box::new(io::sink());
        (std::mem::replace(&mut self.output, nowhere()), std::mem::replace(&mut self.error, nowhere()))
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("platform", &self.platform).finish_non_exhaustive()
    }
}
