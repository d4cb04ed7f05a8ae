//! A request to the listener that waits for a browser.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carto_auth::properties::callback(bytes));
