//! The claims of an access token, and a token as it is.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carto_auth::properties::claims(bytes));
