//! What a person pastes where a code is wanted.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carto_auth::properties::paste(bytes));
