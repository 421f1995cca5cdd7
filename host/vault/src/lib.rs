//! The vault: secrets, sealed with the host's key before any store sees them.
//!
//! [`Vault`] puts, lists, deletes and reveals. Nothing here prints a value: there is no way to
//! read one but [`Vault::reveal`], which the wiring hands to the egress and to nobody else.

mod error;
mod keys;
mod name;
mod seal;
mod vault;

pub use error::VaultError;
pub use keys::{HostKeys, KEY_BYTES, KeyError};
pub use name::{NAME_CHARS_MAX, is_secret_name};
pub use vault::{SECRET_BYTES_MAX, SECRET_DEPTH_MAX, SecretText, Vault};
