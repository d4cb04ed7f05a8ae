//! The body of a 200 of a token endpoint.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carto_auth::properties::token_answer(bytes));
