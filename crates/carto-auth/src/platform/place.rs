//! The kind of machine the program runs on, as far as a sign-in cares.

use super::{Variables, ancestry};

/// Where the program runs, and so how a person there can take part in a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// A machine with a screen: a browser can be opened here.
    Desktop,
    /// Windows Subsystem for Linux: the browser is on the Windows side, and `localhost` is shared.
    Wsl,
    /// VS Code on a remote host, or Codespaces: a link opens on the person's machine, which forwards ports.
    ForwardedRemote,
    /// A remote shell: the browser is on another machine.
    Ssh,
    /// A container without a screen.
    Container,
    /// The kernel of a notebook itself.
    Kernel {
        /// Whether the person's browser is on this machine.
        screen: bool,
    },
    /// A command that a notebook cell started with `!`: it cannot be typed to.
    NotebookCommand {
        /// Whether a browser can be opened there.
        screen: bool,
    },
    /// No screen that we know of: a server, a job.
    Headless,
}

impl Place {
    /// Tells the place from the variables and two files that containers and WSL have.
    pub fn detect(variables: &Variables) -> Self {
        Self::from_signs(variables, &Signs::of_this_machine())
    }

    /// Says whether a link can be opened from here.
    pub fn has_browser(self) -> bool {
        matches!(
            self,
            Self::Desktop
                | Self::Wsl
                | Self::ForwardedRemote
                | Self::Kernel { screen: true }
                | Self::NotebookCommand { screen: true }
        )
    }

    /// The place of a kernel, told from its variables: those that mark commands of a notebook mark the kernel,
    /// too. `is_remote` says that a service shows its notebooks on other machines, whatever the variables say.
    pub fn of_kernel(variables: &Variables, is_remote: bool) -> Self {
        let place = Self::detect(&variables.without(&OF_A_NOTEBOOK));
        Self::Kernel { screen: !is_remote && matches!(place, Self::Desktop | Self::Wsl) }
    }

    fn from_signs(variables: &Variables, signs: &Signs) -> Self {
        let set = |name: &str| variables.get(name).is_some();
        let screen = signs.always_a_screen || set("DISPLAY") || set("WAYLAND_DISPLAY");
        if !signs_of_a_notebook(variables).is_empty() {
            return Self::NotebookCommand { screen };
        }
        if set("CODESPACES")
            || set("VSCODE_IPC_HOOK_CLI")
            || variables.get("REMOTE_CONTAINERS").is_some()
            || set("GITPOD_WORKSPACE_ID")
        {
            return Self::ForwardedRemote;
        }
        // Whoever names a browser has one.
        if set("BROWSER") {
            return Self::Desktop;
        }
        if set("SSH_CONNECTION") || set("SSH_TTY") || set("SSH_CLIENT") {
            return Self::Ssh;
        }
        if set("WSL_DISTRO_NAME") || signs.wsl {
            return Self::Wsl;
        }
        if screen {
            return Self::Desktop;
        }
        if signs.container || set("container") || set("KUBERNETES_SERVICE_HOST") {
            return Self::Container;
        }
        Self::Headless
    }
}

/// The variables that say that a kernel started this. Jupyter's server sets two of them for its kernels; one that an
/// editor starts by itself (VS Code) has only what `ipykernel` sets for what it starts: a plot's backend that draws into
/// cells, and pagers that do not page (`ZMQInteractiveShell.init_environment`). A backend that was set before stays, and
/// such pagers alone are somebody's taste: then the processes above tell.
pub(crate) fn signs_of_a_notebook(variables: &Variables) -> Vec<&'static str> {
    let draws_into_cells = variables.get("MPLBACKEND").is_some_and(|name| name.contains("inline"));
    let never_pages = ["PAGER", "GIT_PAGER"].iter().all(|name| variables.get(name) == Some("cat"));
    let of_jupyter =
        ["JPY_PARENT_PID", "JPY_SESSION_NAME"].into_iter().filter(|name| variables.get(name).is_some());
    let of_ipykernel = match (never_pages, draws_into_cells) {
        (true, true) => Some("MPLBACKEND"),
        (true, false) if ancestry::has_a_kernel() => Some("PAGER"),
        _ => None,
    };
    of_jupyter.chain(of_ipykernel).collect()
}

/// What a kernel has and hands on to what it starts.
const OF_A_NOTEBOOK: [&str; 4] = ["JPY_PARENT_PID", "JPY_SESSION_NAME", "MPLBACKEND", "PAGER"];

/// What the machine shows that no variable says.
#[derive(Clone, Copy, Debug, Default)]
struct Signs {
    container: bool,
    wsl: bool,
    always_a_screen: bool,
}

impl Signs {
    fn of_this_machine() -> Self {
        let exists = |path: &str| std::path::Path::new(path).exists();
        Self {
            container: exists("/.dockerenv") || exists("/run/.containerenv"),
            wsl: exists("/proc/sys/fs/binfmt_misc/WSLInterop"),
            always_a_screen: cfg!(any(windows, target_os = "macos")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(names: &[&str], signs: Signs) -> Place {
        Place::from_signs(&names.iter().map(|name| (*name, "1")).collect(), &signs)
    }

    #[test]
    fn each_place_is_told_by_its_signs() {
        let none = Signs::default();
        assert_eq!(place(&["DISPLAY"], none), Place::Desktop);
        assert_eq!(place(&["WAYLAND_DISPLAY"], none), Place::Desktop);
        assert_eq!(place(&[], Signs { always_a_screen: true, ..none }), Place::Desktop);
        assert_eq!(place(&["SSH_CONNECTION", "DISPLAY"], none), Place::Ssh);
        assert_eq!(place(&["SSH_CONNECTION", "BROWSER"], none), Place::Desktop);
        assert_eq!(place(&["CODESPACES", "SSH_CONNECTION"], none), Place::ForwardedRemote);
        assert_eq!(place(&["VSCODE_IPC_HOOK_CLI"], none), Place::ForwardedRemote);
        assert_eq!(place(&["WSL_DISTRO_NAME"], none), Place::Wsl);
        assert_eq!(place(&[], Signs { container: true, ..none }), Place::Container);
        assert_eq!(place(&["DISPLAY"], Signs { container: true, ..none }), Place::Desktop);
        assert_eq!(place(&["JPY_PARENT_PID", "DISPLAY"], none), Place::NotebookCommand { screen: true });
        assert_eq!(place(&["JPY_SESSION_NAME"], none), Place::NotebookCommand { screen: false });
        let by_ipykernel = [
            ("MPLBACKEND", "module://matplotlib_inline.backend_inline"),
            ("PAGER", "cat"),
            ("GIT_PAGER", "cat"),
        ];
        let place_of =
            |variables: &[(&str, &str)]| Place::from_signs(&variables.iter().copied().collect(), &none);
        assert_eq!(place_of(&by_ipykernel), Place::NotebookCommand { screen: false });
        assert_eq!(place_of(&by_ipykernel[..2]), Place::Headless, "one of them alone is somebody's taste");
        assert_eq!(place(&[], none), Place::Headless);
    }
}
