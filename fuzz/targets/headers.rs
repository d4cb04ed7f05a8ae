//! `Retry-After`, the quota's headers and `Date`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carto_auth::properties::headers(bytes));
