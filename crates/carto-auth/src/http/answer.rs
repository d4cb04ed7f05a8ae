//! An answer, read within limits.

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::failure::{Delivery, Failure};
use super::{host_of, quota, retry};
use crate::error::{Error, ErrorKind, Result, clean, visible};
use crate::secret::Secret;
use crate::token::{Quota, SHARING};

/// What a server answered. Its body may hold secrets: only [`Answer::said`] is for people.
pub(crate) struct Answer {
    pub(crate) status: u16,
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
    too_large: bool,
    /// What the request held that must not come back in the server's words.
    secrets: Vec<Secret>,
}

impl Answer {
    /// Reads an answer to its end, or to the limit.
    pub(super) async fn read(
        mut response: reqwest::Response,
        url: Url,
        secrets: Vec<Secret>,
    ) -> Result<Self, reqwest::Error> {
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut answer = Self { status, url, headers, body: Vec::new(), too_large: false, secrets };
        while let Some(chunk) = response.chunk().await? {
            if answer.body.len() + chunk.len() > LIMIT {
                answer.too_large = true;
                break;
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }

    /// What time the server has, in seconds since 1970 (`Date`, RFC 9110, section 6.6.1).
    pub(crate) fn date(&self) -> Option<i64> {
        let text = self.headers.get(reqwest::header::DATE)?.to_str().ok()?;
        let since = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok()
    }

    /// How often the server may still be asked, as it says.
    pub(crate) fn quota(&self, now: i64) -> Option<Quota> {
        quota::told(&self.headers, now)
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The server says that it is out of order (5xx) or busy (429). A 5xx is never a refusal, whatever its
    /// body says: Auth0 hides a rate limit in `500 access_denied`.
    pub(super) fn is_out_of_order(&self) -> bool {
        self.status >= 500 || self.status == 429
    }

    pub(super) fn into_failure(self, host: &str, now: i64) -> Failure {
        let quota = self.quota(now);
        let used_up = quota.as_ref().filter(|_| self.status == 429).and_then(|quota| quota.used_up(now));
        // The times in its headers are by the server's own clock.
        let there = self.date().unwrap_or(now);
        let resets_at =
            used_up.and_then(|(_, quota)| quota.resets_at).map(|at| at.saturating_add(there - now));
        let wait = retry::wait_asked(&self.headers, self.status, resets_at, there);
        // Whoever is asked too often has not looked at the request; a 5xx may come after the work was done.
        let (message, delivery) = if let Some((whose, _)) = used_up {
            (format!("{host} gives no more tokens for now to this {whose}"), Delivery::Undelivered)
        } else if self.status == 429 {
            (format!("{host} is asked too often"), Delivery::Undelivered)
        } else {
            (format!("{host} is out of order"), Delivery::Perhaps)
        };
        let hint = match (used_up, wait.map(|wait| wait.as_secs())) {
            (Some((_, quota)), _) => format!("{quota}; {SHARING}"),
            (None, Some(seconds @ 1..)) => format!("try again in {seconds} s"),
            (None, _) => "try again in a while".to_owned(),
        };
        let said = self.said();
        let mut error = Error::new(ErrorKind::Network, message)
            .because(said)
            .hint(hint)
            .status(self.status)
            .retry_after(wait);
        if let Some(code) = self.error_code() {
            error = error.code(code);
        }
        Failure::passing(error, delivery).telling(quota)
    }

    /// The body as text that is JSON of this shape.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        if self.too_large { None } else { serde_json::from_slice(&self.body).ok() }
    }

    /// The body as text.
    pub(crate) fn text(&self) -> Option<&str> {
        if self.too_large { None } else { std::str::from_utf8(&self.body).ok() }
    }

    /// The `error` of an OAuth or CARTO error body (RFC 6749, section 5.2).
    pub(crate) fn error_code(&self) -> Option<String> {
        let Value::Object(body) = self.json()? else { return None };
        body.get("error")?.as_str().map(|code| self.shown(code)).filter(|code| !code.is_empty())
    }

    /// What the server said, for people: its own words where it gave some, cleaned of control characters.
    ///
    /// Of a success nothing is shown: it may hold tokens.
    pub(crate) fn said(&self) -> String {
        let status = self.status;
        let words = if self.is_success() { None } else { self.words() };
        match words {
            Some(words) => format!("the server answered {status}: {words}"),
            None => format!("the server answered {status}"),
        }
    }

    /// The error of an answer that is not what the protocol says.
    pub(crate) fn unexpected(&self, wanted: &str) -> Error {
        let cause = if self.too_large {
            "the answer has more than 1 MiB".to_owned()
        } else if let Some(place) = self.redirect() {
            format!("the server answered {} and sends elsewhere: {place}", self.status)
        } else if self.is_success() {
            format!("the server answered {} with {}", self.status, self.kind_of_body())
        } else {
            self.said()
        };
        Error::new(
            ErrorKind::UnexpectedAnswer,
            format!("{} did not answer with {wanted}", host_of(&self.url)),
        )
        .because(cause)
        .hint("check the address, and whether a proxy or a network sign-in page answers in its place")
        .status(self.status)
    }

    fn redirect(&self) -> Option<String> {
        if !(300..400).contains(&self.status) {
            return None;
        }
        let place = self.headers.get("location")?.to_str().ok()?;
        // The host alone: the rest may carry a secret.
        Some(self.url.join(place).map_or_else(|_| "an unreadable address".into(), |url| host_of(&url)))
    }

    /// CARTO's and Auth0's own words (`error` is a string or a list, with or without a description).
    fn words(&self) -> Option<String> {
        let Some(Value::Object(body)) = self.json() else { return self.excerpt() };
        let text = |name: &str| {
            match body.get(name) {
                Some(Value::String(text)) => Some(self.shown(text)),
                Some(Value::Array(list)) => {
                    let words = list.iter().filter_map(Value::as_str).map(|text| self.shown(text));
                    Some(clean(&words.collect::<Vec<_>>().join("; ")))
                }
                _ => None,
            }
            .filter(|text| !text.is_empty())
        };
        let code = text("error").map(|code| format!("`{code}`"));
        let description =
            text("error_description").or_else(|| text("description")).or_else(|| text("message"));
        let words: Vec<String> = code.into_iter().chain(description).chain(text("hint")).collect();
        if words.is_empty() { None } else { Some(words.join(" ")) }
    }

    /// The beginning of a body that is no JSON object: of a page, its title.
    fn excerpt(&self) -> Option<String> {
        let text = self.text()?.trim_start();
        if text.starts_with('<') {
            return Some(self.page(text));
        }
        self.quoted(text.lines().next()?, LINE).map(|line| format!("`{line}`"))
    }

    /// A web page, by its title where it has one.
    fn page(&self, text: &str) -> String {
        match self.title(text) {
            Some(title) => format!("a web page: `{title}`"),
            None => "a web page".into(),
        }
    }

    /// A text of the server as a person may see it: some servers repeat what they were sent.
    fn shown(&self, text: &str) -> String {
        // Without what cannot be seen: it would break a secret up that is whole to the eye.
        clean(&self.redacted(visible(text).collect()))
    }

    /// The beginning of a text that the server sent for other eyes, on one line.
    fn quoted(&self, text: &str, limit: usize) -> Option<String> {
        // Before the spaces in a secret are changed, and after those that break it up are.
        let text = self.redacted(text.to_owned()).split_whitespace().collect::<Vec<_>>().join(" ");
        let text = self.shown(&text).replace('`', "'");
        let text = text.chars().take(limit).collect::<String>().trim_end().to_owned();
        Some(text).filter(|text| !text.is_empty())
    }

    fn redacted(&self, mut text: String) -> String {
        for secret in self.secrets.iter().map(Secret::expose).filter(|secret| !secret.is_empty()) {
            let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            text = text.replace(secret, REDACTED).replace(&encoded, REDACTED);
        }
        text
    }

    /// What a successful body is. Nothing of it is shown but the title of a page, which says whose network it is.
    fn kind_of_body(&self) -> String {
        match self.text().map(str::trim_start) {
            None => "bytes that are no text".into(),
            Some("") => "nothing".into(),
            Some(text) if text.starts_with('<') => self.page(text),
            Some(_) if self.json::<Value>().is_some() => "other JSON".into(),
            Some(_) => "other text".into(),
        }
    }

    /// The title of a page, as far as it is short and plain.
    fn title(&self, page: &str) -> Option<String> {
        let lower = page.to_ascii_lowercase();
        let from = lower.find("<title")?;
        let from = from + lower[from..].find('>')? + 1;
        self.quoted(&page[from..from + lower[from..].find("</title")?], TITLE)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("bytes", &self.body.len()).finish()
    }
}

const REDACTED: &str = "[redacted]";

/// How much of a page's title is shown.
const TITLE: usize = 60;

/// How much is shown of the first line of what is neither a page nor JSON.
const LINE: usize = 80;

/// How much of an answer is read.
const LIMIT: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_comes_back_in_pieces_is_not_shown() {
        for body in [
            "{\"error\": \"canar\u{200b}y7q2\"}",
            r#"{"error": "x", "message": "canary\u00077q2"}"#,
            "\"canar\u{202e}y7q2\"",
            "\"zq+8/   ü\"",
        ] {
            let said = Answer::made(400, &[], body.as_bytes()).said();
            assert!(said.contains(REDACTED), "{said}");
        }
    }

    #[test]
    fn of_what_is_no_json_a_title_or_the_first_line_is_shown_and_no_secret() {
        let long = "x".repeat(500);
        for (body, said) in [
            ("<html><head><title>Sign in to\n the hotel</title>", "a web page: `Sign in to the hotel`"),
            ("\n <!doctype html><p>canary7q2</p>", "a web page"),
            (
                "<TITLE class=x>`canary7q2` & zq%2B8%2F+%C3%BC</TITLE>",
                "a web page: `'[redacted]' & [redacted]`",
            ),
            ("upstream is away\nzq+8/ ü", "`upstream is away`"),
            ("\u{1b}[31mno  such `thing` canary7q2", "`[31mno such 'thing' [redacted]`"),
            ("zq+8/ \t\u{200b}ü", "`[redacted]`"),
            ("[\"no\", \"such thing\"]", "`[\"no\", \"such thing\"]`"),
            (long.as_str(), &format!("`{}`", "x".repeat(80))),
        ] {
            let answer = Answer::made(502, &[], body.as_bytes());
            assert_eq!(answer.said(), format!("the server answered 502: {said}"));
            assert!(answer.into_failure("a host", 0).error.causes()[0].ends_with(said), "{body}");
        }
        for body in [&b""[..], b" \n\t", b"\xff\xfe\x00"] {
            assert_eq!(Answer::made(502, &[], body).said(), "the server answered 502");
        }
    }

    #[test]
    fn a_list_of_errors_has_an_end() {
        let body = format!(r#"{{"error": [{}"x"]}}"#, r#""a long story","#.repeat(10_000));
        let said = Answer::made(400, &[], body.as_bytes()).said();
        assert!(said.contains("a long story; a long story") && said.len() < 500, "{said}");
    }
}
