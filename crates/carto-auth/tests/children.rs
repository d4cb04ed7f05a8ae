//! What a program that is started from this one gets: nothing of ours, whatever is open just then.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use std::process::{Child, Command, Stdio};

use carto_auth::store::{FileStore, TokenStore as _};
use world::World;

#[tokio::test]
async fn neither_a_lock_nor_a_connection_is_carried_into_a_program_that_is_started() {
    let world = World::new();
    let auth = world.job();
    auth.access_token().await.expect("a token, and a connection that is kept");
    let files = FileStore::in_folder(world.cache(), &world.platform());
    let key = files.keys().expect("keys").pop().expect("one");
    let lock = files.try_lock(&key).await.expect("tried").expect("free");
    assert!(own_files().iter().any(|file| file.ends_with(".lock")), "it is open here");
    assert!(own_files().iter().any(|file| file.starts_with("socket:")), "there is one here");
    let child = Program::start();
    let folder = world.folder.path().display().to_string();
    let is_ours = |file: &String| file.starts_with("socket:") || file.starts_with(&folder);
    assert_eq!(child.files().into_iter().filter(is_ours).collect::<Vec<_>>(), Vec::<String>::new());
    drop(lock);
    assert!(files.try_lock(&key).await.expect("tried").is_some(), "the child holds nothing");
}

/// A program that does nothing for a while.
struct Program(Child);

impl Program {
    fn start() -> Self {
        let mut command = Command::new("sleep");
        command.arg("60").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("started"))
    }

    fn files(&self) -> Vec<String> {
        files_of(&self.0.id().to_string())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn own_files() -> Vec<String> {
    files_of("self")
}

/// What a process has open, by the names that the system gives.
fn files_of(process: &str) -> Vec<String> {
    let folder = std::fs::read_dir(format!("/proc/{process}/fd")).expect("a process");
    let names = folder.flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
    names.map(|name| name.display().to_string()).collect()
}
