//! Environment variables as lines that a shell evaluates.

/// A shell, as far as its quotes differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shell {
    /// sh, bash, zsh, dash.
    Posix,
    /// fish.
    Fish,
    /// PowerShell.
    PowerShell,
}

impl Shell {
    /// One word for this shell, whatever it holds.
    #[must_use]
    pub fn quote(self, text: &str) -> String {
        match self {
            Self::Posix => format!("'{}'", text.replace('\'', r"'\''")),
            Self::Fish => format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'")),
            Self::PowerShell => format!("'{}'", text.replace('\'', "''")),
        }
    }
}

/// A line for each variable that sets it, quoted whatever its value holds.
#[must_use]
pub fn env_lines(variables: &[(String, String)], shell: Shell) -> String {
    let line = |(name, value): &(String, String)| {
        let value = shell.quote(value);
        match shell {
            Shell::Posix => format!("export {name}={value}\n"),
            Shell::Fish => format!("set -gx {name} {value}\n"),
            Shell::PowerShell => format!("$env:{name} = {value}\n"),
        }
    };
    variables.iter().map(line).collect()
}

/// A line for each variable that forgets it.
#[must_use]
pub fn unset_lines(variables: &[(String, String)], shell: Shell) -> String {
    let line = |(name, _): &(String, String)| match shell {
        Shell::Posix => format!("unset {name}\n"),
        Shell::Fish => format!("set -e {name}\n"),
        Shell::PowerShell => format!("Remove-Item Env:{name} -ErrorAction SilentlyContinue\n"),
    };
    variables.iter().map(line).collect()
}
