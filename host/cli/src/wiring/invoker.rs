//! The sandbox behind the executor's port.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use segue_bundle::{Policy, refused_imports};
use segue_executor::{Invoker, Observer};
use segue_model::{
    AttemptReport, Capability, Digest, Grants, Invocation, PluginDescriptor, Problem,
};
use segue_runtime::{LogLevel, Runtime};

/// The hidden subcommand in which components are compiled.
pub(super) const WORKER: &str = "__compile-component";

/// Runs the compile worker where this process was started as one.
pub(crate) fn worker() -> Option<ExitCode> {
    let asked = std::env::args_os().nth(1)? == WORKER;
    asked.then(segue_runtime::compile_worker)
}

/// Grants under which every import links and every call is refused: enough to look at a
/// component, and to learn the name under which its grants are kept.
pub(crate) fn everything_denied() -> Grants {
    Grants {
        http: Vec::new(),
        deny: vec![Capability::Http],
    }
}

/// Adapts [`Runtime`] to [`Invoker`].
pub(super) struct Sandbox(pub(super) Runtime);

#[async_trait]
impl Invoker for Sandbox {
    async fn inspect(
        &self,
        component: Arc<[u8]>,
        policy: &Policy,
    ) -> Result<PluginDescriptor, Problem> {
        let descriptor = self.0.inspect(&component, &everything_denied()).await?;
        match refused_imports(&descriptor, policy) {
            None => Ok(descriptor),
            Some(problem) => {
                self.0.unload(&descriptor.digest);
                Err(problem)
            }
        }
    }

    async fn load(&self, digest: Digest, component: Arc<[u8]>) -> Result<(), Problem> {
        self.0.load(digest, &component).await
    }

    fn is_loaded(&self, digest: &Digest) -> bool {
        self.0.is_loaded(digest)
    }

    async fn invoke(&self, invocation: &Invocation, observer: Arc<dyn Observer>) -> AttemptReport {
        self.0.invoke(invocation, Arc::new(Watcher(observer))).await
    }
}

/// Passes on what a guest says.
struct Watcher(Arc<dyn Observer>);

impl segue_runtime::Observer for Watcher {
    fn log(&self, level: LogLevel, context: &str, message: &str) {
        let level = match level {
            LogLevel::Trace => "trace",
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
            LogLevel::Critical => "critical",
        };
        self.0.log(level, context, message);
    }

    fn progress(&self, fraction: Option<f64>, message: &str) {
        self.0.progress(fraction, message);
    }
}
