//! A tenant's domain and its `config.yaml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carto_auth::properties::config_yaml(bytes));
