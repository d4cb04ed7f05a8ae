//! C01, C02, C15: the credentials file as a file. What stands in it is `attributes.rs`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use carto_auth::{CartoAuth, CredentialsFault, Error, ErrorKind, Options, Wanted};

use crate::world::World;

/// A job with this file.
pub(crate) fn open(world: &World, path: impl AsRef<Path>) -> carto_auth::Result<CartoAuth> {
    let wanted = Wanted::CredentialsFile(path.as_ref().to_owned());
    CartoAuth::open(world.platform(), &Options::default(), wanted)
}

/// The error of this file: typed, with a remedy, without a secret, and before anything is sent.
pub(crate) fn refusal(world: &World, path: impl AsRef<Path>) -> Error {
    let path = path.as_ref();
    let error = open(world, path).map(drop).expect_err(&path.to_string_lossy());
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert!(error.hint_text().is_some_and(|hint| !hint.is_empty()), "{error:?}");
    let fault = CredentialsFault::of(&error).unwrap_or_else(|| panic!("untyped: {error:?}"));
    assert!(error.to_string().contains(&*path.to_string_lossy()), "{error:?} names no file");
    assert!(!format!("{error:?} {fault:?}").contains("canary"), "{error:?}");
    assert_eq!(world.sandbox.recorded().len(), 0, "nothing is sent with credentials that cannot be used");
    error
}

/// All that an error says.
pub(crate) fn words(error: &Error) -> String {
    format!("{error}: {} ({})", error.causes().join(": "), error.hint_text().unwrap_or_default())
}

#[test]
fn c01_what_is_no_file_that_can_be_read_is_named_by_path_and_kind() {
    let world = World::new();
    let at = |name: &str| world.folder.path().join(name);
    std::fs::create_dir(at("folder")).expect("made");
    std::fs::write(at("large"), vec![b' '; 70_000]).expect("written");
    let mut cases = vec![
        (at("folder"), "it is a folder"),
        (at("large"), "it is larger than"),
        (at("none.json"), "there is no such file in"),
        (at("none/c.json"), "there is no folder"),
        (at("large/c.json"), "not a directory"),
        (at(&"x".repeat(300)), "too long"),
        (PathBuf::new(), ""),
    ];
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(at("nowhere"), at("dangling")).expect("linked");
        symlink(at("loop"), at("loop")).expect("linked");
        symlink(at("folder"), at("to a folder")).expect("linked");
        fifo(&at("pipe"));
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).expect("bound");
        cases.extend([
            (at("dangling"), "it is a link that leads nowhere"),
            (at("loop"), "symbolic links"),
            (at("to a folder"), "it is a folder"),
            (at("pipe"), "it is a named pipe"),
            (at("socket"), "it is a socket"),
            (PathBuf::from("/dev/zero"), "it is a device"),
            (PathBuf::from("/dev/null"), "it is a device"),
        ]);
    }
    #[cfg(target_os = "linux")]
    cases.extend([
        // Opened by anybody, read by nobody: what a file on a broken disk is like.
        (PathBuf::from("/proc/self/mem"), "error"),
        (PathBuf::from("/proc/self/fd/9999"), ""),
    ]);
    for (path, kind) in cases {
        let said = words(&refusal(&world, &path)).to_lowercase();
        assert!(said.contains(kind), "{}: {said}", path.display());
    }
}

#[cfg(unix)]
#[test]
fn c01_a_pipe_that_somebody_writes_to_or_nobody_is_waited_for_by_nobody() {
    let world = World::new();
    let pipe = world.folder.path().join("pipe");
    fifo(&pipe);
    assert!(words(&refusal(&world, &pipe)).contains("it is a named pipe"));
    // Somebody who has it open for both, so that a read would wait for what never comes.
    let _held = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).expect("opened");
    assert!(words(&refusal(&world, &pipe)).contains("it is a named pipe"));
}

#[tokio::test]
async fn c01_a_link_to_a_good_file_is_followed() {
    let world = World::new();
    let file = world.credentials_file("target.json");
    let link = world.folder.path().join("link.json");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&file, &link).expect("linked");
    #[cfg(not(unix))]
    std::fs::copy(&file, &link).expect("copied");
    open(&world, link).expect("read").access_token().await.expect("a token");
}

#[cfg(unix)]
#[tokio::test]
async fn c02_a_file_that_others_can_open_works_with_one_warning_that_says_what_to_type() {
    use std::os::unix::fs::PermissionsExt as _;
    for (mode, warned) in
        [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1), (0o644, 1), (0o666, 1), (0o620, 1), (0o777, 1)]
    {
        let world = World::new();
        let file = world.credentials_file("my file.json");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
        let auth = open(&world, &file).expect("it works");
        auth.access_token().await.expect("a token");
        auth.invalidate();
        auth.access_token().await.expect("another");
        let told = world.person.told();
        assert_eq!(told.matches("warning: ").count(), warned, "{mode:o}: {told}");
        if warned > 0 {
            assert!(told.contains(&format!("`chmod 600 -- '{}'`", file.display())), "{told}");
            assert!(told.contains(&format!("mode {mode:04o}")), "{told}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn c02_a_strict_job_refuses_such_a_file_with_what_to_type_also_when_it_becomes_so_later() {
    use std::os::unix::fs::PermissionsExt as _;
    let set = |file: &Path, mode| {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).expect("set");
    };
    let world = World::new().with_variable("CARTO_AUTH_STRICT_FILES", "1");
    let file = world.credentials_file("c.json");
    for mode in [0o640, 0o604, 0o644, 0o666, 0o620] {
        set(&file, mode);
        let error = refusal(&world, &file);
        assert!(matches!(CredentialsFault::of(&error), Some(CredentialsFault::Exposed(_))), "{error:?}");
        let said = words(&error);
        assert!(said.contains(&format!("mode {mode:04o}")), "{said}");
        assert!(said.contains(&format!("close it with `chmod 600 {}`", file.display())), "{said}");
    }
    set(&file, 0o600);
    let auth = open(&world, &file).expect("closed");
    auth.access_token().await.expect("a token");
    assert_eq!(world.person.told(), "");
    set(&file, 0o644);
    auth.invalidate();
    let error = auth.access_token().await.expect_err("open again");
    assert!(matches!(CredentialsFault::of(&error), Some(CredentialsFault::Exposed(_))), "{error:?}");
    for value in ["0", "false", "no", "off", ""] {
        let world = World::new().with_variable("CARTO_AUTH_STRICT_FILES", value);
        let file = world.credentials_file("c.json");
        set(&file, 0o644);
        open(&world, &file).expect("strict was not asked for");
    }
}

#[cfg(unix)]
#[expect(clippy::print_stderr, reason = "a check that is left out is told")]
#[tokio::test]
async fn c02_a_file_of_somebody_else_works_with_one_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    if !rustix::process::geteuid().is_root() {
        eprintln!("left out: only root can give a file away");
        return;
    }
    for (owner, mode, warned) in [(54_321, 0o600, 1), (54_321, 0o644, 1), (0, 0o600, 0)] {
        let world = World::new();
        let file = world.credentials_file("c.json");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
        std::os::unix::fs::chown(&file, Some(owner), None).expect("given away");
        open(&world, &file).expect("it works").access_token().await.expect("a token");
        let told = world.person.told();
        assert_eq!(told.matches("belongs to another user").count(), warned, "{owner}: {told}");
        assert_eq!(told.matches("`chmod 600 ").count(), warned, "{owner}: {told}");
    }
}

#[tokio::test]
async fn c15_whatever_a_path_is_made_of_it_leads_to_the_file() {
    let world = World::new();
    std::fs::create_dir_all(world.folder.path().join("mit Raum-ü/日本")).expect("made");
    let long = format!("{}.json", "x".repeat(240));
    let names = [
        "c.json",
        "mit Raum-ü/c c.json",
        "mit Raum-ü/日本/🌍.json",
        &long,
        "it's \"quoted\" $(id) `id` %41 #?.json",
        "-c.json",
        "~",
        "~bob",
        // What Windows would take for a share is a name here.
        r"\\server\share\c.json",
        "a\nline.json",
    ];
    for name in names {
        let path = world.credentials_file(name);
        let beside = world.folder.path().join("mit Raum-ü/..").join(name);
        for path in [path, Path::new("~").join(name), beside] {
            open(&world, &path).unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        }
    }
    deep(&world).await;
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let path = world.folder.path().join(OsStr::from_bytes(b"latin-\xfc.json"));
        std::fs::copy(world.credentials_file("c.json"), &path).expect("copied");
        open(&world, &path).expect("a name that is no UTF-8 is a name");
        refusal_of_bytes(&world);
    }
}

/// A path longer than most programs make one, and shorter than the system's end.
async fn deep(world: &World) {
    let folder = (0..14).fold(world.folder.path().to_owned(), |path, _| path.join("d".repeat(250)));
    std::fs::create_dir_all(&folder).expect("made");
    let path = folder.join("c.json");
    std::fs::copy(world.credentials_file("c.json"), &path).expect("copied");
    assert!(path.as_os_str().len() > 3_500);
    open(world, &path).expect("read").access_token().await.expect("a token");
    assert!(words(&refusal_after(world, &path.with_extension("none"))).contains("there is no such file"));
}

/// The error of a missing file, where something was sent before.
fn refusal_after(world: &World, path: &Path) -> Error {
    open(world, path).map(drop).expect_err("missing")
}

#[cfg(unix)]
fn refusal_of_bytes(world: &World) {
    use std::os::unix::ffi::OsStrExt as _;
    for name in [&b"none-\xff.json"[..], b"nul-\0.json"] {
        let error = refusal_after(world, &world.folder.path().join(OsStr::from_bytes(name)));
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    }
}

#[cfg(unix)]
fn fifo(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("made");
}
