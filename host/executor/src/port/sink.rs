//! Where events leave the host.

use async_trait::async_trait;
use segue_model::Problem;

/// Takes the events of the host's runs: emitted ones, lifecycle events, requests of callbacks.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Its name: what waits for it is kept under that name while the host is away.
    fn name(&self) -> &str;

    /// Whether it takes events of that CloudEvents `type`.
    fn takes(&self, _kind: &str) -> bool {
        true
    }

    /// Delivers one event, a JSON object in CloudEvents 1.0 structured form. One that fails
    /// is delivered again later, and nothing of its run before it; one that was delivered may
    /// be delivered again where the host ended meanwhile. Events of several runs come at once.
    async fn deliver(&self, event: &str) -> Result<(), Problem>;
}
