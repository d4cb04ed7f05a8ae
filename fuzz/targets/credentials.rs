//! A credentials file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carto_auth::properties::credentials(bytes));
