//! The standard plugins, which are a part of this binary: `http`, `openapi`, `javascript` and
//! `python`. Their descriptors are known without looking into the components, and each
//! component is unpacked when it is first used.

use std::sync::Arc;

use segue_model::limits::COMPONENT_BYTES_MAX;
use segue_model::problem::Kind;
use segue_model::{Digest, PluginDescriptor, Problem};

/// One plugin as `build.rs` found it.
struct Packed {
    name: &'static str,
    /// A [`PluginDescriptor`] in JSON.
    descriptor: &'static str,
    /// The component.
    deflated: &'static [u8],
}

const PACKED: &[Packed] = include!(concat!(env!("OUT_DIR"), "/standard.rs"));

/// What a binary says that was built without them.
pub(crate) const ABSENT: &str = "built without the standard plugins: run `cargo xtask build` for `call: http`, `call: openapi` and `run: script`";

/// A plugin that comes with the host.
#[derive(Clone)]
pub(crate) struct Builtin {
    packed: &'static Packed,
    descriptor: Arc<PluginDescriptor>,
}

/// All of them; none in a binary that was built without them.
pub(crate) fn all() -> Result<Vec<Builtin>, Problem> {
    PACKED.iter().map(Builtin::new).collect()
}

impl Builtin {
    fn new(packed: &'static Packed) -> Result<Builtin, Problem> {
        let descriptor = serde_json::from_str(packed.descriptor)
            .map_err(|error| defect(packed.name, &error.to_string()))?;
        Ok(Builtin {
            packed,
            descriptor: Arc::new(descriptor),
        })
    }
}

impl segue_executor::Builtin for Builtin {
    fn descriptor(&self) -> &PluginDescriptor {
        &self.descriptor
    }

    /// Unpacked now: some tenths of a second for the largest.
    fn component(&self) -> Result<Arc<[u8]>, Problem> {
        let unpacked = miniz_oxide::inflate::decompress_to_vec_with_limit(
            self.packed.deflated,
            COMPONENT_BYTES_MAX,
        );
        let bytes = unpacked.map_err(|error| defect(self.packed.name, &error.to_string()))?;
        if Digest::of(&bytes) != self.descriptor.digest {
            return Err(defect(
                self.packed.name,
                "it is not what its descriptor says",
            ));
        }
        Ok(bytes.into())
    }
}

fn defect(name: &str, what: &str) -> Problem {
    let detail = format!("the plugin `{name}` inside of this binary cannot be used: {what}");
    Problem::new(Kind::Internal, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_executor::Builtin as _;

    #[test]
    fn every_plugin_unpacks_to_what_its_descriptor_says() {
        for builtin in all().unwrap() {
            let descriptor = builtin.descriptor();
            assert_eq!(descriptor.name, builtin.packed.name);
            let component = builtin.component().unwrap();
            assert_eq!(component.len() as u64, descriptor.size_bytes);
        }
    }
}
