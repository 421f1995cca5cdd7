//! `schedule` (OWS DSL 1.0.3). A schedule is itself a run, in the schedule role of the
//! workflow that it belongs to: it waits or listens, starts runs, and goes on.

use serde::{Deserialize, Serialize};

use super::{Duration, Read, Strategy};

/// When runs start by themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// What sets them off.
    pub trigger: Trigger,
    /// What happens to moments that passed while no host was there.
    #[serde(default)]
    pub catch_up: CatchUp,
    /// What happens when the run before has not ended.
    #[serde(default)]
    pub overlap: Overlap,
}

/// What sets a run off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// Every so often, counted from when it was deployed.
    Every(Duration),
    /// At the moments of a cron expression.
    Cron {
        /// Five fields (POSIX), or six with seconds first.
        expression: String,
        /// An IANA time zone (`metadata.segue.schedule.timezone`); UTC unless it says otherwise.
        timezone: String,
    },
    /// So long after the run before has ended; the first run starts at once.
    After(Duration),
    /// Events; the run's input is the array of them.
    On {
        /// Which.
        strategy: Strategy,
        /// What of each.
        #[serde(default)]
        read: Read,
    },
}

/// Moments that were missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CatchUp {
    /// They are gone; the next one counts.
    Skip,
    /// One run for all of them.
    #[default]
    One,
    /// One run for each, at most [`CATCH_UP_MAX`].
    All,
}

/// Runs made up for at most, the latest ones.
pub const CATCH_UP_MAX: u32 = 1_000;

/// What becomes of a run whose predecessor has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overlap {
    /// Both run (the specification's default).
    #[default]
    Allow,
    /// It does not start.
    Skip,
    /// It starts when the predecessor has ended; one waits at most.
    Queue,
    /// The predecessor is cancelled.
    Cancel,
}
