//! JSON values as they travel through the host: parsed once, written once, shared.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::id::Digest;

/// Payloads of this many bytes of JSON or more are stored once by content hash instead of
/// inline: below it, the row that refers would be as large as what it refers to.
pub const PAYLOAD_INLINE_MAX: usize = 1024;

/// An immutable JSON value. Cloning shares it; its text and its value are each made at
/// most once, whichever it was built from.
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

    /// A payload of a JSON text. Errors where the text is not one JSON document, with
    /// serde_json's limit of 128 levels of nesting.
    pub fn parse(text: String) -> Result<Self, serde_json::Error> {
        let value = serde_json::from_str(&text)?;
        Ok(Self::build(Some(value), Some(text), None, false))
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
    fn text_that_was_parsed_is_kept_as_it_was() {
        let payload = Payload::parse("{ \"a\" : 1.0 }".to_owned()).unwrap();
        assert_eq!(payload.text(), "{ \"a\" : 1.0 }");
        assert!(Payload::parse("{".to_owned()).is_err());
    }
}
