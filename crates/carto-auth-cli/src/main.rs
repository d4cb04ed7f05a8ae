//! The command `carto-auth`.
fn main() {}
