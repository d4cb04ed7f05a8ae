//! A figure that is counted, with its bound: held by the test, and printed for the table of `make bench`.

/// Fails where more was counted than may be, and prints what was.
#[allow(clippy::print_stdout, reason = "`benches/virtual_time.py` reads it")]
pub fn figure(name: &str, what: &str, unit: &str, counted: usize, most: usize) {
    println!("figure\t{name}\t{what}\t{unit}\t{counted}\t{most}");
    assert!(counted <= most, "{what}: {counted} {unit}, at most {most} may be");
}
