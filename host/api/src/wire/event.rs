//! Events on the wire.

use serde::Serialize;
use utoipa::ToSchema;

/// What became of a request's events.
#[derive(Serialize, ToSchema)]
#[schema(as = ReceivedEvents)]
pub(crate) struct Received {
    /// In the order of the request.
    pub(crate) events: Vec<Accepted>,
}

/// An event that is durable.
#[derive(Serialize, ToSchema)]
#[schema(as = AcceptedEvent)]
pub(crate) struct Accepted {
    /// Its `source`.
    pub(crate) source: String,
    /// Its `id`.
    pub(crate) id: String,
    /// Its number in the inbox: events are given to runs in the order of their numbers.
    pub(crate) number: u64,
    /// One with that source and id came before, and this one changes nothing.
    pub(crate) duplicate: bool,
}

/// CloudEvents 1.0, structured form; other attributes may stand beside these.
#[derive(Serialize, ToSchema)]
#[schema(as = CloudEvent)]
pub(crate) struct CloudEventSchema {
    /// `1.0`.
    specversion: String,
    /// Unique within the source.
    id: String,
    /// A URI reference.
    source: String,
    /// What happened, for example `com.example.order.paid`.
    #[serde(rename = "type")]
    kind: String,
    /// What it is about, within the source.
    subject: Option<String>,
    /// RFC 3339.
    time: Option<String>,
    /// `application/json` where it is absent.
    datacontenttype: Option<String>,
    /// The data.
    data: Option<serde_json::Value>,
}
