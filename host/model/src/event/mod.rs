//! CloudEvents 1.0.2, read: the JSON format (one event, a batch) and the HTTP binding's
//! binary mode. Whatever the bytes, there is an answer: sizes are bounded, nothing panics.
//!
//! An event is kept as its envelope, one JSON object in structured form. What was optional in
//! the writing is gone: attributes that are `null` count as missing, `data_base64` of text or
//! JSON stays as it came.

mod attribute;
mod binary;
mod error;
#[cfg(test)]
mod tests;

pub use attribute::{is_attribute_name, is_uri_reference};
pub use binary::Headers;
pub use error::EventError;

use serde_json::{Map, Value};

use crate::payload::Extent;

/// Bytes of one event, envelope and data together. Four times what every intermediary must
/// forward (CloudEvents 1.0.2, "Size Limits").
pub const EVENT_BYTES_MAX: usize = 256 << 10;
/// Events of one batch: more in one request gain nothing, and are one transaction.
pub const BATCH_EVENTS_MAX: usize = 1_000;
/// Bytes of a batch: a thousand events of 4 KiB.
pub const BATCH_BYTES_MAX: usize = 4 << 20;
/// Bytes of one attribute.
pub const ATTRIBUTE_BYTES_MAX: usize = 4 << 10;
/// Bytes of each attribute that names an event, its source, its id and its type: far above any
/// name, and they stand in indexes.
pub const EVENT_NAME_BYTES_MAX: usize = 2 << 10;
/// Attributes of one event: each is compared with every filter that names it.
pub const ATTRIBUTES_MAX: usize = 100;
/// Levels of an envelope. A listener puts events into arrays and objects of its own, which
/// must stay within [`crate::payload::PAYLOAD_DEPTH_MAX`].
pub const EVENT_DEPTH_MAX: u32 = 90;

/// The version of CloudEvents that is spoken.
pub const SPEC_VERSION: &str = "1.0";
/// The media type of one event.
pub const EVENT_TYPE: &str = "application/cloudevents+json";
/// The media type of a batch.
pub const BATCH_TYPE: &str = "application/cloudevents-batch+json";

/// A valid event. Equal events have equal envelopes.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudEvent {
    envelope: Map<String, Value>,
}

impl CloudEvent {
    /// Checks an envelope. Attributes that are `null` are left out.
    pub fn new(mut envelope: Map<String, Value>) -> Result<Self, EventError> {
        envelope.retain(|name, value| name == "data" || !value.is_null());
        attribute::check(&envelope)?;
        let event = CloudEvent { envelope };
        let (depth, limit) = (Extent::of(&event.to_value()).depth, EVENT_DEPTH_MAX);
        if depth > limit {
            return Err(EventError::TooDeep { limit });
        }
        Ok(event)
    }

    /// [`CloudEvent::new`] of a JSON value.
    pub fn from_value(value: Value) -> Result<Self, EventError> {
        match value {
            Value::Object(envelope) => CloudEvent::new(envelope),
            other => Err(EventError::NotAnObject {
                found: type_name(&other),
            }),
        }
    }

    /// `id`: unique within the source.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// `source`.
    pub fn source(&self) -> &str {
        self.text("source")
    }

    /// `type`.
    pub fn kind(&self) -> &str {
        self.text("type")
    }

    /// The envelope, as a listener sees it.
    pub fn envelope(&self) -> &Map<String, Value> {
        &self.envelope
    }

    /// The envelope as a value.
    pub fn to_value(&self) -> Value {
        Value::Object(self.envelope.clone())
    }

    /// The envelope as text: structured mode.
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
    }

    fn text(&self, name: &str) -> &str {
        let value = self.envelope.get(name);
        value.and_then(Value::as_str).unwrap_or_default()
    }
}

/// One event in the JSON format.
pub fn decode_structured(body: &[u8]) -> Result<CloudEvent, EventError> {
    within(body.len(), EVENT_BYTES_MAX)?;
    CloudEvent::from_value(json(body)?)
}

/// A batch in the JSON format: all of its events, or the first that is wrong. An empty batch
/// is one.
pub fn decode_batch(body: &[u8]) -> Result<Vec<CloudEvent>, EventError> {
    within(body.len(), BATCH_BYTES_MAX)?;
    let events = match json(body)? {
        Value::Array(events) => events,
        other => {
            let found = type_name(&other);
            return Err(EventError::NotAnArray { found });
        }
    };
    if events.len() > BATCH_EVENTS_MAX {
        let (count, limit) = (events.len(), BATCH_EVENTS_MAX);
        return Err(EventError::TooMany { count, limit });
    }
    let one = |(index, value): (usize, Value)| {
        let event = CloudEvent::from_value(value).and_then(|event| {
            within(event.to_json().len(), EVENT_BYTES_MAX)?;
            Ok(event)
        });
        let source = |error| EventError::InBatch {
            index,
            source: Box::new(error),
        };
        event.map_err(source)
    };
    events.into_iter().enumerate().map(one).collect()
}

/// One event in binary mode: attributes in `ce-` headers, the data in the body.
pub fn decode_binary(headers: &Headers<'_>, body: &[u8]) -> Result<CloudEvent, EventError> {
    within(body.len(), EVENT_BYTES_MAX)?;
    let event = CloudEvent::new(binary::envelope(headers, body)?)?;
    within(event.to_json().len(), EVENT_BYTES_MAX)?;
    Ok(event)
}

/// The events of an HTTP request, in whichever mode it is.
pub fn decode_request(headers: &Headers<'_>, body: &[u8]) -> Result<Vec<CloudEvent>, EventError> {
    let media = headers.media_type();
    match media.as_deref() {
        Some(EVENT_TYPE) => decode_structured(body).map(|event| vec![event]),
        Some(BATCH_TYPE) => decode_batch(body),
        Some(media) if media.starts_with("application/cloudevents") => {
            let media = media.to_owned();
            Err(EventError::UnknownFormat { media })
        }
        _ if headers.is_binary() => decode_binary(headers, body).map(|event| vec![event]),
        _ => Err(EventError::NoEvent),
    }
}

fn within(bytes: usize, limit: usize) -> Result<(), EventError> {
    match bytes <= limit {
        true => Ok(()),
        false => Err(EventError::TooLarge { limit }),
    }
}

fn json(body: &[u8]) -> Result<Value, EventError> {
    serde_json::from_slice(body).map_err(|error| EventError::NotJson {
        detail: error.to_string(),
    })
}

/// The type of a JSON value, as a message says it.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
