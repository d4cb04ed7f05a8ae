//! A lock that is asked for while another thread of the program forks.
#![allow(clippy::disallowed_methods, reason = "a test stands outside of the platform")]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use carto_auth::platform::{after_fork_in_parent, before_fork};
use carto_auth::store::{FileStore, TokenStore as _};
use world::World;

/// Its file would be in the child, and not among those that the child is told of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_is_taken_when_the_fork_is_over() {
    let world = World::new();
    world.job().access_token().await.expect("a token");
    let files = FileStore::in_folder(world.cache(), &world.platform());
    let key = files.keys().expect("keys").pop().expect("one");
    let is_over = Arc::new(AtomicBool::new(false));
    before_fork();
    let seen = Arc::clone(&is_over);
    let locking = tokio::spawn(async move {
        let lock = files.try_lock(&key).await.expect("tried");
        (lock.is_some(), seen.load(Ordering::SeqCst))
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    is_over.store(true, Ordering::SeqCst);
    after_fork_in_parent();
    assert_eq!(locking.await.expect("no panic"), (true, true));
}
