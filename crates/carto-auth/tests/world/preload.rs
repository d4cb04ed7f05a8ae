//! Calls of the system that answer otherwise than here, in the processes of a world.

use std::process::Command;

use super::World;

/// A world in whose processes these functions, in C, stand before those of the C library.
pub fn preload(world: World, source: &str) -> World {
    let (file, library) = (world.folder.path().join("preload.c"), world.folder.path().join("preload.so"));
    std::fs::write(&file, source).expect("written");
    let done =
        Command::new("cc").args(["-shared", "-fPIC", "-D_GNU_SOURCE", "-o"]).args([&library, &file]).status();
    assert!(done.expect("a C compiler, as Rust needs one to link").success());
    world.with_variable("LD_PRELOAD", library.display().to_string())
}
