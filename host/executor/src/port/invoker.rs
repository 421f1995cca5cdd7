//! Running steps: the port behind which the sandbox stands.

use std::sync::Arc;

use async_trait::async_trait;
use segue_bundle::Policy;
use segue_model::{AttemptReport, Digest, Invocation, PluginDescriptor, Problem};

/// Inspects, loads and runs components. `segue-cli` adapts the sandbox to it.
#[async_trait]
pub trait Invoker: Send + Sync {
    /// Says what a component is, before anything trusts it: its world and contract version
    /// are checked, its imports compared with what `policy` grants the plugin of that name.
    /// Fails with the kinds of problem that speak of components ([`segue_model::problem::Kind`]).
    async fn inspect(
        &self,
        component: Arc<[u8]>,
        policy: &Policy,
    ) -> Result<PluginDescriptor, Problem>;

    /// Makes a component ready to be invoked. Loading one again is no error.
    async fn load(&self, digest: Digest, component: Arc<[u8]>) -> Result<(), Problem>;

    /// Whether the component is ready.
    fn is_loaded(&self, digest: &Digest) -> bool;

    /// Runs one attempt in a sandbox of its own. Every way in which it can end is part of
    /// the report. Dropping the future stops the attempt.
    async fn invoke(&self, invocation: &Invocation, observer: Arc<dyn Observer>) -> AttemptReport;
}

/// Receives what an attempt says while it runs. Called from where the guest runs: it never
/// blocks.
pub trait Observer: Send + Sync {
    /// A log message: `level` is one of the levels of `wasi:logging` in lower case, `context`
    /// what the guest gave, or `stdout` and `stderr`.
    fn log(&self, level: &str, context: &str, message: &str);
    /// How far the attempt has come: `fraction` lies between 0 and 1 where it is known.
    fn progress(&self, fraction: Option<f64>, message: &str);
}
