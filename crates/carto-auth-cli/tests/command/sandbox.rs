//! `carto-auth sandbox`.

use std::process::Command;

use tempfile::TempDir;

use crate::desk::PROGRAM;

fn shell(folder: &TempDir, script: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new("sh");
    command.args(["-c", script]).env_clear().env("PATH", std::env::var("PATH").unwrap());
    command.env("HOME", folder.path().join("home")).env("TMPDIR", folder.path()).env("CARTO", PROGRAM);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[cfg(unix)]
#[test]
fn a_shell_is_sent_there_and_called_back() {
    let folder = TempDir::new().unwrap();
    let script = r#"
        eval "$("$CARTO" sandbox --env --background)" || exit 10
        "$CARTO" token || exit 11
        "$CARTO" status --field api_base_url || exit 12
        [ -d "$CARTO_AUTH_CACHE_DIR" ] || exit 13
        [ "$CARTO_AUTH_KEYRING" = off ] || exit 21
        there="$CARTO_AUTH_CACHE_DIR"
        first="$CARTO_AUTH_URL"
        eval "$("$CARTO" sandbox --env)" && [ "$CARTO_AUTH_URL" = "$first" ] || exit 14
        "$CARTO" sandbox --background || exit 15
        eval "$("$CARTO" sandbox --stop)" || exit 16
        [ -z "$CARTO_AUTH_URL$CARTO_M2M_CLIENT_SECRET$CARTO_AUTH_CACHE_DIR$CARTO_AUTH_KEYRING" ] || exit 17
        [ ! -e "$there" ] || exit 18
        [ ! -e "$HOME" ] || exit 19
        "$CARTO" sandbox --env && exit 20
        "$CARTO" sandbox --stop
    "#;
    let (code, output, error) = shell(&folder, script);
    assert_eq!(code, Some(0), "{output}{error}");
    assert!(output.starts_with("eyJ"), "{output}");
    assert!(error.contains(
        "error: no sandbox runs\n\nhint: start one with `carto-auth sandbox --env --background`\n"
    ));
    assert!(error.ends_with("No sandbox runs.\n"), "{error}");
}

#[cfg(unix)]
#[test]
fn it_runs_in_the_foreground_until_it_is_stopped() {
    let folder = TempDir::new().unwrap();
    let script = r#"
        "$CARTO" sandbox --auto & running=$!
        until "$CARTO" sandbox --env -q >/dev/null 2>&1; do sleep 0.05; done
        "$CARTO" sandbox; [ $? = 1 ] || exit 10
        "$CARTO" sandbox --stop >/dev/null || exit 11
        wait $running
    "#;
    let (code, output, error) = shell(&folder, script);
    assert_eq!((code, output.as_str()), (Some(0), ""), "{error}");
    assert!(error.contains("It is not CARTO, and nothing leaves this machine."));
    assert!(error.contains("error: the sandbox cannot run\n  caused by: a sandbox is running already for "));
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_write_to_is_not_trusted() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let open = folder.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    let (code, output, error) =
        shell(&folder, r#""$CARTO" sandbox --env --background --directory "$TMPDIR/open""#);
    assert_eq!((code, output.as_str()), (Some(1), ""));
    assert!(error.contains("  caused by: others can write to it\n"), "{error}");
}
