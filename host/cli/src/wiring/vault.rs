//! The vault of a host: its keys in the data directory, and the ports behind which it stands.

use std::sync::Arc;

use async_trait::async_trait;
use segue_model::Problem;
use segue_model::problem::Kind;
use segue_runtime::{SecretError, SecretSource, SecretValue};
use segue_store::Secrets;
use segue_vault::{HostKeys, Vault, VaultError};
use serde_json::Value;

use crate::error::CliError;
use crate::files::DataDir;

/// The file of the keys that seal secrets.
pub(super) const KEYS: &str = "vault.key";

/// Opens the vault over a store. Where there are older keys, what they sealed is sealed anew.
pub(super) async fn vault(data: &DataDir, store: Arc<dyn Secrets>) -> Result<Vault, CliError> {
    let keys = keys(data)?;
    let older = keys.has_older();
    let vault = Vault::new(store, keys);
    if older {
        match vault.reseal().await {
            Ok(0) => tracing::info!("every secret is sealed with the first key of {KEYS}"),
            Ok(resealed) => {
                tracing::info!(resealed, "secrets were sealed with the first key of {KEYS}")
            }
            // They open as before; but the older keys are still needed.
            Err(error) => {
                tracing::warn!(%error, "not every secret could be sealed with the first key of {KEYS}; keep the others")
            }
        }
    }
    Ok(vault)
}

/// The keys; made where there is no file. One that cannot be read is never replaced: what it
/// sealed would be lost.
fn keys(data: &DataDir) -> Result<HostKeys, CliError> {
    let path = data.path().join(KEYS);
    let unusable = |detail: String| CliError::Start {
        detail,
        source: None,
    };
    if let Some(stored) = data.read(KEYS)?.map(zeroize::Zeroizing::new) {
        let text = std::str::from_utf8(&stored).unwrap_or_default();
        return HostKeys::parse(text).map_err(|error| {
            unusable(format!(
                "the keys in {} cannot be used: {error}",
                path.display()
            ))
        });
    }
    let text = HostKeys::generate()
        .ok_or_else(|| unusable("the system gives no random bytes".to_owned()))?;
    data.write_secret(KEYS, text.as_bytes())?;
    HostKeys::parse(&text).map_err(|error| {
        unusable(format!(
            "the new key in {} cannot be used: {error}",
            path.display()
        ))
    })
}

/// The vault as the egress sees it.
pub(super) struct Source(pub(super) Vault);

#[async_trait]
impl SecretSource for Source {
    async fn reveal(&self, name: &str) -> Result<Option<SecretValue>, SecretError> {
        match self.0.reveal(name).await {
            Ok(Some(text)) => match text.value() {
                Some(value) => Ok(Some(SecretValue::new(value))),
                None => Err(SecretError(format!(
                    "the secret `{name}` is damaged in the store"
                ))),
            },
            Ok(None) => Ok(None),
            Err(error) => Err(SecretError(error.to_string())),
        }
    }
}

/// The vault as the executor sees it: it seals.
pub(super) struct Sealer(pub(super) Vault);

impl segue_executor::Vault for Sealer {
    fn seal(&self, name: &str, value: &Value) -> Result<Vec<u8>, Problem> {
        self.0.seal(name, value).map_err(|error| {
            let kind = match error {
                VaultError::Name { .. } | VaultError::Value { .. } => Kind::BadRequest,
                _ => Kind::Internal,
            };
            Problem::new(kind, error.to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_never_replaced() {
        let above = tempfile::tempdir().unwrap();
        let data = DataDir::create(&above.path().join("data")).unwrap();
        let first = format!("{:?}", keys(&data).unwrap());
        assert_eq!(format!("{:?}", keys(&data).unwrap()), first);
        data.write_secret(KEYS, b"rubbish").unwrap();
        let error = keys(&data).unwrap_err().to_string();
        assert!(
            error.contains("vault.key") && error.contains("line 1"),
            "{error}"
        );
        assert_eq!(data.read(KEYS).unwrap().unwrap(), b"rubbish");
    }
}
