//! What every handler can reach.

use axum::extract::FromRef;
use segue_executor::Host;
use tokio::sync::watch;

use crate::auth::Token;

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub(crate) struct ApiState {
    /// The host that does the work.
    pub(crate) host: Host,
    /// The secret of callers.
    pub(crate) token: Token,
    /// Names this start of the host, so that a client that read the host's file knows whom it
    /// talks to before it sends its token.
    pub(crate) instance: String,
    /// Turns true when the service is asked to end: waits and event streams end early.
    pub(crate) closing: watch::Receiver<bool>,
}

impl ApiState {
    /// Completes when the service is asked to end.
    pub(crate) async fn closed(&self) {
        let mut closing = self.closing.clone();
        // An error means that the service is gone, which is an end as well.
        let _ = closing.wait_for(|closing| *closing).await;
    }
}

impl FromRef<ApiState> for Host {
    fn from_ref(state: &ApiState) -> Host {
        state.host.clone()
    }
}
