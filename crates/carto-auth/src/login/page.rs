//! The page that a person sees when the browser has come back.
//!
//! It says what happened in plain words, asks nothing of the network, and is as readable without style,
//! without scripts (it has none), enlarged, in the dark and to a screen reader.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// A page with its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) html: String,
}

impl Page {
    /// The sign-in has worked.
    pub(super) fn signed_in(program: &str) -> Self {
        let text = format!("<p>You can close this tab and go back to {}.</p>", escape(program));
        Self::new(200, "You are signed in to CARTO", &text, "✓")
    }

    /// The sign-in has ended without tokens.
    pub(super) fn failed(error: &Error) -> Self {
        let mut body = format!("<p>{}</p>", sentence(&error.to_string()));
        for cause in error.causes() {
            let _ = write!(body, "<p><b>Why:</b> {}</p>", sentence(&cause));
        }
        if let Some(hint) = error.hint_text() {
            let _ = write!(body, "<p><b>What to do:</b> {}</p>", sentence(hint));
        }
        Self::new(200, "The sign-in did not work", &body, "!")
    }

    /// A request that is none of this sign-in's business.
    pub(super) fn not_ours(status: u16, reason: &str) -> Self {
        let body = format!("<p>{}.</p><p>Nothing has changed by it.</p>", escape(reason));
        Self::new(status, "Nothing to see here", &body, "?")
    }

    fn new(status: u16, title: &str, body: &str, sign: &str) -> Self {
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title} · carto-auth</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n\
             </head>\n<body>\n<main>\n<p class=\"sign\" aria-hidden=\"true\">{sign}</p>\n<h1>{title}</h1>\n\
             <div role=\"status\">{body}</div>\n</main>\n</body>\n</html>\n"
        );
        Self { status, html }
    }
}

/// The headers of every page: nothing is loaded, stored, framed or told to others.
pub(super) fn headers() -> [(&'static str, String); 8] {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    [
        ("content-type", "text/html; charset=utf-8".into()),
        (
            "content-security-policy",
            format!(
                "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; \
                 form-action 'none'; frame-ancestors 'none'"
            ),
        ),
        ("cache-control", "no-store".into()),
        ("referrer-policy", "no-referrer".into()),
        ("x-content-type-options", "nosniff".into()),
        ("x-frame-options", "DENY".into()),
        ("cross-origin-resource-policy", "same-origin".into()),
        ("connection", "close".into()),
    ]
}

/// Text as it may stand in HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// What stands between backticks as code.
fn code(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        match index % 2 {
            0 => out.push_str(part),
            _ => {
                let _ = write!(out, "<code>{part}</code>");
            }
        }
    }
    out
}

/// A part of an error as a sentence in HTML.
fn sentence(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    let capital = chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect());
    format!("{}.", code(&escape(&capital)))
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#16233a;--paper:#f6f8fa;--sign:#0b5c8f;--quiet:#e3e9ef}\
@media(prefers-color-scheme:dark){:root{--ink:#e8edf3;--paper:#111a26;--sign:#7cc4f0;--quiet:#233044}}\
body{margin:0;background:var(--paper);color:var(--ink);font:1.125rem/1.6 system-ui,sans-serif}\
main{max-width:34rem;margin:0 auto;padding:12vh 1.5rem 2rem;overflow-wrap:anywhere}\
.sign{margin:0;font-size:3rem;line-height:1;color:var(--sign)}\
h1{margin:.5rem 0 1rem;font-size:1.75rem;line-height:1.25}\
p{margin:.5rem 0}\
code{background:var(--quiet);padding:.1em .35em;border-radius:.25em}";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn words_from_outside_cannot_become_html() {
        let error = Error::new(ErrorKind::Refused, "the sign-in was refused")
            .because("<script>alert('x')</script>&\"")
            .hint("type `carto-auth login`");
        let page = Page::failed(&error);
        assert!(page.html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"));
        assert!(page.html.contains("<b>What to do:</b> Type <code>carto-auth login</code>.</p>"));
        assert!(page.html.contains("The sign-in was refused."));
        assert_eq!(escape("a\u{1b}[2J\nb"), "a[2Jb");
    }
}
