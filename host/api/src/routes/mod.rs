//! One file per resource, one function per operation.

pub(crate) mod callbacks;
pub(crate) mod events;
pub(crate) mod follow;
pub(crate) mod health;
pub(crate) mod plugins;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod schemas;
pub(crate) mod secrets;
pub(crate) mod workflows;
