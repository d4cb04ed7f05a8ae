//! The text of `config.toml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carto_auth::properties::config_toml(bytes));
