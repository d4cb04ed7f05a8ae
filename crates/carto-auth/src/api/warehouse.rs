//! The key to the CARTO Data Warehouse: `GET /v3/connections/carto-dw/token`.

use serde_json::{Map, Value};

use super::{Api, not_accepted};
use crate::environment::secure_url;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Call;
use crate::secret::Secret;

/// A Google project and a token that opens it.
///
/// CARTO does not say how long the token lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CartoDwCredentials {
    /// The Google Cloud project of the account's warehouse.
    pub project_id: String,
    /// A Google OAuth 2.0 access token.
    pub token: Secret,
}

impl Api {
    /// Asks the account's API for the key to its warehouse.
    pub(crate) async fn carto_dw_credentials(
        &self,
        base_url: &str,
        token: &Secret,
    ) -> Result<CartoDwCredentials> {
        let url = secure_url(&format!("{base_url}/v3/connections/carto-dw/token"), "API base URL")?;
        let answer = self.sender.send(Call::get(url).bearer(token)).await?;
        match answer.status {
            200..300 => {}
            401 => return Err(not_accepted(&answer)),
            403 | 404 => {
                return Err(Error::new(ErrorKind::Warehouse, "there is no CARTO Data Warehouse for this account")
                    .because(answer.said())
                    .hint(
                        "check `carto-auth status --field api_base_url`; a self-hosted CARTO has a warehouse only where \
                         its administrator has turned it on",
                    )
                    .status(answer.status));
            }
            _ => return Err(answer.unexpected("the key to a warehouse")),
        }
        let body: Map<String, Value> =
            answer.json().ok_or_else(|| answer.unexpected("the key to a warehouse"))?;
        let text = |name: &str| match body.get(name) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
            _ => Err(answer
                .unexpected("the key to a warehouse")
                .because(format!("`{name}` is missing or is not text"))),
        };
        Ok(CartoDwCredentials { project_id: text("projectId")?, token: Secret::new(text("token")?) })
    }
}
