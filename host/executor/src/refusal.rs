//! Failures of what the executor stands on, as problems.

use std::error::Error;

use segue_engine::PlanError;
use segue_model::problem::Kind;
use segue_model::{Digest, Problem, RunId};
use segue_store::StoreError;

/// An error with all its sources, for logs and for people.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

/// What a caller is told of a failing store.
pub(crate) fn store_problem(error: &StoreError) -> Problem {
    let kind = match error {
        StoreError::InUse { .. } => Kind::DataInUse,
        StoreError::Exists { .. } => Kind::Conflict,
        StoreError::Refused { .. } => Kind::LimitReached,
        StoreError::Damaged { .. } => Kind::Internal,
        _ => Kind::StoreUnavailable,
    };
    Problem::new(kind, chain(error))
}

/// Why a stored run cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The store failed.
    #[error("the store cannot be read")]
    Store(#[from] StoreError),
    /// The rows are no run.
    #[error("its state cannot be read")]
    Rows(#[from] segue_engine::RestoreError),
    /// The journal is none.
    #[error("its journal cannot be read")]
    Journal(#[from] segue_engine::EntryError),
    /// The deployed workflow that it is pinned to is not stored.
    #[error("its workflow ({0}) is not in the store")]
    NoWorkflow(Digest),
    /// The deployed workflow cannot be run.
    #[error("its workflow ({digest}) cannot be run by this host")]
    Plan {
        /// The deployed workflow.
        digest: Digest,
        /// Why.
        #[source]
        source: PlanError,
    },
}

impl LoadError {
    /// Whether it may be gone later without anybody mending anything in the store.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            LoadError::Store(error) => !matches!(
                error,
                StoreError::Damaged { .. } | StoreError::TooNew { .. } | StoreError::Closed
            ),
            _ => false,
        }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Problem {
        match &error {
            LoadError::Store(error) => store_problem(error),
            _ => Problem::new(Kind::Internal, chain(&error)),
        }
    }
}

/// There is no such run.
pub(crate) fn no_such_run(run: &RunId) -> Problem {
    Problem::new(
        Kind::NotFound,
        format!("there is no run {run}; `segue runs list` shows what there is"),
    )
}
