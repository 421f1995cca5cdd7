//! Secrets on the wire: names, never values.

use segue_executor::SecretRecord;
use serde::Serialize;
use utoipa::ToSchema;

/// All secrets, by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct Secrets {
    pub(crate) secrets: Vec<SecretItem>,
}

/// A secret as it is listed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Secret)]
pub(crate) struct SecretItem {
    name: String,
    /// When it was last put (RFC 3339).
    updated_at: String,
}

impl From<SecretRecord> for SecretItem {
    fn from(record: SecretRecord) -> Self {
        SecretItem {
            name: record.name,
            updated_at: record.updated_at.rfc3339(),
        }
    }
}
