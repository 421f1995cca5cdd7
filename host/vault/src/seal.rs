//! The sealed form of a secret: versioned, named by its key, bound to the secret's name.
//!
//! ```text
//! 1 byte    version, 1
//! 8 bytes   id of the host's key
//! 32 bytes  salt
//! rest      ChaCha20-Poly1305 of the value, and its tag
//! ```
//!
//! Each sealing has a key of its own, HMAC-SHA-256 of the salt under the host's key, so that its
//! nonce may be constant. Version, key and name are authenticated: what was sealed for one name
//! does not open under another.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::keys::{HostKeys, ID_BYTES, Key, hex};

const VERSION: u8 = 1;
const SALT_BYTES: usize = 32;

/// Seals a value for a name.
pub(crate) fn seal(keys: &HostKeys, name: &str, value: &[u8]) -> Result<Vec<u8>, VaultError> {
    let key = keys.sealing().ok_or(VaultError::Random)?;
    let mut salt = [0; SALT_BYTES];
    SystemRandom::new()
        .fill(&mut salt)
        .map_err(|_| VaultError::Random)?;
    let mut sealed = value.to_vec();
    aead(key, &salt)
        .and_then(|aead| {
            let aad = Aad::from(authenticated(&key.id, name));
            aead.seal_in_place_append_tag(nonce(), aad, &mut sealed)
                .ok()
        })
        .ok_or(VaultError::Random)?;
    Ok([&[VERSION][..], &key.id, &salt, &sealed].concat())
}

/// Opens what was sealed for a name.
pub(crate) fn open(
    keys: &HostKeys,
    name: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let damaged = || VaultError::Damaged {
        name: name.to_owned(),
    };
    let (version, rest) = sealed.split_first().ok_or_else(damaged)?;
    if *version != VERSION {
        return Err(VaultError::Version {
            name: name.to_owned(),
            version: *version,
        });
    }
    let (id, rest) = rest.split_at_checked(ID_BYTES).ok_or_else(damaged)?;
    let (salt, rest) = rest.split_at_checked(SALT_BYTES).ok_or_else(damaged)?;
    let key = keys.of_id(id).ok_or_else(|| VaultError::WrongKey {
        name: name.to_owned(),
        sealed_with: hex(id),
        keys: keys.ids(),
    })?;
    let aead = aead(key, salt).ok_or_else(damaged)?;
    let mut opened = Zeroizing::new(rest.to_vec());
    let aad = Aad::from(authenticated(&key.id, name));
    let length = aead
        .open_in_place(nonce(), aad, &mut opened)
        .map_err(|_| damaged())?
        .len();
    opened.truncate(length);
    Ok(opened)
}

/// Whether it was sealed with the key that seals now.
pub(crate) fn is_current(keys: &HostKeys, sealed: &[u8]) -> bool {
    let id = sealed.get(1..=ID_BYTES);
    keys.sealing().is_some_and(|key| id == Some(&key.id[..]))
}

fn aead(key: &Key, salt: &[u8]) -> Option<LessSafeKey> {
    let derived = key.derive(salt);
    let key = UnboundKey::new(&CHACHA20_POLY1305, &derived).ok()?;
    Some(LessSafeKey::new(key))
}

/// The key is used once.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn authenticated(id: &[u8], name: &str) -> Vec<u8> {
    [b"segue secret", &[VERSION][..], id, name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(text: &str) -> HostKeys {
        HostKeys::parse(text).unwrap()
    }

    fn one() -> HostKeys {
        keys(&"11".repeat(32))
    }

    #[test]
    fn what_is_sealed_opens_under_its_name_and_key_only() {
        let sealed = seal(&one(), "a", b"value").unwrap();
        assert_eq!(*open(&one(), "a", &sealed).unwrap(), b"value");
        assert!(matches!(
            open(&one(), "b", &sealed),
            Err(VaultError::Damaged { .. })
        ));
        let other = keys(&"22".repeat(32));
        let error = open(&other, "a", &sealed).unwrap_err();
        assert!(matches!(error, VaultError::WrongKey { .. }));
        assert!(error.to_string().contains(&other.ids()[0]), "{error}");
        let rotated = keys(&format!("{}\n{}", "22".repeat(32), "11".repeat(32)));
        assert_eq!(*open(&rotated, "a", &sealed).unwrap(), b"value");
        assert!(is_current(&one(), &sealed) && !is_current(&rotated, &sealed));
    }

    #[test]
    fn every_changed_byte_is_found() {
        let sealed = seal(&one(), "a", b"value").unwrap();
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[i] ^= 1;
            assert!(open(&one(), "a", &changed).is_err(), "byte {i}");
            assert!(open(&one(), "a", &sealed[..i]).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn sealing_twice_gives_different_bytes_without_the_value() {
        let (a, b) = (seal(&one(), "a", b"value"), seal(&one(), "a", b"value"));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_ne!(a, b);
        assert!(!a.windows(5).any(|window| window == b"value"));
    }

    #[test]
    fn a_newer_form_is_not_guessed_at() {
        let mut sealed = seal(&one(), "a", b"value").unwrap();
        sealed[0] = 2;
        let error = open(&one(), "a", &sealed).unwrap_err();
        assert!(matches!(error, VaultError::Version { version: 2, .. }));
    }

    proptest! {
        #[test]
        fn any_value_comes_back(value in proptest::collection::vec(any::<u8>(), 0..200), name in "[a-z]{1,10}") {
            let sealed = seal(&one(), &name, &value).unwrap();
            let opened = open(&one(), &name, &sealed).unwrap();
            prop_assert_eq!(&*opened, &value);
        }

        #[test]
        fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(open(&one(), "a", &bytes).is_err());
        }
    }
}
