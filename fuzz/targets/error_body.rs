//! The body of an error of Auth0 and of CARTO.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carto_auth::properties::error_body(bytes));
