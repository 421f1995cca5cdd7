//! The queue before the writer: bounded by the bytes that wait in it.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use segue_store::StoreError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::work::Work;

/// Bytes that one permit of the queue stands for.
const PERMIT_BYTES: usize = 1024;

/// KiB of requests that go into one transaction: one that takes much longer to write than to
/// sync would only make its first requests wait.
const GROUP_KIB_MAX: u32 = 8 << 10;

/// A request that waits, with its share of the queue, which it gives back when it is
/// answered and dropped.
pub(super) struct Waiting {
    pub(super) work: Box<dyn Work>,
    share: OwnedSemaphorePermit,
}

/// The callers' end.
pub(super) struct Queue {
    /// One permit for each KiB. Waiting for it is what bounds the queue.
    room: Arc<Semaphore>,
    permits: u32,
    /// Gone once closed. Held only to send, which never blocks.
    sender: Mutex<Option<Sender<Waiting>>>,
}

/// The writer's end.
pub(super) struct Requests(Receiver<Waiting>);

/// What the writer finds to do.
pub(super) enum Next {
    /// Requests, in the order in which they came.
    Group(Vec<Waiting>),
    /// Nothing came for a while.
    Idle,
    /// The queue was closed and is empty.
    Closed,
}

pub(super) fn queue(bytes_max: usize) -> (Queue, Requests) {
    let permits = u32::try_from(bytes_max / PERMIT_BYTES).unwrap_or(u32::MAX);
    let permits = permits.clamp(1, u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
    let (sender, receiver) = mpsc::channel();
    let queue = Queue {
        room: Arc::new(Semaphore::new(permits as usize)),
        permits,
        sender: Mutex::new(Some(sender)),
    };
    (queue, Requests(receiver))
}

impl Queue {
    /// Queues a request, when there is room. Cancel-safe: a dropped future queued nothing.
    pub(super) async fn push(&self, bytes: usize, work: Box<dyn Work>) -> Result<(), StoreError> {
        // One that is larger than the queue waits until it is alone.
        let share = u32::try_from(bytes / PERMIT_BYTES + 1).unwrap_or(u32::MAX);
        let share = Arc::clone(&self.room)
            .acquire_many_owned(share.min(self.permits))
            .await
            .map_err(|_| StoreError::Closed)?;
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = sender.as_ref().ok_or(StoreError::Closed)?;
        let waiting = Waiting { work, share };
        sender.send(waiting).map_err(|_| StoreError::Closed)
    }

    /// Takes no more requests. Those in the queue are still written.
    pub(super) fn close(&self) {
        self.room.close();
        self.sender
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

impl Requests {
    /// Everything that waits, up to the size of a group; waits for the first request only,
    /// and for at most `idle`.
    pub(super) fn next(&self, idle: Duration) -> Next {
        let first = match self.0.recv_timeout(idle) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => return Next::Idle,
            Err(RecvTimeoutError::Disconnected) => return Next::Closed,
        };
        let mut kib = kib(&first);
        let mut group = vec![first];
        while kib < GROUP_KIB_MAX
            && let Ok(next) = self.0.try_recv()
        {
            kib = kib.saturating_add(self::kib(&next));
            group.push(next);
        }
        Next::Group(group)
    }
}

fn kib(waiting: &Waiting) -> u32 {
    u32::try_from(waiting.share.num_permits()).unwrap_or(u32::MAX)
}
