//! Version 3 of the schema: runs by their end, for whoever removes old ones.

pub(super) const STATEMENTS: &[&str] = &[
    // The statuses from 4 on are those of runs that have ended (see `codec::status_code`).
    "CREATE INDEX runs_ended ON runs (updated_at, id) WHERE status >= 4",
];
