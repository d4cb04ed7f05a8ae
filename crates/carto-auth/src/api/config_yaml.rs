//! What a tenant says of itself: `config.yaml`, a public file.

use serde::Deserialize;

use super::Api;
use super::accounts::Tenant;
use crate::environment::secure_url;
use crate::error::Result;
use crate::http::{Answer, Call};

#[derive(Debug, Deserialize)]
struct Document {
    apis: Apis,
}

#[derive(Debug, Deserialize)]
struct Apis {
    #[serde(rename = "baseUrl")]
    base_url: String,
}

impl Api {
    /// Asks a tenant for `apis.baseUrl`, without a token.
    pub(super) async fn stated_base_url(&self, tenant: &Tenant) -> Result<String> {
        let url =
            secure_url(&format!("{}://{}/config.yaml", tenant.scheme, tenant.domain), "tenant's address")?;
        let answer = self.sender.send(Call::get(url)).await?;
        let wanted = "a `config.yaml` that names `apis.baseUrl`";
        if !answer.is_success() {
            return Err(answer.unexpected(wanted));
        }
        read(&answer).ok_or_else(|| answer.unexpected(wanted))
    }
}

fn read(answer: &Answer) -> Option<String> {
    parse(answer.text()?)
}

/// Reads the YAML with the reader's limits on depth, aliases and size.
pub(super) fn parse(text: &str) -> Option<String> {
    serde_saphyr::from_str::<Document>(text)
        .inspect_err(|error| tracing::debug!(%error, "config.yaml cannot be read"))
        .ok()
        .map(|document| document.apis.base_url)
        .filter(|url| !url.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_url_is_found_among_other_things() {
        let text = "apis:\n  baseUrl: \"https://a.carto.com\"\n  workspaceUrl: https://w.carto.com\nother: [1, {x: y}]\n";
        assert_eq!(parse(text).as_deref(), Some("https://a.carto.com"));
    }

    #[test]
    fn what_is_no_such_file_is_told_from_one() {
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\n".to_owned()
            + &(0..60).map(|i| format!("l{i}: [*d, *d, *d, *d]\n")).collect::<String>();
        for text in [
            "",
            "apis:",
            "apis: {}",
            "apis: {baseUrl: }",
            "apis: {baseUrl: [a]}",
            "apis: {baseUrl: ''}",
            "- a",
            "<html></html>",
            "apis: {baseUrl: a",
            &"[".repeat(100_000),
            &bomb,
        ] {
            assert_eq!(parse(text), None, "{:.40}", text);
        }
    }
}
