//! Why something is no event, and how to mend it.

/// A request, text or object that is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// Neither mode of the HTTP binding.
    #[error("the request holds no event")]
    NoEvent,
    /// A format of CloudEvents that is not spoken.
    #[error("events in the format `{media}` cannot be read")]
    UnknownFormat {
        /// Its media type.
        media: String,
    },
    /// The body is no JSON.
    #[error("the event is not JSON: {detail}")]
    NotJson {
        /// What the parser says.
        detail: String,
    },
    /// An event that is no object.
    #[error("an event is a JSON object, and this is {found}")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// A batch that is no array.
    #[error("a batch is a JSON array of events, and this is {found}")]
    NotAnArray {
        /// What it is.
        found: &'static str,
    },
    /// Too many bytes.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit that applied.
        limit: usize,
    },
    /// Too many events.
    #[error("a batch has at most {limit} events, and this has {count}")]
    TooMany {
        /// How many there are.
        count: usize,
        /// The limit that applied.
        limit: usize,
    },
    /// Too many levels.
    #[error("the event nests deeper than {limit} levels")]
    TooDeep {
        /// The limit that applied.
        limit: u32,
    },
    /// Too many attributes.
    #[error("an event has at most {limit} attributes")]
    TooManyAttributes {
        /// The limit that applied.
        limit: usize,
    },
    /// An attribute that must be there.
    #[error("the attribute `{attribute}` is missing")]
    Missing {
        /// Its name.
        attribute: &'static str,
    },
    /// An attribute that cannot have this name or value.
    #[error("the attribute `{attribute}` {reason}")]
    Attribute {
        /// Its name.
        attribute: String,
        /// What is wrong with it.
        reason: String,
        /// How to mend it.
        fix: &'static str,
    },
    /// An event of a batch.
    #[error("the event at index {index} of the batch: {source}")]
    InBatch {
        /// Its place.
        index: usize,
        /// What is wrong with it.
        source: Box<EventError>,
    },
}

impl EventError {
    /// The attribute that it is about.
    pub fn attribute(&self) -> Option<&str> {
        match self {
            EventError::Missing { attribute } => Some(attribute),
            EventError::Attribute { attribute, .. } => Some(attribute),
            EventError::InBatch { source, .. } => source.attribute(),
            _ => None,
        }
    }

    /// Whether a size was met, rather than a rule broken.
    pub fn is_limit(&self) -> bool {
        match self {
            EventError::TooLarge { .. }
            | EventError::TooMany { .. }
            | EventError::TooDeep { .. }
            | EventError::TooManyAttributes { .. } => true,
            EventError::InBatch { source, .. } => source.is_limit(),
            _ => false,
        }
    }

    /// How to mend it.
    pub fn fix(&self) -> &'static str {
        match self {
            EventError::NoEvent | EventError::UnknownFormat { .. } => {
                "send `Content-Type: application/cloudevents+json` with one event, \
                 `application/cloudevents-batch+json` with an array of them, or the attributes as `ce-` headers"
            }
            EventError::NotJson { .. } => "send one JSON text in UTF-8",
            EventError::NotAnObject { .. } => {
                "send an object with `specversion`, `id`, `source` and `type`"
            }
            EventError::NotAnArray { .. } => {
                "send an array, or one event as `application/cloudevents+json`"
            }
            EventError::TooLarge { .. } => {
                "keep large data where a step can fetch it, and send its address"
            }
            EventError::TooMany { .. } => "send several batches",
            EventError::TooDeep { .. } => "send flatter data, or data as text",
            EventError::TooManyAttributes { .. } => "move what describes the data into `data`",
            EventError::Missing { attribute } => match *attribute {
                "specversion" => "add `\"specversion\": \"1.0\"`",
                "id" => "add an `id` that is unique among the events of its `source`",
                "source" => "add a `source`: a URI reference that names the sender",
                _ => "add a `type`, such as `com.example.order.placed`",
            },
            EventError::Attribute { fix, .. } => fix,
            EventError::InBatch { source, .. } => source.fix(),
        }
    }
}
