//! Sealing secrets.

use segue_model::Problem;
use serde_json::Value;

/// Seals secrets, so that nobody can read them in the store without the host's key. Reading
/// them is not the executor's business: the sandbox's egress does it.
pub trait Vault: Send + Sync {
    /// What the store keeps of a secret. The name is sealed in, so that one cannot be passed
    /// off as another.
    fn seal(&self, name: &str, value: &Value) -> Result<Vec<u8>, Problem>;
}
