//! A request to the writer: what to do inside a transaction, and whom to answer.

use segue_store::StoreError;
use tokio::sync::oneshot;

use super::transaction::Transaction;
use crate::failure::Failure;

/// A request, whatever it does.
pub(super) trait Work: Send {
    /// Does it. May be called again after the transaction was rolled back.
    fn apply(&mut self, transaction: &mut Transaction<'_>) -> Result<(), Failure>;

    /// Answers the caller: with what [`Work::apply`] found, now that it is on disk, or with
    /// why it is not.
    fn answer(self: Box<Self>, outcome: Result<(), Refusal>);
}

/// Why a request was not written, as far as it is the same for a whole group.
pub(super) enum Refusal {
    /// The request itself failed.
    Failed(Failure),
    /// Its transaction failed.
    Group(GroupError),
    /// The store is broken, by the failure named.
    Broken(String),
}

/// A failed transaction, for each of its requests.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub(super) struct GroupError {
    /// The error and its sources; the error itself cannot be shared.
    pub(super) text: String,
    /// Whether the disk was full.
    pub(super) full: bool,
}

/// A request that runs a closure.
pub(super) struct Request<F, R> {
    during: &'static str,
    act: F,
    /// What the closure returned when it last ran.
    done: Option<R>,
    reply: oneshot::Sender<Result<R, StoreError>>,
}

impl<F, R> Request<F, R> {
    pub(super) fn new(
        during: &'static str,
        act: F,
        reply: oneshot::Sender<Result<R, StoreError>>,
    ) -> Self {
        Request {
            during,
            act,
            done: None,
            reply,
        }
    }
}

impl<F, R> Work for Request<F, R>
where
    F: FnMut(&mut Transaction<'_>) -> Result<R, Failure> + Send,
    R: Send,
{
    fn apply(&mut self, transaction: &mut Transaction<'_>) -> Result<(), Failure> {
        self.done = Some((self.act)(transaction)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), Refusal>) {
        let answer = match (outcome, self.done) {
            (Ok(()), Some(done)) => Ok(done),
            // Nothing answers `Ok` before it applied.
            (Ok(()), None) => Err(StoreError::Closed),
            (Err(refusal), _) => Err(refusal.into_store_error(self.during)),
        };
        // A caller that went away wants no answer.
        let _ = self.reply.send(answer);
    }
}

impl Refusal {
    fn into_store_error(self, during: &'static str) -> StoreError {
        match self {
            Refusal::Failed(failure) => failure.into_store_error(during),
            Refusal::Group(GroupError { full: true, .. }) => StoreError::Full,
            Refusal::Group(error) => StoreError::Backend {
                during,
                source: Box::new(error),
            },
            Refusal::Broken(cause) => StoreError::Broken { cause },
        }
    }
}
