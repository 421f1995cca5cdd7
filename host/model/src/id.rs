//! Typed identifiers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The identity of a run: `run-` and 26 characters of Crockford base 32, which hold 48
/// bits of milliseconds and 80 random bits (the layout of a ULID), so that ids sort by
/// age. Shape-checked when parsed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const RUN_PREFIX: &str = "run-";
const ULID_CHARS: usize = 26;

/// A text that is no id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {kind}: expected {shape}")]
pub struct IdError {
    /// What was given.
    pub text: String,
    /// What it should have been.
    pub kind: &'static str,
    /// How that looks.
    pub shape: &'static str,
}

impl RunId {
    /// Builds an id from a creation time (milliseconds since 1970) and 10 random bytes.
    pub fn new(created_ms: u64, random: [u8; 10]) -> Self {
        let mut bits = u128::from(created_ms & 0xffff_ffff_ffff) << 80;
        for (i, byte) in random.iter().enumerate() {
            bits |= u128::from(*byte) << (72 - 8 * i);
        }
        RunId::from_bytes(bits.to_be_bytes())
    }

    /// Builds an id from its 128 bits, as [`RunId::to_bytes`] gives them.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(bytes);
        let chars = (0..ULID_CHARS).rev().map(|i| {
            let digit = (bits >> (5 * i)) & 31;
            char::from(CROCKFORD.get(digit as usize).copied().unwrap_or(b'0'))
        });
        RunId(RUN_PREFIX.chars().chain(chars).collect())
    }

    /// The id's 128 bits, big end first: bytes sort as the text does.
    pub fn to_bytes(&self) -> [u8; 16] {
        let chars = self.0.bytes().skip(RUN_PREFIX.len());
        let bits = chars.fold(0u128, |bits, c| {
            (bits << 5) | u128::from(crockford_value(c))
        });
        bits.to_be_bytes()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // 26 digits hold 130 bits: a first digit above 7 would overflow the 128 of an id.
        let ok = text.strip_prefix(RUN_PREFIX).is_some_and(|rest| {
            rest.len() == ULID_CHARS
                && rest.bytes().all(|b| CROCKFORD.contains(&b))
                && rest.starts_with(|c| c <= '7')
        });
        if ok {
            Ok(RunId(text.to_owned()))
        } else {
            Err(IdError {
                text: clip(text),
                kind: "run id",
                shape: "`run-` and 26 characters of base 32, as `segue runs list` prints them",
            })
        }
    }
}

impl TryFrom<String> for RunId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> String {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256 digest (FIPS 180-4), written `sha256:` and 64 hexadecimal digits as OCI does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(Sha256::digest(bytes).into())
    }

    /// Wraps 32 bytes that are a digest already.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Digest(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hexadecimal digits, without the `sha256:`.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// The first 12 digits: for people, never as a key.
    pub fn short(&self) -> String {
        self.hex().chars().take(12).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix("sha256:")
            .and_then(unhex)
            .map(Digest)
            .ok_or_else(|| IdError {
                text: clip(text),
                kind: "digest",
                shape: "`sha256:` and 64 hexadecimal digits",
            })
    }
}

impl TryFrom<String> for Digest {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

/// 32 random bytes, drawn when a run starts and stored with it: the source of all
/// randomness in its pure steps.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// A seed for one place in the run: this seed with `parts` mixed in. Parts are
    /// length-prefixed, so that different lists never mix to the same seed.
    pub fn derive(&self, parts: &[&[u8]]) -> Seed {
        Seed(mix(&self.0, parts))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

impl TryFrom<String> for Seed {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        unhex(&text).map(Seed).ok_or_else(|| IdError {
            text: clip(&text),
            kind: "seed",
            shape: "64 hexadecimal digits",
        })
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> String {
        hex(&seed.0)
    }
}

/// Stable over every attempt of one activation of a task, crashes included; different
/// between activations and between runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key of the `iteration`-th activation of the task at `pointer` in `run`.
    /// `lineage` tells activations apart whose enclosing loops or branches differ.
    pub fn derive(run: &RunId, pointer: &str, lineage: &str, iteration: u32) -> Self {
        let parts: [&[u8]; 4] = [
            run.as_str().as_bytes(),
            pointer.as_bytes(),
            lineage.as_bytes(),
            &iteration.to_be_bytes(),
        ];
        let digest = mix(b"segue idempotency key 1", &parts);
        IdempotencyKey(hex(&digest[..16]))
    }

    /// The key as text: 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The three parts that name a workflow: `namespace/name:version`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WorkflowName {
    /// A label as in DNS: up to 63 letters, digits and inner hyphens.
    pub namespace: String,
    /// A label, as the namespace.
    pub name: String,
    /// Semantic Versioning 2.0.0.
    pub version: semver::Version,
}

impl fmt::Display for WorkflowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.namespace, self.name, self.version)
    }
}

impl FromStr for WorkflowName {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let parse = || {
            let (path, version) = text.rsplit_once(':')?;
            let (namespace, name) = path.split_once('/')?;
            let version = version.parse().ok()?;
            (is_label(namespace) && is_label(name)).then(|| WorkflowName {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                version,
            })
        };
        parse().ok_or_else(|| IdError {
            text: clip(text),
            kind: "workflow name",
            shape: "`namespace/name:version`, for example `shop/order:1.0.0`",
        })
    }
}

/// Whether `text` may be a namespace or a name of a workflow (OWS DSL 1.0.3).
pub fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let inner = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
    let end = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    bytes.len() <= 63 && bytes.iter().all(inner) && end(bytes.first()) && end(bytes.last())
}

/// Whether `text` may be the name of a plugin or of a step: lower-case letters, digits
/// and hyphens, starting with a letter, at most 63 characters.
pub fn is_plugin_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

fn mix(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in std::iter::once(&key).chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The value of a digit of [`CROCKFORD`]; the shape was checked when the id was parsed.
fn crockford_value(char: u8) -> u8 {
    match char {
        b'0'..=b'9' => char - b'0',
        b'a'..=b'h' => char - b'a' + 10,
        b'j' | b'k' => char - b'j' + 18,
        b'm' | b'n' => char - b'm' + 20,
        b'p'..=b't' => char - b'p' + 22,
        b'v'..=b'z' => char - b'v' + 27,
        _ => 0,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let bytes = text.as_bytes();
    if bytes.len() != 64 {
        return None;
    }
    let mut out = [0u8; 32];
    for (slot, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        let text = std::str::from_utf8(pair).ok()?;
        *slot = u8::from_str_radix(text, 16).ok()?;
    }
    Some(out)
}

/// Foreign text in an error message stays short.
fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_sort_by_age_and_parse_back() {
        let old = RunId::new(1_700_000_000_000, [0xff; 10]);
        let new = RunId::new(1_700_000_000_001, [0; 10]);
        assert!(old < new);
        assert_eq!(RunId::from_bytes(old.to_bytes()), old);
        assert!(old.to_bytes() < new.to_bytes());
        assert!("run-80000000000000000000000000".parse::<RunId>().is_err());
        assert_eq!(old.as_str().parse::<RunId>(), Ok(old));
        assert!("run-short".parse::<RunId>().is_err());
        assert!("RUN-0000000000000000000000000".parse::<RunId>().is_err());
    }

    #[test]
    fn every_digit_of_a_run_id_has_its_value() {
        for (value, char) in CROCKFORD.iter().enumerate() {
            assert_eq!(usize::from(crockford_value(*char)), value);
        }
        let id = RunId::from_bytes([0xff; 16]);
        assert_eq!(id.as_str(), "run-7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(id.to_bytes(), [0xff; 16]);
    }

    #[test]
    fn digests_print_as_oci_writes_them() {
        let digest = Digest::of(b"");
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.parse::<Digest>(), Ok(digest));
    }

    #[test]
    fn idempotency_keys_tell_activations_apart() {
        let run = RunId::new(1, [1; 10]);
        let key = |p: &str, l: &str, i| IdempotencyKey::derive(&run, p, l, i);
        assert_eq!(key("/do/0/a", "", 0), key("/do/0/a", "", 0));
        assert_ne!(key("/do/0/a", "", 0), key("/do/0/a", "", 1));
        assert_ne!(key("/do/0/a", "1", 0), key("/do/0/a1", "", 0));
    }

    #[test]
    fn labels_follow_the_specification() {
        assert!(is_label("order-2") && is_label("A"));
        assert!(!is_label("") && !is_label("-a") && !is_label("a-") && !is_label("a_b"));
        assert!(is_label(&"a".repeat(63)) && !is_label(&"a".repeat(64)));
    }
}
