//! `carto-auth token`.

use std::process::Stdio;

use carto_sandbox::{Fault, Route, Settings};

use crate::desk::Desk;

#[test]
fn it_prints_the_token_and_nothing_else() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    let token = desk.run(&["token"]);
    assert_eq!((token.code, token.output.as_str(), token.error.as_str()), (Some(0), "[TOKEN]\n", ""));
    let header = desk.run(&["token", "--header"]);
    assert_eq!(header.raw.0, format!("Authorization: Bearer {}", token.raw.0));
    let json = desk.run(&["token", "--json"]).json();
    assert_eq!(json["access_token"], token.raw.0.trim());
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["api_base_url"], desk.sandbox.url());
    assert!((86_000..=86_400).contains(&json["expires_in"].as_i64().unwrap()), "{json}");
    assert!(json["expires_at"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn the_quick_way_and_the_parser_give_the_same() {
    let desk = Desk::new();
    desk.sign_in(&["work"]);
    let ways: [(&[&str], &[&str]); 6] = [
        (&["token", "--profile", "work"], &["token", "--profile=work"]),
        (
            &["--profile", "work", "token", "--header"],
            &["--color", "never", "--profile", "work", "token", "--header"],
        ),
        (&["token"], &["token", "--color=auto"]),
        (&["token", "--json"], &["token", "--json", "--color=auto"]),
        (&["token", "--profile", "nobody"], &["token", "--profile=nobody"]),
        (&["token", "-q", "--m2m", "missing.json"], &["token", "-q", "--m2m=missing.json"]),
    ];
    for (quick, slow) in ways {
        let (quick, slow) = (desk.run(quick), desk.run(slow));
        assert_eq!((quick.code, quick.raw), (slow.code, slow.raw));
    }
}

#[test]
fn nobody_is_asked() {
    let mut desk = Desk::with_browser();
    let screen = "\
error: nobody is signed in to CARTO, or the sign-in has ended

hint: sign in with `carto-auth login`; a job uses `CARTO_M2M_CLIENT_ID` and `CARTO_M2M_CLIENT_SECRET`
";
    let outcome = desk.start(&["token"]).wait();
    assert_eq!((outcome.code, outcome.output.as_str(), outcome.error.as_str()), (Some(3), "", screen));
    desk.unset("HOME");
    assert_eq!(desk.run(&["token"]).code, Some(3));
}

#[test]
fn a_token_that_is_about_to_end_is_renewed() {
    let life = std::time::Duration::from_secs(2);
    let desk = Desk::with(Settings { token_life: life, ..Settings::default() });
    desk.sign_in(&[]);
    let first = desk.run(&["token"]);
    std::thread::sleep(life);
    let second = desk.run(&["token"]);
    assert_eq!((second.code, second.error.as_str()), (Some(0), ""));
    assert_ne!(first.raw.0, second.raw.0);
    std::thread::sleep(life);
    desk.sandbox.revoke_everything();
    let ended = desk.run(&["token"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.error.starts_with("error: the CARTO login has ended\n  caused by: "), "{}", ended.error);
}

#[test]
fn a_server_that_is_down_is_the_networks_fault() {
    let desk = Desk::of_job();
    desk.sandbox.plan_always(Route::Token, Fault::status(503));
    let outcome = desk.run(&["token", "--json"]);
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(5), ""));
    let error = outcome.json_error();
    assert_eq!((error["kind"].as_str(), error["status"].as_u64()), (Some("network"), Some(503)));

    let mut desk = Desk::of_job();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    desk.set("CARTO_AUTH_URL", format!("http://127.0.0.1:{port}"));
    assert_eq!(desk.run(&["token"]).code, Some(5));
}

#[test]
fn a_token_from_the_environment_or_the_input_is_used_as_it_is() {
    let mut desk = Desk::new();
    assert_eq!(desk.run_with(&["token", "--token", "-"], " a-token\n").raw.0, "a-token\n");
    let nothing = desk.run_with(&["token", "--token", "-"], "\n");
    assert_eq!((nothing.code, nothing.output.as_str()), (Some(2), ""));
    desk.set("CARTO_API_TOKEN", "b-token");
    assert_eq!(desk.run(&["token"]).raw.0, "b-token\n");
}

#[test]
fn a_token_on_the_command_line_is_refused_and_not_shown() {
    let desk = Desk::new();
    for arguments in
        [&["token", "--token", "sandbox-canary"][..], &["--token=sandbox-canary", "status", "--json"]]
    {
        let outcome = desk.run(arguments);
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(2), ""));
        assert!(outcome.error.contains("not taken from the command line"), "{}", outcome.error);
        assert!(outcome.error.contains("`--token -`"));
        assert!(!outcome.error.contains("canary"));
    }
}

#[test]
fn who_closes_the_pipe_hears_nothing() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    let mut command = desk.command(&["token"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    let outcome = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(outcome.stderr).unwrap(), "");
    assert_eq!(outcome.status.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_an_error() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let outcome = desk.command(&["token"]).stdout(full).output().unwrap();
    assert_eq!(outcome.status.code(), Some(1));
    assert!(String::from_utf8(outcome.stderr).unwrap().starts_with("error: the output cannot be written\n"));
}

#[cfg(target_os = "linux")]
#[expect(clippy::print_stderr, reason = "a check that is left out is told")]
#[test]
fn a_token_that_is_kept_starts_no_thread_and_opens_no_socket() {
    let desk = Desk::new();
    desk.sign_in(&[]);
    let traced = desk.command(&[]);
    let trace = desk.folder.path().join("trace");
    let mut strace = std::process::Command::new("strace");
    strace.args(["-f", "-o"]).arg(&trace).arg(traced.get_program()).arg("token").env_clear();
    for (name, value) in traced.get_envs() {
        strace.env(name, value.unwrap());
    }
    // Not every machine has it, and not every container allows it.
    let Ok(outcome) = strace.output() else {
        eprintln!("left out: there is no strace here");
        return;
    };
    if !outcome.status.success() {
        return;
    }
    let calls = std::fs::read_to_string(trace).unwrap();
    assert!(calls.contains("execve"));
    for call in ["clone(", "clone3(", "fork(", "socket(", "epoll_create"] {
        assert!(!calls.contains(call), "{call}");
    }
}

#[test]
fn the_warehouse_has_a_key() {
    let mut desk = Desk::of_job();
    let outcome = desk.run(&["dw", "token"]);
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.output.starts_with("project  sandbox-carto-dw-"), "{}", outcome.output);
    assert!(outcome.output.contains("\ntoken    "));
    let json = desk.run(&["dw", "token", "--json"]).json();
    assert!(json["project_id"].as_str().unwrap().starts_with("sandbox-"));
    assert_eq!(json["token_type"], "Bearer");
    desk.sandbox.plan_always(Route::WarehouseToken, Fault::status(403));
    let none = desk.run(&["dw", "token"]);
    assert_eq!(none.code, Some(4));
    assert!(none.error.starts_with("error: there is no CARTO Data Warehouse for this account\n"));
    desk.set("CARTO_API_BASE_URL", "ftp://example.com");
    assert_eq!(desk.run(&["dw", "token"]).code, Some(2));
}
