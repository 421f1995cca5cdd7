//! Binary mode (CloudEvents 1.0.2, HTTP Protocol Binding, 3.1): attributes are headers, the
//! body is the data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::error::EventError;
use super::{json, within};

/// What begins the name of a header that is an attribute.
const PREFIX: &str = "ce-";

/// The headers of a request that matter to events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers<'a> {
    content_type: Option<&'a [u8]>,
    /// Attributes by name in lower case, in the order of the request.
    attributes: Vec<(String, &'a [u8])>,
}

impl<'a> Headers<'a> {
    /// Picks them out of all headers of a request.
    pub fn new(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut found = Headers::default();
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            if name == "content-type" {
                found.content_type = Some(value);
            } else if let Some(name) = name.strip_prefix(PREFIX) {
                found.attributes.push((name.to_owned(), value));
            }
        }
        found
    }

    /// Whether the request looks like binary mode.
    pub fn is_binary(&self) -> bool {
        self.attributes
            .iter()
            .any(|(name, _)| name == "specversion")
            || (self.attributes.iter().any(|(name, _)| name == "id")
                && self.attributes.iter().any(|(name, _)| name == "type"))
    }

    /// The media type without parameters, in lower case.
    pub(super) fn media_type(&self) -> Option<String> {
        let text = std::str::from_utf8(self.content_type?).ok()?;
        let essence = text.split(';').next().unwrap_or_default();
        Some(essence.trim().to_ascii_lowercase())
    }
}

/// The envelope of a request in binary mode, not checked yet.
pub(super) fn envelope(
    headers: &Headers<'_>,
    body: &[u8],
) -> Result<Map<String, Value>, EventError> {
    let mut envelope = Map::new();
    for (name, value) in &headers.attributes {
        if matches!(name.as_str(), "data" | "data_base64" | "datacontenttype") {
            let fix = "the data is the body, and its type stands in `Content-Type`";
            return Err(broken(name, "cannot be a `ce-` header", fix));
        }
        within(value.len(), super::EVENT_BYTES_MAX)?;
        let text = decoded(value).ok_or_else(|| {
            let fix = "write it in ASCII, other characters as %XX of their UTF-8 bytes";
            broken(name, "is no text once it is decoded", fix)
        })?;
        if envelope.insert(name.clone(), Value::String(text)).is_some() {
            return Err(broken(name, "was sent twice", "send each header once"));
        }
    }
    if let Some(value) = headers.content_type {
        let text = std::str::from_utf8(value).unwrap_or_default();
        envelope.insert("datacontenttype".to_owned(), text.trim().into());
    }
    if !body.is_empty() {
        let (name, data) = data(headers.media_type().as_deref(), body)?;
        envelope.insert(name.to_owned(), data);
    }
    Ok(envelope)
}

/// The data as the JSON format holds it: JSON as itself, text as a string, the rest in base64.
fn data(media: Option<&str>, body: &[u8]) -> Result<(&'static str, Value), EventError> {
    let Some(media) = media else {
        // JSON is what an event without a type holds (JSON format, 3.1).
        return json(body).map(|value| ("data", value)).map_err(|_| {
            let fix = "say with `Content-Type` what the body is";
            broken(
                "datacontenttype",
                "is missing, and the body is no JSON",
                fix,
            )
        });
    };
    if is_json(media) {
        return Ok(("data", json(body)?));
    }
    match std::str::from_utf8(body) {
        Ok(text) if media.starts_with("text/") || media.ends_with("+xml") => {
            Ok(("data", text.into()))
        }
        _ => Ok(("data_base64", STANDARD.encode(body).into())),
    }
}

fn is_json(media: &str) -> bool {
    let subtype = media.split_once('/').map_or("", |(_, subtype)| subtype);
    subtype == "json" || subtype.ends_with("+json")
}

/// A header's value: quotes and their escapes are taken away, then `%XX` is decoded (HTTP
/// Protocol Binding, 3.1.3.2). None where the result is no UTF-8.
fn decoded(value: &[u8]) -> Option<String> {
    let value = value.trim_ascii();
    let value = match value {
        [b'"', inner @ .., b'"'] => unescaped(inner),
        _ => value.to_vec(),
    };
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_slice();
    while let [first, after @ ..] = rest {
        let hex = |b: u8| {
            char::from(b)
                .to_digit(16)
                .and_then(|n| u8::try_from(n).ok())
        };
        match (*first, after) {
            (b'%', [a, b, after @ ..]) => match (hex(*a), hex(*b)) {
                (Some(a), Some(b)) => {
                    bytes.push(a * 16 + b);
                    rest = after;
                    continue;
                }
                // A stray `%` is itself.
                _ => bytes.push(b'%'),
            },
            (byte, _) => bytes.push(byte),
        }
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

fn unescaped(quoted: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter();
    while let Some(byte) = bytes.next() {
        let kept = match byte {
            b'\\' => bytes.next().unwrap_or(byte),
            _ => byte,
        };
        out.push(*kept);
    }
    out
}

fn broken(attribute: &str, reason: &str, fix: &'static str) -> EventError {
    EventError::Attribute {
        attribute: attribute.to_owned(),
        reason: reason.to_owned(),
        fix,
    }
}
