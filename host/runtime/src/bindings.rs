//! The plugin contract as Rust types, generated from `wit/since-v0.1.0`. Nothing else.

mod generated {
    #![allow(
        unreachable_pub,
        clippy::all,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "generated code"
    )]
    wasmtime::component::bindgen!({
        path: "../../wit/since-v0.1.0",
        world: "segue:plugin/steps",
        imports: { default: trappable },
        exports: { default: async },
        require_store_data_send: true,
    });
}

pub(crate) use generated::StepsPre;
pub(crate) use generated::exports::segue::plugin::step_handler::{Context, StepError};
pub(crate) use generated::segue::plugin::progress;
pub(crate) use generated::segue::plugin::types::{
    Capability as WitCapability, PluginDescriptor as WitPlugin, StepDescriptor as WitStep,
};
pub(crate) use generated::wasi::logging::logging;
