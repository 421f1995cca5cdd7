//! The items of the outbox: what a run wants done outside of itself.

use std::sync::Arc;

use segue_engine::ChildStart;
use segue_model::{Digest, RunId};
use segue_store::ParentLink;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One thing to do. The run is the one whose commit wrote it. The variant is the key of its
/// content and not a tag in it: that would keep events from being read as they stand.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum Item {
    /// Start a child of the run.
    StartChild {
        /// What the engine asks for. A large input stands by digest.
        start: Box<ChildStart>,
        /// The deployed workflow of the run, which may be what is started.
        deployed: Digest,
        /// W3C Trace Context `traceparent` of whoever started the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trace_parent: Option<String>,
    },
    /// Cancel a child of the run.
    CancelChild {
        /// Which.
        child: u64,
        /// The key that it was started with.
        key: String,
    },
    /// The run has ended: tell its parent.
    TellParent(ParentLink),
    /// Deliver events to a sink, in order.
    Deliver {
        /// The sink's name.
        sink: String,
        /// CloudEvents in structured form.
        events: Vec<Box<RawValue>>,
    },
}

/// Items of one lane are done one after the other, in the order of their commits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// What concerns one child of one parent.
    Child(RunId, u64),
    /// What goes to one sink from one of its shares of all runs: a run's events keep their
    /// order, and a sink that takes its time with each does not have to take them singly.
    Sink(String, u8),
}

/// Shares of a sink, and so events that are under way to it at once: 2 to this power.
const SINK_SHARE_BITS: u32 = 4;

/// The share that a run belongs to: the upper bits of a multiplicative hash.
fn share(run: &RunId) -> u8 {
    let mix = |sum: u32, byte: u8| (sum ^ u32::from(byte)).wrapping_mul(0x9e37_79b1);
    let hash = run.as_str().bytes().fold(0, mix);
    (hash >> (u32::BITS - SINK_SHARE_BITS)) as u8
}

impl Item {
    /// The item as the outbox keeps it.
    pub(crate) fn encode(&self) -> Result<Arc<str>, serde_json::Error> {
        Ok(serde_json::to_string(self)?.into())
    }

    /// The lane of an item that `run` wrote.
    pub(super) fn lane(&self, run: &RunId) -> Lane {
        match self {
            Item::StartChild { start, .. } => Lane::Child(run.clone(), start.child.0),
            Item::CancelChild { child, .. } => Lane::Child(run.clone(), *child),
            Item::TellParent(link) => Lane::Child(link.run.clone(), link.child),
            Item::Deliver { sink, .. } => Lane::Sink(sink.clone(), share(run)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_engine::{ChildId, ChildTarget};
    use segue_model::Payload;
    use serde_json::json;

    fn round_trip(item: &Item) -> String {
        let text = item.encode().unwrap();
        let read: Item = serde_json::from_str(&text).unwrap();
        assert_eq!(read.encode().unwrap(), text);
        text.to_string()
    }

    #[test]
    fn items_come_back_as_they_were_written() {
        let run = RunId::new(1, [1; 10]);
        let start = ChildStart {
            child: ChildId(3),
            key: "segue:child:a:3".to_owned(),
            workflow: ChildTarget::Own,
            input: Payload::new(json!({"a": 1.5})),
            announce: true,
            attached: true,
        };
        let deployed = Digest::of(b"d");
        let start = Item::StartChild {
            start: Box::new(start),
            deployed,
            trace_parent: None,
        };
        assert!(round_trip(&start).starts_with("{\"start-child\":{"));
        let event = RawValue::from_string("{\"id\": \"1\"}".to_owned()).unwrap();
        let deliver = Item::Deliver {
            sink: "audit".to_owned(),
            events: vec![event],
        };
        assert!(round_trip(&deliver).contains("{\"id\": \"1\"}"));
        round_trip(&Item::TellParent(ParentLink { run, child: 3 }));
    }

    #[test]
    fn a_runs_events_go_one_after_the_other_and_those_of_others_beside_them() {
        let item = Item::Deliver {
            sink: "audit".to_owned(),
            events: Vec::new(),
        };
        let lanes = (0..64).map(|n| item.lane(&RunId::new(1, [n; 10])));
        let lanes: std::collections::HashSet<_> = lanes.collect();
        assert!(lanes.len() > 8, "{}", lanes.len());
        let run = RunId::new(1, [1; 10]);
        assert_eq!(item.lane(&run), item.lane(&run));
    }

    #[test]
    fn what_concerns_one_child_stands_in_one_lane() {
        let (parent, child) = (RunId::new(1, [1; 10]), RunId::new(2, [2; 10]));
        let cancel = Item::CancelChild {
            child: 3,
            key: String::new(),
        };
        let tell = Item::TellParent(ParentLink {
            run: parent.clone(),
            child: 3,
        });
        assert_eq!(cancel.lane(&parent), tell.lane(&child));
        let other = Item::CancelChild {
            child: 4,
            key: String::new(),
        };
        assert_ne!(cancel.lane(&parent), other.lane(&parent));
    }
}
