//! A plugin that comes with the host.

use std::sync::Arc;

use segue_model::{PluginDescriptor, Problem};

type Unpack = dyn Fn() -> Result<Arc<[u8]>, Problem> + Send + Sync;

/// A plugin that comes with the host. What it is, is known without its component: that one is
/// unpacked and compiled when a workflow first uses it.
#[derive(Clone)]
pub struct Builtin {
    pub(crate) descriptor: PluginDescriptor,
    unpack: Arc<Unpack>,
}

impl Builtin {
    /// A plugin of this descriptor, whose component `unpack` gives. It is asked at most once
    /// for a data directory, as a rule.
    pub fn new(
        descriptor: PluginDescriptor,
        unpack: impl Fn() -> Result<Arc<[u8]>, Problem> + Send + Sync + 'static,
    ) -> Builtin {
        Builtin {
            descriptor,
            unpack: Arc::new(unpack),
        }
    }

    /// The component. For a large one, this takes some tenths of a second.
    pub(crate) fn component(&self) -> Result<Arc<[u8]>, Problem> {
        (self.unpack)()
    }
}

impl std::fmt::Debug for Builtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builtin")
            .field("descriptor", &self.descriptor)
            .finish_non_exhaustive()
    }
}
