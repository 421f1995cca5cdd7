//! One file per resource, one function per operation.

pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod plugins;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod workflows;
