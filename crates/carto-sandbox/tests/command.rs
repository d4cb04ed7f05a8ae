//! The sandbox as a program: started in a process of its own, found and ended by its directory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;

use std::path::{Path, PathBuf};
use std::process::Command;

use carto_sandbox::command::{self, Instance, Shell, Started, Stop};
use carto_sandbox::{Sandbox, Settings};
use client::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

#[test]
fn a_detached_sandbox_is_found_used_and_ended_by_its_directory() {
    let directory = TempDir::new().unwrap();
    let place = directory.path().join("new").join("folder");
    let Started::Now(instance) = start(&place).unwrap() else { panic!("there was none before") };
    assert_eq!(Instance::read(&place).unwrap(), Some(instance.clone()));
    assert_eq!(start(&place).unwrap(), Started::Already(instance.clone()), "one directory has one sandbox");

    let secret = |name: &str| instance.variables.iter().find(|(own, _)| own == name).unwrap().1.clone();
    let machine = (secret("CARTO_M2M_CLIENT_ID"), secret("CARTO_M2M_CLIENT_SECRET"));
    assert_eq!(wait(Client::at(&instance.url).machine_token(&machine)).status, 200);

    assert_eq!(command::stop(&place).unwrap(), Stop::Stopped(instance.clone()));
    assert_eq!(command::stop(&place).unwrap(), Stop::Unknown);
    wait(Client::at(&instance.url).send("GET", "/", &[], "")).unwrap_err();
    assert!(matches!(start(&place).unwrap(), Started::Now(another) if another != instance));
    assert!(matches!(command::stop(&place).unwrap(), Stop::Stopped(_)));
}

#[test]
fn two_that_start_at_once_share_one_sandbox() {
    let directory = TempDir::new().unwrap();
    let instance = |started| match started {
        Started::Now(instance) | Started::Already(instance) => instance,
    };
    let instances: Vec<Instance> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..2).map(|_| scope.spawn(|| start(directory.path()).unwrap())).collect();
        starts.into_iter().map(|start| instance(start.join().unwrap())).collect()
    });
    assert_eq!(instances[0], instances[1]);
    assert!(matches!(command::stop(directory.path()).unwrap(), Stop::Stopped(_)));
}

#[test]
fn only_its_own_token_stops_it() {
    let directory = TempDir::new().unwrap();
    let Started::Now(instance) = start(directory.path()).unwrap() else { panic!("there was none before") };
    let client = Client::at(&instance.url);
    for token in ["", "sandbox-control-wrong", &instance.url] {
        let answer = wait(client.send("POST", "/sandbox/stop", &[("sandbox-control", token)], "")).unwrap();
        assert_eq!(answer.status, 403);
    }
    assert_eq!(wait(client.get("/")).status, 200);
    assert!(matches!(command::stop(directory.path()).unwrap(), Stop::Stopped(_)));
}

#[test]
fn faults_are_planned_and_requests_read_over_http() {
    let directory = TempDir::new().unwrap();
    let Started::Now(instance) = start(directory.path()).unwrap() else { panic!("there was none before") };
    let client = Client::at(&instance.url);
    let headers =
        [("sandbox-control", instance.control_token.as_str()), ("content-type", "application/json")];
    let control = |method, path, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        wait(client.send(method, path, &headers, &body)).unwrap()
    };
    let limited = json!({"status": 429, "headers": {"retry-after": "1"}, "body": {"error": "slow down"}});
    for (fault, always) in [(limited, false), (json!({"delay_ms": 1, "then": {"status": 503}}), true)] {
        let plan = json!({"route": "config", "fault": fault, "always": always});
        assert_eq!(control("POST", "/sandbox/plan", plan).status, 200);
    }
    let first = wait(client.get("/config.yaml"));
    assert_eq!((first.status, first.header("retry-after")), (429, Some("1")));
    assert_eq!(first.text("error"), "slow down");
    assert_eq!(
        [wait(client.get("/config.yaml")).status, wait(client.get("/config.yaml")).status],
        [503, 503]
    );
    let nothing = json!({"route": "config", "fault": "none", "always": true});
    assert_eq!(control("POST", "/sandbox/plan", nothing).status, 200);
    assert_eq!(wait(client.get("/config.yaml")).status, 200);
    wait(client.get("/nowhere"));

    let told = control("GET", "/sandbox/requests", Value::Null).json();
    assert_eq!((&told["counts"]["config"], &told["counts"]["token"]), (&json!(4), &json!(0)));
    assert_eq!(told["unplanned"], json!(["GET /nowhere: no such route"]));
    assert_eq!(told["recorded"].as_array().unwrap().last().unwrap()["path"], "/nowhere");
    assert!(!told.to_string().contains(&instance.control_token));

    for (plan, why) in [
        (json!({"route": "nowhere", "fault": "reset"}), "no route is named `nowhere`"),
        (json!({"route": "control", "fault": "hang"}), "no route is named `control`"),
        (json!({"route": "token", "fault": "explode"}), "no fault is named `explode`"),
        (json!({"route": "token", "fault": {"status": 1}}), "`status` must be from 200 to 599"),
        (json!({"route": "token", "fault": {"raw": "x", "status": 200}}), "`raw` does not go with `status`"),
        (
            json!({"route": "token", "fault": {"delay_ms": "long"}}),
            "`delay_ms` must be a whole number of milliseconds",
        ),
    ] {
        let answer = control("POST", "/sandbox/plan", plan);
        assert_eq!((answer.status, answer.text("error").as_str()), (400, why));
    }
    command::stop(directory.path()).unwrap();
}

#[test]
fn a_file_that_a_crash_left_behind_is_known_for_what_it_is() {
    let directory = TempDir::new().unwrap();
    let Started::Now(instance) = start(directory.path()).unwrap() else { panic!("there was none before") };
    let left = std::fs::read(file(directory.path())).unwrap();
    command::stop(directory.path()).unwrap();
    std::fs::write(file(directory.path()), &left).unwrap();
    assert_eq!(command::stop(directory.path()).unwrap(), Stop::Gone(instance.clone()));
    std::fs::write(file(directory.path()), &left).unwrap();
    assert!(matches!(start(directory.path()).unwrap(), Started::Now(another) if another != instance));
    command::stop(directory.path()).unwrap();
    std::fs::write(file(directory.path()), "{").unwrap();
    assert!(Instance::read(directory.path()).unwrap_err().to_string().ends_with("is damaged: delete it"));
}

#[test]
fn a_sandbox_that_cannot_start_says_why() {
    let directory = TempDir::new().unwrap();
    let mut command = program(directory.path());
    command.env("SANDBOX_TEST_ADDRESS", "0.0.0.0");
    let error = command::start_detached(&mut command, directory.path()).unwrap_err();
    assert!(error.to_string().contains("the sandbox listens on loopback only"), "{error}");
}

#[cfg(unix)]
#[test]
fn its_files_are_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = TempDir::new().unwrap();
    let place = directory.path().join("place");
    start(&place).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place), 0o700);
    for name in ["sandbox.json", "sandbox.lock", "sandbox.log", "sandbox.turn"] {
        assert_eq!(mode(&place.join(name)), 0o600, "{name}");
    }
    command::stop(&place).unwrap();
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_and_leaves_no_instance_behind() {
    let directory = TempDir::new().unwrap();
    let mut child = program(directory.path()).spawn().unwrap();
    while Instance::read(directory.path()).unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(Instance::read(directory.path()).unwrap(), None);
}

#[test]
fn lines_for_a_shell_are_quoted_whatever_they_hold() {
    let variables = [("NAME".to_owned(), r"it's $HOME \ `x`".to_owned())];
    for (shell, set, unset) in [
        (Shell::Posix, "export NAME='it'\\''s $HOME \\ `x`'\n", "unset NAME\n"),
        (Shell::Fish, "set -gx NAME 'it\\'s $HOME \\\\ `x`'\n", "set -e NAME\n"),
        (
            Shell::PowerShell,
            "$env:NAME = 'it''s $HOME \\ `x`'\n",
            "Remove-Item Env:NAME -ErrorAction SilentlyContinue\n",
        ),
    ] {
        assert_eq!(command::env_lines(&variables, shell), set);
        assert_eq!(command::unset_lines(&variables, shell), unset);
    }
}

#[cfg(unix)]
#[test]
fn a_shell_reads_the_lines_back() {
    let value = "it's \"quoted\" $HOME `x` \\ ;\n!";
    let mut script = command::env_lines(&[("NAME".to_owned(), value.to_owned())], Shell::Posix);
    script.push_str("printf %s \"$NAME\"");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), value);
}

/// Not a test: the program that the tests above start.
#[allow(clippy::exit, reason = "its exit code is what the test of an interrupt looks at")]
#[test]
fn the_program() {
    let Ok(directory) = std::env::var("SANDBOX_TEST_DIRECTORY") else { return };
    let mut settings = Settings::default();
    if let Ok(address) = std::env::var("SANDBOX_TEST_ADDRESS") {
        settings.address = address.parse().unwrap();
    }
    let ended = command::serve(settings, Path::new(&directory), |_: &Sandbox| {}).unwrap();
    std::process::exit(if ended == command::Ended::Interrupted { 130 } else { 0 });
}

fn program(directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "the_program", "--nocapture"]).env("SANDBOX_TEST_DIRECTORY", directory);
    command
}

fn start(directory: &Path) -> std::io::Result<Started> {
    command::start_detached(&mut program(directory), directory)
}

fn file(directory: &Path) -> PathBuf {
    directory.join("sandbox.json")
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
