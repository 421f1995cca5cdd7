//! Retry policies (OWS DSL 1.0.3, `catch.retry`).

use serde::{Deserialize, Serialize};

use super::{Duration, ExprId};

/// When and how often to try again. The specification's backoffs have no parameters; the
/// ones here follow Segue's published semantics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// Only where this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<ExprId>,
    /// Not where this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub except_when: Option<ExprId>,
    /// The wait before the first retry; none is zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Duration>,
    /// How the wait grows.
    #[serde(default)]
    pub backoff: Backoff,
    /// Retries after the first try; none is without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// The time that one try of the body may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt_duration: Option<Duration>,
    /// The time that all tries together may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
    /// A random part of the wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Jitter>,
}

/// How the wait between retries grows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backoff {
    /// Always the delay.
    #[default]
    Constant,
    /// The delay times the number of the retry.
    Linear {
        /// No wait is longer than this, in milliseconds.
        cap_ms: u64,
    },
    /// The delay, multiplied by `factor` for each retry.
    Exponential {
        /// The factor.
        factor: f64,
        /// No wait is longer than this, in milliseconds.
        cap_ms: u64,
    },
}

/// The longest wait of a growing backoff, unless `metadata.segue` says otherwise: one hour.
pub const BACKOFF_CAP_MS: u64 = 3_600_000;
/// The factor of an exponential backoff, unless `metadata.segue` says otherwise.
pub const BACKOFF_FACTOR: f64 = 2.0;

/// A random wait between two bounds that is added to the delay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Jitter {
    /// The least.
    pub from: Duration,
    /// The most.
    pub to: Duration,
}
