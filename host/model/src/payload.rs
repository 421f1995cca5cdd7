//! JSON values as they travel through the host: parsed once, written once, shared.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::id::Digest;

/// Payloads of this many bytes of JSON or more are stored once by content hash instead of
/// inline: below it, the row that refers would be as large as what it refers to.
pub const PAYLOAD_INLINE_MAX: usize = 1024;

/// Levels of arrays and objects in a value that a run carries. serde_json reads 127 of them;
/// the difference is for what the value stands in: state rows, journal entries, API answers.
/// A deeper one could be written, and never read again.
pub const PAYLOAD_DEPTH_MAX: u32 = 100;

/// Bytes of JSON that one template may make, about: as many as one expression may. A document
/// that puts its own data into itself again and again would otherwise double it every time.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;

/// An immutable JSON value. Cloning shares it; its text is made at most once.
#[derive(Clone)]
pub struct Payload(Arc<Inner>);

struct Inner {
    value: OnceLock<Value>,
    text: OnceLock<String>,
    digest: OnceLock<Digest>,
    /// Set where only the digest is known so far: a row was read whose payload is stored
    /// elsewhere. Such a payload must be resolved before anybody looks at it.
    missing: bool,
}

impl Payload {
    /// A payload of a value.
    pub fn new(value: Value) -> Self {
        Self::build(Some(value), None, None, false)
    }

    /// The payload `null`.
    pub fn null() -> Self {
        Self::new(Value::Null)
    }

    /// A payload of a JSON text. Errors where the text is not one JSON document of at most
    /// [`PAYLOAD_DEPTH_MAX`] levels.
    ///
    /// Only the value is kept: its spelling (spaces, escapes, `1.0` or `10e-1`) does not
    /// survive a restart, so nothing that a step is given may depend on it.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let value: Value = serde_json::from_str(text)?;
        if Extent::of(&value).depth > PAYLOAD_DEPTH_MAX {
            return Err(serde::de::Error::custom(format_args!(
                "it nests deeper than {PAYLOAD_DEPTH_MAX} levels"
            )));
        }
        Ok(Self::new(value))
    }

    /// A payload that was stored: its text is what [`Payload::text`] gave, and `digest` the
    /// digest of it.
    pub fn stored(digest: Digest, text: String) -> Result<Self, serde_json::Error> {
        let value = serde_json::from_str(&text)?;
        Ok(Self::build(Some(value), Some(text), Some(digest), false))
    }

    /// Stands for a stored payload until [`Payload::is_missing`] is mended by the reader.
    pub fn missing(digest: Digest) -> Self {
        Self::build(Some(Value::Null), None, Some(digest), true)
    }

    fn build(
        value: Option<Value>,
        text: Option<String>,
        digest: Option<Digest>,
        missing: bool,
    ) -> Self {
        let fill = |v: Option<Value>| v.map_or_else(OnceLock::new, OnceLock::from);
        Payload(Arc::new(Inner {
            value: fill(value),
            text: text.map_or_else(OnceLock::new, OnceLock::from),
            digest: digest.map_or_else(OnceLock::new, OnceLock::from),
            missing,
        }))
    }

    /// The value.
    pub fn value(&self) -> &Value {
        // Every constructor sets the value; `Null` is never reached.
        self.0.value.get_or_init(|| Value::Null)
    }

    /// The value as compact JSON text.
    pub fn text(&self) -> &str {
        self.0.text.get_or_init(|| self.value().to_string())
    }

    /// The SHA-256 of [`Payload::text`].
    pub fn digest(&self) -> Digest {
        *self
            .0
            .digest
            .get_or_init(|| Digest::of(self.text().as_bytes()))
    }

    /// Whether it is stored by content hash rather than inline.
    pub fn is_large(&self) -> bool {
        self.0.missing || self.text().len() >= PAYLOAD_INLINE_MAX
    }

    /// Whether only its digest is known.
    pub fn is_missing(&self) -> bool {
        self.0.missing
    }
}

/// How large a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Levels of arrays and objects: none for a scalar.
    pub depth: u32,
    /// About the bytes of its JSON text.
    pub bytes: usize,
}

impl Extent {
    /// Measures a value. Recursive: for values from a parser or an expression, which both
    /// have a limit of their own.
    pub fn of(value: &Value) -> Extent {
        /// What a number, a literal or a pair of brackets takes, with what parts it from
        /// its neighbour.
        const SCALAR: usize = 8;
        let leaf = |bytes| Extent { depth: 0, bytes };
        let empty = Extent {
            depth: 1,
            bytes: SCALAR,
        };
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => leaf(SCALAR),
            Value::String(text) => leaf(text.len().saturating_add(SCALAR)),
            Value::Array(items) => items
                .iter()
                .fold(empty, |sum, item| sum.around(0, Extent::of(item))),
            Value::Object(members) => members.iter().fold(empty, |sum, (name, member)| {
                sum.around(name.len().saturating_add(SCALAR), Extent::of(member))
            }),
        }
    }

    /// With one more item, before which `bytes` stand.
    fn around(self, bytes: usize, item: Extent) -> Extent {
        Extent {
            depth: self.depth.max(item.depth.saturating_add(1)),
            bytes: self.bytes.saturating_add(bytes).saturating_add(item.bytes),
        }
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        if self.0.missing || other.0.missing {
            return self.digest() == other.digest();
        }
        self.value() == other.value()
    }
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.missing {
            return write!(f, "Payload({})", self.digest());
        }
        write!(f, "Payload({})", self.text())
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Payload::new(value)
    }
}

/// The stored form: `{"inline": …}`, or `{"stored": "sha256:…"}` for a large one.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Form<'a> {
    Inline(&'a Value),
    Stored(Digest),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum OwnedForm {
    Inline(Value),
    Stored(Digest),
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = if self.is_large() {
            Form::Stored(self.digest())
        } else {
            Form::Inline(self.value())
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match OwnedForm::deserialize(deserializer)? {
            OwnedForm::Inline(value) => Payload::new(value),
            OwnedForm::Stored(digest) => Payload::missing(digest),
        })
    }
}

/// Something that holds payloads: lets a writer collect the large ones and a reader fill
/// in the missing ones, without knowing the shape of what holds them.
pub trait Payloads {
    /// Calls `visit` on every payload held, in a fixed order.
    fn visit_payloads(&mut self, visit: &mut dyn FnMut(&mut Payload));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn small_payloads_stand_inline_and_large_ones_by_digest() {
        let small = Payload::new(json!({"a": 1}));
        let large = Payload::new(json!("x".repeat(PAYLOAD_INLINE_MAX)));
        assert_eq!(
            serde_json::to_value(&small).unwrap(),
            json!({"inline": {"a": 1}})
        );
        let stored = serde_json::to_value(&large).unwrap();
        assert_eq!(stored, json!({"stored": large.digest()}));
        let back: Payload = serde_json::from_value(stored).unwrap();
        assert!(back.is_missing() && back == large);
    }

    #[test]
    fn the_spelling_of_what_was_parsed_is_not_kept() {
        let payload = Payload::parse("{ \"a\" : 10e-1 }").unwrap();
        assert_eq!(payload.text(), "{\"a\":1.0}");
        assert!(Payload::parse("{").is_err());
    }

    #[test]
    fn what_is_written_reads_back_the_same_to_the_last_bit() {
        let mut bits: u64 = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..20_000 {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            let number = f64::from_bits(bits);
            if number.is_finite() {
                let payload = Payload::new(json!([number]));
                let row = serde_json::to_string(&payload).unwrap();
                let back: Payload = serde_json::from_str(&row).unwrap();
                assert_eq!(back.text(), payload.text());
            }
        }
    }

    #[test]
    fn a_value_of_the_deepest_sort_can_be_read_again_inside_of_a_row() {
        let nested = |levels: u32| {
            let open = "[".repeat(levels as usize);
            format!("{open}{}", "]".repeat(levels as usize))
        };
        let payload = Payload::parse(&nested(PAYLOAD_DEPTH_MAX)).unwrap();
        let row = json!({"active": {"doing": {"input": payload, "more": [[[[[[[[]]]]]]]]}}});
        let row = row.to_string();
        assert!(serde_json::from_str::<Value>(&row).is_ok());
        assert!(Payload::parse(&nested(PAYLOAD_DEPTH_MAX + 1)).is_err());
    }

    #[test]
    fn an_extent_counts_levels_and_about_the_bytes() {
        assert_eq!(Extent::of(&json!(1)).depth, 0);
        assert_eq!(Extent::of(&json!({"a": [[]], "b": 1})).depth, 3);
        let large = json!({"a": "x".repeat(1000), "b": ["y".repeat(500)]});
        let (about, exact) = (Extent::of(&large).bytes, large.to_string().len());
        assert!(about.abs_diff(exact) < 100, "{about} is not about {exact}");
    }
}
