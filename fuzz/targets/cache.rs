//! A file where tokens are kept, of every version.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carto_auth::properties::cache(bytes));
