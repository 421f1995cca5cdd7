//! Plugins that come with the host.

use std::sync::Arc;

use segue_model::{PluginDescriptor, Problem};

/// A plugin that is part of the host. What it is, is known without looking into it; its bytes
/// are asked for when they are first needed, since a host that never runs a script should not
/// pay for an interpreter.
pub trait Builtin: Send + Sync {
    /// What it is.
    fn descriptor(&self) -> &PluginDescriptor;

    /// Its component. May take some tenths of a second.
    fn component(&self) -> Result<Arc<[u8]>, Problem>;
}
