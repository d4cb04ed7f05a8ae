//! Texts that an example or a template left behind.

/// Says whether a value is an example's placeholder: `XXXX…` of CARTO's page, `<client id>`, `your-id`,
/// or a template that nobody filled in.
///
/// A secret is random text, so every rule here is one that random text does not meet.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_lowercase();
    let around = |start: &str, end: &str| text.starts_with(start) && text.ends_with(end);
    let filler = |c: char| "xX*.…_-•".contains(c);
    (text.chars().count() >= 3 && text.chars().all(filler))
        || text.contains("XXXXXXXX")
        || around("<", ">")
        || around("${", "}")
        || around("{{", "}}")
        || is_windows_variable(text)
        || ["your-", "your_", "your "].iter().any(|start| lower.starts_with(start))
        || ["changeme", "change-me", "change_me", "todo", "fixme"].contains(&lower.as_str())
        || is_example_address(&lower)
}

/// `%CLIENT_ID%`, as `cmd` writes a variable and leaves one that is not set.
fn is_windows_variable(text: &str) -> bool {
    let name = text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).unwrap_or_default();
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The addresses in CARTO's documentation that stand for one's own.
fn is_example_address(lower: &str) -> bool {
    let Some((_, rest)) = lower.split_once("://") else { return false };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    host.starts_with("your-")
        || host.starts_with("your_")
        || host.contains(['<', '>', '{', '}'])
        || host.contains("xxxx")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_told_from_a_value() {
        for text in [
            "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
            "xxx",
            "org_XXXXXXXX",
            "...",
            "********",
            "<client id>",
            "<your-secret>",
            "your-client-id",
            "YOUR_CLIENT_SECRET",
            "${CLIENT_ID}",
            "{{ client_id }}",
            "%CLIENT_ID%",
            "changeme",
            "TODO",
            "https://XXXXXXXX.api.carto.com",
            "https://your-carto-tenant-domain.com/api",
            "https://<your-domain>/api",
            "https://{domain}/api",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "https://gcp-us-east1.api.carto.com",
            "https://maps.yourtown.example",
            "0dxb8HR3ATXCxJiPOJVHsLoHoAtbRX6u",
            "sandbox-client",
            "sandbox-XXX-secret",
            "yourself",
            "%",
            "%+&=",
            "%25%",
            "x",
            "secret",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
