//! The host's keys: one seals, all of them open.

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// The most keys of a host: the present one, and those that it replaced.
const KEYS_MAX: usize = 8;
/// Bytes of the name of a key.
pub(crate) const ID_BYTES: usize = 8;

/// The keys of a host, the sealing one first. They print as their ids.
pub struct HostKeys {
    keys: Vec<Key>,
}

/// One key.
pub(crate) struct Key {
    bytes: [u8; KEY_BYTES],
    /// Says which key it is and nothing about it.
    pub(crate) id: [u8; ID_BYTES],
}

/// A text that holds no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A line that is no key.
    #[error(
        "line {line} is no key: a key is 64 hexadecimal digits, for example from `openssl rand -hex 32`"
    )]
    Line {
        /// Which, from 1.
        line: usize,
    },
    /// No key, or more than anybody rotates.
    #[error("1 to {KEYS_MAX} keys are expected, one a line, and there are {found}")]
    Count {
        /// How many there are.
        found: usize,
    },
}

impl HostKeys {
    /// Reads keys, one a line in hexadecimal digits. The first seals; the others open what was
    /// sealed before.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(_, line)| !line.trim().is_empty());
        let keys: Vec<Key> = lines
            .map(|(i, line)| Key::parse(line.trim()).ok_or(KeyError::Line { line: i + 1 }))
            .collect::<Result<_, _>>()?;
        match keys.len() {
            1..=KEYS_MAX => Ok(HostKeys { keys }),
            found => Err(KeyError::Count { found }),
        }
    }

    /// The text of a new key, for [`HostKeys::parse`]; `None` where the system gives no random
    /// bytes.
    pub fn generate() -> Option<Zeroizing<String>> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        SystemRandom::new().fill(&mut *bytes).ok()?;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Zeroizing::new(format!("{digits}\n")))
    }

    /// Whether there are keys that only open.
    pub fn has_older(&self) -> bool {
        self.keys.len() > 1
    }

    /// The one that seals.
    pub(crate) fn sealing(&self) -> Option<&Key> {
        self.keys.first()
    }

    pub(crate) fn of_id(&self, id: &[u8]) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.keys.iter().map(|key| hex(&key.id)).collect()
    }
}

impl std::fmt::Debug for HostKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HostKeys({})", self.ids().join(", "))
    }
}

impl Key {
    fn parse(line: &str) -> Option<Key> {
        if line.len() != 2 * KEY_BYTES || !line.is_ascii() {
            return None;
        }
        let mut bytes = [0; KEY_BYTES];
        for (i, byte) in bytes.iter_mut().enumerate() {
            let digits = line.get(2 * i..2 * i + 2)?;
            if digits.contains('+') {
                return None;
            }
            *byte = u8::from_str_radix(digits, 16).ok()?;
        }
        let hash = Sha256::new()
            .chain_update(b"segue vault key id 1")
            .chain_update(bytes)
            .finalize();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(hash.get(..ID_BYTES)?);
        Some(Key { bytes, id })
    }

    /// The key of one sealing: `salt` is random, so that it is used once.
    pub(crate) fn derive(&self, salt: &[u8]) -> Zeroizing<Vec<u8>> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.bytes);
        let mut context = hmac::Context::with_key(&key);
        context.update(b"segue vault sealing 1");
        context.update(salt);
        Zeroizing::new(context.sign().as_ref().to_vec())
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_one_a_line_and_the_first_seals() {
        let (a, b) = ("ab".repeat(32), "CD".repeat(32));
        let keys = HostKeys::parse(&format!("{a}\n\n {b} \n")).unwrap();
        assert_eq!(keys.keys.len(), 2);
        assert_eq!(keys.sealing().unwrap().bytes, [0xab; 32]);
        assert!(keys.has_older());
        assert_ne!(keys.ids()[0], keys.ids()[1]);
    }

    #[test]
    fn what_is_no_key_is_named_by_its_line() {
        let good = "ab".repeat(32);
        for bad in ["short", &"zz".repeat(32), &"+1".repeat(32), &"ä".repeat(32)] {
            let error = HostKeys::parse(&format!("{good}\n{bad}\n")).unwrap_err();
            assert_eq!(error, KeyError::Line { line: 2 }, "{bad}");
        }
        assert_eq!(
            HostKeys::parse("\n").unwrap_err(),
            KeyError::Count { found: 0 }
        );
        let many = format!("{good}\n").repeat(9);
        assert_eq!(
            HostKeys::parse(&many).unwrap_err(),
            KeyError::Count { found: 9 }
        );
    }

    #[test]
    fn a_new_key_can_be_read_and_prints_as_its_id() {
        let text = HostKeys::generate().unwrap();
        let keys = HostKeys::parse(&text).unwrap();
        let shown = format!("{keys:?}");
        assert!(
            shown.contains(&keys.ids()[0]) && !shown.contains(text.trim()),
            "{shown}"
        );
        assert_ne!(*HostKeys::generate().unwrap(), *text);
    }
}
