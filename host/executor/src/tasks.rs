//! The tasks of a host: the only place that spawns, so that none outlives its host.

use std::future::Future;

use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// Every task of one host, and the two ways to end them.
#[derive(Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    /// Asks for an orderly end: nothing new begins, what runs is finished.
    draining: CancellationToken,
    /// Drops every task where it stands.
    aborting: CancellationToken,
}

impl Tasks {
    /// Spawns a task. It is dropped where it stands once the host is.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let aborting = self.aborting.clone();
        // Boxed, so that the two branches do not double what a task takes.
        let task = Box::pin(task);
        self.tracker.spawn(async move {
            tokio::select! {
                biased;
                () = aborting.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Drops every task when the guard is dropped.
    pub(crate) fn guard(&self) -> DropGuard {
        self.aborting.clone().drop_guard()
    }

    /// Completes when an orderly end was asked for.
    pub(crate) async fn draining(&self) {
        self.draining.cancelled().await;
    }

    /// Whether an orderly end was asked for.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Asks for an orderly end.
    pub(crate) fn drain(&self) {
        self.draining.cancel();
        self.tracker.close();
    }

    /// Drops every task that is left.
    pub(crate) fn abort(&self) {
        self.aborting.cancel();
    }

    /// Completes when no task is left. Only after [`Tasks::drain`].
    pub(crate) async fn ended(&self) {
        self.tracker.wait().await;
    }
}
