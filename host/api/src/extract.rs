//! Paths and query strings: typed, strict about what they do not know, refused as problems.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::rejection::QueryRejection;
use axum::http::request::Parts;
use segue_model::RunId;
use segue_model::id::IdError;
use segue_model::problem::Kind;
use serde::de::DeserializeOwned;

use crate::failure::{Answer, Failure};
use crate::limits::{PAGE_DEFAULT, PAGE_MAX, WAIT_SECONDS_MAX};

/// A query of the shape `T`.
pub(crate) struct Query<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let parsed = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        parsed
            .map(|query| Query(query.0))
            .map_err(|rejection: QueryRejection| Failure::bad_request(rejection.body_text()))
    }
}

/// The one name in a path.
pub(crate) struct Name(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let parsed = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        parsed
            .map(|path| Name(path.0))
            .map_err(|rejection| Failure::bad_request(rejection.body_text()))
    }
}

/// The names in a path.
pub(crate) struct Names<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Names<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let parsed = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        parsed
            .map(|path| Names(path.0))
            .map_err(|rejection| Failure::bad_request(rejection.body_text()))
    }
}

/// The run that a path names. What cannot be an id names nothing.
pub(crate) struct InPath(pub(crate) RunId);

impl<S: Send + Sync> FromRequestParts<S> for InPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Name(text) = Name::from_request_parts(parts, state).await?;
        text.parse()
            .map(InPath)
            .map_err(|error: IdError| Failure::new(Kind::NotFound, error.to_string()))
    }
}

/// The size of a page: within its bounds, or refused.
pub(crate) fn limit(asked: Option<usize>) -> Answer<usize> {
    match asked {
        None => Ok(PAGE_DEFAULT),
        Some(limit) if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        Some(limit) => Err(Failure::bad_request(format!(
            "limit={limit}: a page has 1 to {PAGE_MAX} items"
        ))),
    }
}

/// How long to wait for the end of a run.
pub(crate) fn wait(asked: Option<u64>) -> Answer<Duration> {
    match asked.unwrap_or(0) {
        seconds @ 0..=WAIT_SECONDS_MAX => Ok(Duration::from_secs(seconds)),
        seconds => Err(Failure::bad_request(format!(
            "wait={seconds}: at most {WAIT_SECONDS_MAX} seconds; ask again, or read \
             /v1/runs/{{id}}/events, for runs that take longer"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_waits_keep_within_their_bounds() {
        assert_eq!(limit(None).unwrap(), PAGE_DEFAULT);
        assert_eq!(limit(Some(PAGE_MAX)).unwrap(), PAGE_MAX);
        assert!(limit(Some(0)).is_err() && limit(Some(PAGE_MAX + 1)).is_err());
        assert_eq!(wait(None).unwrap(), Duration::ZERO);
        assert_eq!(
            wait(Some(WAIT_SECONDS_MAX)).unwrap().as_secs(),
            WAIT_SECONDS_MAX
        );
        assert!(wait(Some(WAIT_SECONDS_MAX + 1)).is_err());
    }
}
