//! What holds for whatever a browser or a person brings.

mod callback;
mod paste;

use sha2::{Digest as _, Sha256};

use crate::environment::Environment;
use crate::grant::Metadata;

pub(crate) use self::callback::callback;
pub(crate) use self::paste::paste;

/// Percent-decoding as it is taught, and not as the product does it.
fn decoded(bytes: &[u8]) -> String {
    let (mut found, mut rest) = (Vec::new(), bytes);
    while let Some((first, others)) = rest.split_first() {
        let digits = others.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let code = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        let (byte, taken) = match (first, code) {
            (b'%', Some(code)) => (code, 3),
            (b'+', _) => (b' ', 1),
            _ => (*first, 1),
        };
        found.push(byte);
        rest = &rest[taken..];
    }
    String::from_utf8_lossy(&found).into_owned()
}

/// A state that nobody could write into these bytes.
fn unknown(bytes: &[u8]) -> String {
    format!("{:x}", u128::from_be_bytes(Sha256::digest(bytes)[..16].try_into().expect("16 bytes")))
}

fn metadata() -> Metadata {
    Metadata::assumed(&Environment::default())
}

/// Short, so that the fuzzer keeps it whole more often.
const STATE: &str = "sTaTe";
