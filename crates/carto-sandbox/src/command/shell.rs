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

/// A line for each variable that sets it, quoted whatever its value holds.
#[must_use]
pub fn env_lines(variables: &[(String, String)], shell: Shell) -> String {
    let line = |(name, value): &(String, String)| match shell {
        Shell::Posix => format!("export {name}='{}'\n", value.replace('\'', r"'\''")),
        Shell::Fish => format!("set -gx {name} '{}'\n", value.replace('\\', r"\\").replace('\'', r"\'")),
        Shell::PowerShell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
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
