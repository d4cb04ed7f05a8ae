//! A disk of a test's own that can fail and be mended while a program runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A real file system without a free block.
    Full,
    /// `EDQUOT` from the C library's `write`: a file system with quotas is not to be had everywhere.
    Quota,
    /// `EIO` from its `fsync`, as a broken disk has it.
    Broken,
    /// The limit on the size of a process's files (`ulimit -f`).
    Limit,
    /// A real file system that is mounted anew for reading alone.
    ReadOnly,
    /// The folder is gone, and its parent can only be read.
    Gone,
    /// The home is gone that the folder was in.
    Homeless,
}

impl Fault {
    pub(crate) const ALL: [Self; 7] =
        [Self::Full, Self::Quota, Self::Broken, Self::Limit, Self::ReadOnly, Self::Gone, Self::Homeless];

    /// What the one warning says.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Full => "No space left on device",
            Self::Quota => "Disk quota exceeded",
            Self::Broken => "Input/output error",
            Self::Limit => "File too large",
            Self::ReadOnly | Self::Gone => "Read-only file system",
            Self::Homeless => "does not exist",
        }
    }

    /// What it says to do.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Full | Self::Quota => "free some space",
            Self::Limit => "`ulimit -f unlimited`",
            Self::Homeless => "make it, or set `CARTO_AUTH_CACHE_DIR`",
            _ => "let this user write there",
        }
    }
}

/// A fault that lasts until it is mended.
pub(crate) struct Failing {
    fault: Fault,
    home: PathBuf,
    before: Rlimit,
}

impl Failing {
    /// The disk that `home` is on fails from now on.
    pub(crate) fn begin(fault: Fault, home: &Path, cache: &Path) -> Self {
        let failing = Self { fault, home: home.to_owned(), before: getrlimit(Resource::Fsize) };
        match fault {
            Fault::Full => fill(&failing.filler()),
            Fault::Quota => std::fs::write(switch(home, "EDQUOT"), "").expect("switched"),
            Fault::Broken => std::fs::write(switch(home, "EIO"), "").expect("switched"),
            Fault::Limit => set_limit(Some(0), failing.before),
            Fault::ReadOnly => mount("ro"),
            Fault::Gone => {
                std::fs::remove_dir_all(cache).expect("removed");
                mount("ro");
            }
            Fault::Homeless => std::fs::rename(home, failing.elsewhere()).expect("gone"),
        }
        failing
    }

    pub(crate) fn mend(self) {
        match self.fault {
            Fault::Full => std::fs::remove_file(self.filler()).expect("removed"),
            Fault::Quota => std::fs::remove_file(switch(&self.home, "EDQUOT")).expect("switched"),
            Fault::Broken => std::fs::remove_file(switch(&self.home, "EIO")).expect("switched"),
            Fault::Limit => set_limit(self.before.current, self.before),
            Fault::ReadOnly | Fault::Gone => mount("rw"),
            Fault::Homeless => std::fs::rename(self.elsewhere(), self.home).expect("back"),
        }
    }

    fn filler(&self) -> PathBuf {
        self.home.join("filler")
    }

    fn elsewhere(&self) -> PathBuf {
        self.home.with_extension("elsewhere")
    }
}

/// Where the disk of this process is mounted, if it has one.
pub(crate) fn place() -> Option<PathBuf> {
    std::env::var_os(PLACE).map(PathBuf::from)
}

/// This binary's test `a_process`, on a disk of its own that ends with it; `None` where none may be mounted, which is told.
pub(crate) fn on_a_disk(place: &Path) -> Option<Command> {
    let unshare = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["-rm", "sh", "-c"]);
        unshare
    };
    let mount = "mount -t tmpfs -o size=512k none \"$CARTO_AUTH_TEST_DISK\"";
    let allowed = unshare().arg(mount).env(PLACE, place).output().is_ok_and(|done| done.status.success());
    if !allowed {
        use std::io::Write as _;
        // Not by `eprintln!`, which nobody sees while the test passes.
        let _ = writeln!(std::io::stderr(), "left out: no file system may be mounted here");
        return None;
    }
    let library = preload(place);
    let mut program = unshare();
    program
        .arg(format!("{mount}\ntrap '' XFSZ\nexport LD_PRELOAD={}\nexec \"$0\" \"$@\"", library.display()))
        .arg(std::env::current_exe().expect("this binary"))
        .args(["--exact", "a_process", "--nocapture"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TMPDIR", place)
        .env(PLACE, place);
    Some(program)
}

fn mount(how: &str) {
    let place = place().expect("a disk");
    let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(place).status();
    assert!(done.expect("run").success(), "the disk is not mounted {how}");
}

fn fill(filler: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(filler).expect("made");
    for size in [4_096, 1] {
        while file.write_all(&vec![b'x'; size]).is_ok() {}
    }
}

fn set_limit(current: Option<u64>, before: Rlimit) {
    setrlimit(Resource::Fsize, Rlimit { current, maximum: before.maximum }).expect("set");
}

/// The file that is there while the calls of the C library fail so.
fn switch(home: &Path, error: &str) -> PathBuf {
    home.parent().expect("a disk").join(error)
}

/// Functions that stand before those of the C library; the library lies beside the place of the disk.
fn preload(place: &Path) -> PathBuf {
    let (source, library) = (place.with_extension("c"), place.with_extension("so"));
    std::fs::write(&source, FAILING).expect("written");
    let done = Command::new("cc")
        .args(["-shared", "-fPIC", "-D_GNU_SOURCE", "-o"])
        .args([&library, &source])
        .status();
    assert!(done.expect("a C compiler, as Rust needs one to link").success());
    library
}

const PLACE: &str = "CARTO_AUTH_TEST_DISK";

/// Calls that fail for files without a name yet, while their switch is there.
const FAILING: &str = r#"
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails(int file, const char *with) {
    char link[64], path[4096], name[4096];
    const char *disk = getenv("CARTO_AUTH_TEST_DISK");
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!disk || length < 4 || strncmp(path + length - 4, ".tmp", 4)) return 0;
    snprintf(name, sizeof name, "%s/%s", disk, with);
    return !access(name, F_OK);
}

ssize_t write(int file, const void *data, size_t size) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (fails(file, "EDQUOT")) { errno = EDQUOT; return -1; }
    return real(file, data, size);
}

int fsync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    if (fails(file, "EIO")) { errno = EIO; return -1; }
    return real(file);
}
"#;
