//! Names and secrets that nobody can guess and everybody can recognise.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// `sandbox-{kind}-` and 128 random bits.
pub(crate) fn secret(kind: &str) -> String {
    format!("sandbox-{kind}-{}", bits())
}

/// 128 random bits as URL-safe text.
pub(crate) fn bits() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system gives randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}
