//! K07: nothing can be kept: a folder, a disk or a home that is none. What was won is used all the same.

use carto_auth::Options;
use carto_sandbox::Route;

use crate::locks::wait_for;
use crate::world::{DAY, Process, Task, World, preload};

#[tokio::test]
async fn k07_a_folder_that_is_none_costs_one_warning_and_no_call() {
    for folder in ["/proc/carto-auth", "/dev/null", "/dev/full", "/sys/carto", "a file", "a file/cache"] {
        let world = World::new();
        let path = world.folder.path().join(folder);
        std::fs::write(world.folder.path().join("a file"), "").expect("written");
        assert_works_with_one_warning(
            &world.with_variable("CARTO_AUTH_CACHE_DIR", path.display().to_string()),
        )
        .await;
    }
}

#[tokio::test]
async fn k07_a_home_that_is_none_costs_one_warning_and_no_call_and_is_not_made() {
    for home in ["", "/", "relative", "~", "/proc/no-such-home", "gone/home"] {
        let world = World::new();
        let home = home.replace("gone", &world.folder.path().join("gone").display().to_string());
        let world = world.with_variable("CARTO_AUTH_CACHE_DIR", "").with_variable("HOME", home);
        assert_works_with_one_warning(&world).await;
        assert!(!world.folder.path().join("gone").exists());
    }
}

#[tokio::test]
async fn k07_a_file_that_was_named_where_none_can_be_costs_one_warning_and_no_call() {
    for file in ["/proc/carto/token.json", "/dev/full/token.json", "no-folder-here/\0.json"] {
        let world = World::new();
        let options = Options { cache_file: Some(file.into()), ..Options::default() };
        let auth = crate::world::job(&world, &options);
        let token = auth.access_token().await.expect("a token");
        assert_eq!(auth.access_token().await.expect("in memory"), token);
        assert_eq!(world.person.told().matches("warning: ").count(), 1, "{file}: {}", world.person.told());
    }
}

#[tokio::test]
async fn k07_a_folder_that_is_lost_while_a_program_runs_loses_no_token() {
    let world = World::new();
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let token = auth.access_token().await.expect("a token");
    std::fs::remove_dir_all(world.cache()).expect("removed");
    std::fs::write(world.cache(), "in the way").expect("written");
    assert_eq!(auth.access_token().await.expect("in memory"), token);
    world.clock.pass(DAY - 200);
    assert_eq!(auth.access_token().await.expect("it lives"), token);
    assert_eq!(World::read(world.cache()), "in the way");
}

#[cfg(target_os = "linux")]
#[test]
fn k07_a_disk_that_is_full_over_quota_read_only_or_broken_costs_one_warning_and_no_call() {
    for (call, fault) in [
        ("write", "ENOSPC"),
        ("write", "EDQUOT"),
        ("write", "EFBIG"),
        ("write", "EIO"),
        ("fsync", "EIO"),
        ("fsync", "ENOSPC"),
        ("fsync", "EDQUOT"),
        ("open", "EROFS"),
        ("open", "EACCES"),
        ("open", "ENOSPC"),
        ("open", "EDQUOT"),
        ("open", "EMFILE"),
        ("open", "ELOOP"),
    ] {
        let world = World::new();
        // What was kept before stays: it is as old as can be, and whole.
        wait_for(world.job().access_token()).expect("a token");
        world.age_what_is_kept(2 * DAY);
        let before = world.entry();
        let source = FAULTY.replace("FAULT_CALL", call).replace("FAULT_ERROR", fault);
        let world = preload(world, &source);
        let mut process = Process::start(&world, Task::Job);
        assert!(process.result().starts_with("eyJ"), "{call} {fault}: {:#?}", process.said);
        assert!(process.end().success());
        let warnings = process.said.iter().filter(|line| line.contains("warning: ")).count();
        assert_eq!(warnings, 1, "{call} {fault}: {:#?}", process.said);
        assert!(
            process.said.iter().any(|line| line.contains("the sign-in is not kept")),
            "{:#?}",
            process.said
        );
        assert_eq!(world.entry(), before, "{call} {fault}");
        let left = world.kept().into_iter().filter(|path| path.extension().is_some_and(|end| end == "tmp"));
        assert_eq!(left.count(), 0, "{call} {fault}: nothing half is left");
        assert_eq!(world.sandbox.requests(Route::Token), 2);
    }
}

#[cfg(unix)]
#[test]
fn k07_a_limit_on_files_costs_one_warning_and_no_call() {
    // With room for nothing at all, for a lock's line, and for a little less than an entry.
    for blocks in [0, 1, 2] {
        let world = World::new();
        let line = format!("trap '' XFSZ; ulimit -f {blocks}");
        let mut process = Process::start_after(&world, Task::Job, &line);
        assert!(process.result().starts_with("eyJ"), "{:#?}", process.said);
        assert!(process.end().success());
        let warnings: Vec<_> = process.said.iter().filter(|line| line.contains("warning: ")).collect();
        assert_eq!(warnings.len(), 1, "{blocks}: {warnings:#?}");
        assert!(warnings[0].contains("raise the limit"), "{warnings:#?}");
        assert_eq!(world.job().cached_access_token().expect("read"), None, "nothing half is found");
    }
}

/// A person signs in and a job gets its token, each with one warning.
async fn assert_works_with_one_warning(world: &World) {
    let auth = world.person();
    auth.sign_in().await.expect("signed in");
    let token = auth.access_token().await.expect("a token");
    auth.api_base_url().await.expect("a base URL");
    assert_eq!(auth.access_token().await.expect("it is in memory"), token);
    let told = world.person.told();
    assert_eq!(told.matches("warning: ").count(), 1, "{:?}: {told}", world.more);
    let job = world.job();
    job.access_token().await.expect("a token");
    job.invalidate();
    job.access_token().await.expect("another");
    assert_eq!(world.person.told().matches("warning: ").count(), 2, "{}", world.person.told());
    world.clock.pass(2 * DAY);
    auth.access_token().await.expect("renewed from memory");
    assert_eq!(world.person.told().matches("warning: ").count(), 2, "{}", world.person.told());
}

/// One call that fails for the files that writers have not given a name yet.
#[cfg(target_os = "linux")]
const FAULTY: &str = r#"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fails(const char *call, const char *path) {
    size_t length = strlen(path);
    return !strcmp(call, "FAULT_CALL") && length > 4 && !strcmp(path + length - 4, ".tmp");
}

static int fails_at(const char *call, int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(call, path);
}

ssize_t write(int file, const void *data, size_t size) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (fails_at("write", file)) { errno = FAULT_ERROR; return -1; }
    return real(file, data, size);
}

int fsync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    if (fails_at("fsync", file)) { errno = FAULT_ERROR; return -1; }
    return real(file);
}

int open64(const char *path, int flags, ...) {
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    if (fails("open", path)) { errno = FAULT_ERROR; return -1; }
    return real(path, flags, mode);
}
"#;
