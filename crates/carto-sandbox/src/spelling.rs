//! How a secret can be written, for whoever looks for one where none may be.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use url::form_urlencoded;

/// Every way in which the beginning of a secret may stand in a text: as it is, percent-encoded, in Base64 wherever in
/// it, and the parts of a JWT that are its own. What was cut off after 30 characters is found too.
///
/// # Panics
///
/// For a secret of fewer than 6 characters, which stands in many a text by chance.
#[must_use]
pub fn spellings(secret: &str) -> Vec<String> {
    assert!(secret.chars().count() >= SHORTEST, "too short to be looked for");
    let mut parts = vec![secret];
    // The header of a JWT is the same in all of them.
    parts.extend(secret.split('.').skip(1).filter(|part| secret.starts_with("eyJ") && part.len() > SHORTEST));
    let beginnings = parts.into_iter().map(|part| part.chars().take(BEGINNING).collect::<String>());
    let mut spellings: Vec<String> = beginnings.flat_map(|beginning| of_beginning(&beginning)).collect();
    spellings.sort();
    spellings.dedup();
    spellings
}

fn of_beginning(text: &str) -> Vec<String> {
    let percent: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let mut spellings = vec![text.to_owned(), percent.replace('+', "%20"), percent];
    for before in 0..3 {
        // The characters that depend on what stands before and behind are left away.
        let bytes = [vec![0; before], text.as_bytes().to_vec()].concat();
        let encoded = STANDARD_NO_PAD.encode(&bytes);
        let end = bytes.len() / 3 * 4;
        let own = &encoded[[0, 2, 3][before]..end];
        spellings.extend([own.to_owned(), own.replace('+', "-").replace('/', "_")]);
    }
    spellings
}

const BEGINNING: usize = 30;

const SHORTEST: usize = 6;

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE;

    use super::*;

    fn finds(text: &str, secret: &str) -> bool {
        spellings(secret).iter().any(|spelling| text.contains(spelling))
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let secret = "sandbox secret/with+odd?characters&of=all kinds";
        let percent: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for text in [secret, &percent, &percent.replace('+', "%20"), &secret[..30]] {
            assert!(finds(&format!("before {text} behind"), secret), "{text}");
        }
        for before in ["", "i", "id", "id:"] {
            let basic = format!("{before}{secret}");
            assert!(finds(&STANDARD_NO_PAD.encode(&basic), secret), "{before}");
            assert!(finds(&URL_SAFE.encode(&basic), secret), "{before}");
        }
        assert!(!finds("before and behind", secret));
    }

    #[test]
    fn the_parts_of_a_jwt_are_found_and_its_header_is_no_secret() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ";
        assert!(finds("claims: eyJzdWIiOiJjYW5hcnkifQ", token));
        assert!(finds("signature: c2lnbmF0dXJlLWNhbmFyeQ", token));
        assert!(!finds("header: eyJhbGciOiJSUzI1NiJ9", token));
    }
}
