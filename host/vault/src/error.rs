//! Why the vault did not do what it was asked.

use segue_store::StoreError;

use crate::name::NAME_CHARS_MAX;
use crate::vault::{SECRET_BYTES_MAX, SECRET_DEPTH_MAX};

/// A refusal or failure of the vault. None of them tells of a value.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Not a name that a secret can have.
    #[error(
        "`{}` is no name for a secret: use letters, digits, `_` and `-`, beginning with a letter or `_`, at most {NAME_CHARS_MAX} characters",
        shown(name)
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Not a value that a secret can have.
    #[error(
        "a secret is a JSON string or a JSON object of at most {SECRET_BYTES_MAX} bytes and {SECRET_DEPTH_MAX} levels: {detail}"
    )]
    Value {
        /// What is wrong with it.
        detail: String,
    },
    /// Sealed with a key that the host does not have.
    #[error(
        "the secret `{name}` was sealed with key {sealed_with}, and this host has {}; bring that key back, or store the secret again",
        keys.join(", ")
    )]
    WrongKey {
        /// The secret.
        name: String,
        /// The id of the key that it was sealed with.
        sealed_with: String,
        /// The ids of the host's keys.
        keys: Vec<String>,
    },
    /// Not what was sealed: cut, changed, or another secret's.
    #[error("the secret `{name}` is damaged in the store; store it again")]
    Damaged {
        /// The secret.
        name: String,
    },
    /// Written by a newer version.
    #[error("the secret `{name}` has the sealed form {version}, which this version does not know")]
    Version {
        /// The secret.
        name: String,
        /// The form.
        version: u8,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn shown(name: &str) -> String {
    name.chars()
        .take(NAME_CHARS_MAX)
        .flat_map(char::escape_debug)
        .collect()
}
