//! What a program that is started from this one gets: nothing of ours, whatever is open just then. And what a child that
//! is forked from it is told to close.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use std::process::{Child, Command, Stdio};

use carto_auth::platform::descriptors_of_parent;
use carto_auth::store::{FileStore, TokenStore as _};
use world::{Waiting, World};

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

#[tokio::test]
async fn a_forked_child_is_told_of_every_socket_that_a_sign_in_waits_at() {
    let waiting = Waiting::begin().await;
    let port = waiting.port;
    let _early = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    assert_eq!(waiting.get("/favicon.ico").await.status, 404, "and the one before it is accepted");
    let told = inodes_of(&descriptors_of_parent());
    let ours = sockets_at(port);
    assert_eq!(ours.len(), 3, "a listener for each family, and who came");
    assert_eq!(ours.iter().filter(|inode| !told.contains(inode)).count(), 0);
    waiting.person_signs_in().await;
    let waiting = Waiting::begin().await;
    assert_eq!(waiting.get("/favicon.ico").await.status, 404);
    waiting.person_signs_in().await;
    let told = inodes_of(&descriptors_of_parent());
    assert_eq!(told, Vec::<String>::new(), "what is closed is told to nobody: its number is another's soon");
}

/// The sockets of this machine that have a port for their own end and a process, by their inodes.
fn sockets_at(port: u16) -> Vec<String> {
    let tables = ["tcp", "tcp6"].map(|table| std::fs::read_to_string(format!("/proc/net/{table}")));
    let lines: Vec<String> = tables.into_iter().flatten().flat_map(|table| own_lines(&table)).collect();
    let of_port = lines
        .iter()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields.get(1).is_some_and(|own| own.ends_with(&format!(":{port:04X}"))));
    of_port
        .filter_map(|fields| fields.get(9).map(|&inode| inode.to_owned()))
        .filter(|inode| inode != "0")
        .collect()
}

fn own_lines(table: &str) -> Vec<String> {
    table.lines().skip(1).map(str::to_owned).collect()
}

fn inodes_of(numbers: &[i32]) -> Vec<String> {
    let names =
        numbers.iter().filter_map(|number| std::fs::read_link(format!("/proc/self/fd/{number}")).ok());
    let names = names.map(|name| name.display().to_string());
    names.filter_map(|name| Some(name.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect()
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
