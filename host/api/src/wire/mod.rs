//! What goes over the wire, where it differs from the host's own nouns or needs a schema.

pub(crate) mod callback;
pub(crate) mod event;
pub(crate) mod plugin;
pub(crate) mod problem;
pub(crate) mod run;
pub(crate) mod secret;
pub(crate) mod workflow;
