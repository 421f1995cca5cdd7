//! Secrets as the rest of the host sees them: names and placeholders, never values. A value is
//! known to the vault, and for the time of one request to the egress that needs it.

use serde::{Deserialize, Serialize};

use crate::id::Seed;

/// A place inside of a secret: the secret's name, and members below it (none: the whole).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SecretPath {
    /// The secret.
    pub name: String,
    /// Members below it, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

/// A placeholder and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretBinding {
    /// The text that stands for it in a run.
    pub placeholder: String,
    /// What replaces it at egress.
    pub path: SecretPath,
}

/// What placeholders begin with.
pub const PLACEHOLDER_PREFIX: &str = "segue-secret-";

impl SecretPath {
    /// The whole secret of that name.
    pub fn whole(name: impl Into<String>) -> SecretPath {
        SecretPath {
            name: name.into(),
            members: Vec::new(),
        }
    }

    /// What stands for it in one run: the same in every re-execution, and not to be guessed
    /// from outside of the run. 32 hexadecimal digits after [`PLACEHOLDER_PREFIX`].
    pub fn placeholder(&self, seed: &Seed) -> String {
        let mut parts: Vec<&[u8]> = vec![b"secret", self.name.as_bytes()];
        parts.extend(self.members.iter().map(|member| member.as_bytes()));
        let digits = String::from(seed.derive(&parts));
        let short: String = digits.chars().take(32).collect();
        format!("{PLACEHOLDER_PREFIX}{short}")
    }
}

impl std::fmt::Display for SecretPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        self.members.iter().try_for_each(|m| write!(f, ".{m}"))
    }
}
