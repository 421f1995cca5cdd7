//! A sink that remembers, and a vault that hides nothing.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use segue_model::Problem;
use segue_model::problem::Kind;
use serde_json::Value;

use crate::{Sink, Vault};

/// A sink of which a test reads what was delivered. Clones share it.
#[derive(Clone, Default)]
pub(in crate::tests) struct Recorder(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    open: bool,
    /// Deliveries that fail before the next one works.
    failing: usize,
    delivered: Vec<Value>,
}

impl Recorder {
    /// Hosts that start from now on have the sink `audit`.
    pub(in crate::tests) fn open(&self) {
        self.state().open = true;
    }

    /// The next deliveries fail.
    pub(in crate::tests) fn fail(&self, count: usize) {
        self.state().failing = count;
    }

    /// What was delivered, in order.
    pub(in crate::tests) fn delivered(&self) -> Vec<Value> {
        self.state().delivered.clone()
    }

    /// The types of what was delivered, without what all have in common.
    pub(in crate::tests) fn kinds(&self) -> Vec<String> {
        let delivered = self.delivered();
        let kinds = delivered.iter().map(|event| {
            let kind = event["type"].as_str().unwrap();
            let kind = kind.strip_prefix("io.serverlessworkflow.").unwrap_or(kind);
            kind.strip_suffix(".v1").unwrap_or(kind).to_owned()
        });
        kinds.collect()
    }

    pub(super) fn port(&self) -> Vec<Arc<dyn Sink>> {
        let open = self.state().open;
        open.then(|| Arc::new(self.clone()) as Arc<dyn Sink>)
            .into_iter()
            .collect()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sink for Recorder {
    fn name(&self) -> &str {
        "audit"
    }

    async fn deliver(&self, event: &str) -> Result<(), Problem> {
        let mut state = self.state();
        if state.failing > 0 {
            state.failing -= 1;
            return Err(Problem::new(Kind::Communication, "the sink is away"));
        }
        state.delivered.push(serde_json::from_str(event).unwrap());
        Ok(())
    }
}

/// A vault that seals with lead paint: enough to tell a sealed value from a plain one.
pub(in crate::tests) struct Lead;

impl Vault for Lead {
    fn seal(&self, name: &str, value: &Value) -> Result<Vec<u8>, Problem> {
        Ok(format!("sealed {name}: {} bytes", value.to_string().len()).into())
    }
}
