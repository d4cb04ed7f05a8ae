//! The frame of every page: says that this is not CARTO, loads nothing from elsewhere, is not stored.

use crate::{Answer, random};

pub(super) struct Layout {
    title: &'static str,
    body: String,
    script: Option<&'static str>,
    form: Option<String>,
}

impl Layout {
    /// `body` is HTML: whatever came from outside has been through [`escape`].
    pub(super) fn new(title: &'static str, body: String) -> Self {
        Self { title, body, script: None, form: None }
    }

    pub(super) fn script(mut self, script: &'static str) -> Self {
        self.script = Some(script);
        self
    }

    /// A form on the page leads to the sandbox, which may send the browser on to `target`.
    pub(super) fn form_to(mut self, target: Option<String>) -> Self {
        self.form = Some(target.unwrap_or_default());
        self
    }

    pub(super) fn answer(self, status: u16) -> Answer {
        let nonce = random::bits();
        let Self { title, body, .. } = self;
        let script = self.script.map(|script| format!("<script nonce=\"{nonce}\">{script}</script>\n"));
        let script = script.unwrap_or_default();
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title} · sandbox, not CARTO</title>\n<style nonce=\"{nonce}\">{STYLE}</style>\n</head>\n<body>\n\
             <p class=\"notice\"><strong>This is not CARTO.</strong> It is a sandbox on this computer: \
             nothing here is real, and no real password belongs here.</p>\n\
             <main>\n<h1>{title}</h1>\n{body}\n</main>\n{script}</body>\n</html>\n"
        );
        // A browser checks `form-action` again at the redirect that follows the form.
        let form = self.form.map_or("'none'".to_owned(), |target| format!("'self' {target}"));
        let policy = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; form-action {form}; \
             base-uri 'none'; frame-ancestors 'none'"
        );
        Answer::new(status, "text/html; charset=utf-8", html)
            .header("content-security-policy", policy)
            .header("cache-control", "no-store")
            .header("referrer-policy", "no-referrer")
            .header("x-content-type-options", "nosniff")
    }
}

/// Text as HTML, in an element or in an attribute with double quotes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

const STYLE: &str = "
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 40rem; padding: 1rem; }
.notice { border: 2px solid; border-radius: .5rem; padding: .5rem 1rem; background: light-dark(#fff3c4, #4a3a00); }
fieldset { border: 1px solid; border-radius: .5rem; margin: 1rem 0; }
label { display: block; padding: .5rem; }
button { font: inherit; padding: .5rem 1.25rem; margin-right: .5rem; }
code { overflow-wrap: anywhere; font-size: 1.125rem; }
:focus-visible { outline: 3px solid light-dark(#0b57d0, #a8c7fa); outline-offset: 2px; }
";
