//! `carto-auth sandbox`: one that runs already, none that runs, and a port or a folder that cannot be had.

use std::path::Path;

use crate::desk::Desk;
use crate::hint::{Hint, shell};

#[test]
fn a_sandbox_that_runs_already_is_used_or_ended_first() {
    for option in ["", " --directory 'a folder of mine'"] {
        let desk = desk(option);
        types(&desk, &format!("carto-auth sandbox --background{option}"));
        let hint = fails(&desk, &format!("carto-auth sandbox{option}"), "carto-auth-sandbox-env");
        is_used(&desk, hint.word("carto-auth sandbox --env"));
        types(&desk, hint.word("carto-auth sandbox --stop"));
        runs_in_front(&desk, option);
    }
}

#[test]
fn a_sandbox_that_does_not_run_is_started() {
    for option in ["", " --directory 'a folder of mine'"] {
        let desk = desk(option);
        let show = format!("carto-auth sandbox --env{option}");
        let hint = fails(&desk, &show, "start-one-with-carto");
        is_used(&desk, hint.word("carto-auth sandbox --env --background"));
        is_used(&desk, &show);
    }
}

#[test]
fn a_port_of_a_sandbox_that_is_taken_is_left_out() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!(" --port {}", holder.local_addr().unwrap().port());
    let desk = desk("");
    for option in ["", " --background"] {
        let hint = fails(&desk, &format!("carto-auth sandbox{option}{port}"), "leave-out-port-to");
        assert!(port.starts_with(&format!(" {} ", hint.word("--port"))));
    }
    runs_in_front(&desk, "");
    is_used(&desk, "carto-auth sandbox --env --background");
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_write_to_gives_way_to_one_of_one_s_own() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = desk(" --directory mine");
    let folder = desk.folder.path().join("carto-auth-sandbox");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let hint = fails(&desk, "carto-auth sandbox --env --background", "name-a-folder-of");
    let option = hint.word("--directory").replace("FOLDER", "mine");
    is_used(&desk, &format!("carto-auth sandbox --env --background {option}"));
}

#[test]
fn a_folder_with_something_else_in_it_is_seen_to_or_another_one_chosen() {
    let desk = desk(" --directory mine");
    let folder = desk.folder.path().join("carto-auth-sandbox");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("sandbox.json"), "something else").unwrap();
    let show = "carto-auth sandbox --env";
    let hint = fails(&desk, show, "see-or-choose-another");
    let other = hint.word("--directory");
    is_used(&desk, &format!("{show} --background {other} mine"));
    // What is wrong there has been said.
    std::fs::remove_file(Path::new(hint.word("/")).join("sandbox.json")).unwrap();
    is_used(&desk, &format!("{show} --background"));
}

/// A desk whose sandboxes end with it: the usual one, and the one of an option.
fn desk(option: &'static str) -> Room {
    let mut desk = Desk::new();
    desk.set("XDG_RUNTIME_DIR", desk.folder.path().display().to_string());
    Room { desk, option }
}

struct Room {
    desk: Desk,
    option: &'static str,
}

impl std::ops::Deref for Room {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        for option in ["", self.option] {
            shell(&self.desk, &format!("carto-auth sandbox --stop{option}"));
        }
    }
}

/// Types a line that fails, and gives the last hint that is said.
fn fails(desk: &Desk, line: &str, id: &str) -> Hint {
    let (code, _, error) = shell(desk, line);
    assert_eq!(code, Some(1), "{error}");
    assert_eq!(error.matches("hint: ").count(), 1, "{error}");
    Hint::within(&error, id)
}

fn types(desk: &Desk, line: &str) -> String {
    let (code, output, error) = shell(desk, line);
    assert_eq!(code, Some(0), "{line}: {error}");
    output
}

/// This line sends a shell to a sandbox, which gives it a token.
fn is_used(desk: &Desk, line: &str) {
    let token = types(desk, &format!("eval \"$({line})\" && carto-auth token"));
    assert!(token.starts_with("eyJ"), "{line}: {token}");
}

/// A sandbox runs until it is stopped.
fn runs_in_front(desk: &Desk, option: &str) {
    types(
        desk,
        &format!(
            "carto-auth sandbox --quiet{option} & running=$!
            while kill -0 $running && ! carto-auth sandbox --env{option} >/dev/null 2>&1; do sleep 0.05; done
            carto-auth sandbox --stop{option} >/dev/null; wait $running"
        ),
    );
}
