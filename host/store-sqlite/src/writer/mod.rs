//! The one writer: requests wait in a queue, a thread commits all that wait in one
//! transaction, and answers each when that is on disk.

mod copier;
#[cfg_attr(
    feature = "sabotage",
    allow(dead_code, reason = "sabotage.rs takes its place")
)]
mod group;
mod log;
mod queue;
#[cfg(feature = "sabotage")]
mod sabotage;
mod thread;
mod transaction;
mod work;

pub(crate) use log::Log;
pub(crate) use transaction::{Head, Transaction};

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use segue_store::{Clock, StoreError};
use tokio::sync::oneshot;

use crate::failure::Failure;
use crate::options::Options;
use queue::Queue;
use thread::WriterThread;
use work::Request;

/// The handle of the writer.
pub(crate) struct Writer {
    queue: Queue,
    /// Taken when the writer is joined.
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. It owns the connection from here on.
    pub(crate) fn start(
        connection: Connection,
        log: Log,
        options: &Options,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let (queue, waiting) = queue::queue(options.queue_bytes_max);
        let writer = WriterThread::new(connection, waiting, log, clock);
        let thread = std::thread::Builder::new()
            .name("segue-writer".to_owned())
            .spawn(move || writer.run())?;
        Ok(Writer {
            queue,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Has `act` executed inside a transaction, and returns when that is on disk.
    ///
    /// `act` may run more than once, each time on a transaction that holds nothing of its
    /// earlier runs. `bytes` is about what it carries, for the queue's limit.
    pub(crate) async fn write<R: Send + 'static>(
        &self,
        during: &'static str,
        bytes: usize,
        act: impl FnMut(&mut Transaction<'_>) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, StoreError> {
        let (reply, answer) = oneshot::channel();
        let request = Request::new(during, act, reply);
        self.queue.push(bytes, Box::new(request)).await?;
        // The thread drops a request without an answer only when it ends.
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Ends the thread when all that waits is written. Blocks until then.
    pub(crate) fn join(&self) {
        self.queue.close();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
    }
}
