//! The operator's limits of one plugin: any of the host's, replaced.

use segue_model::StepLimits;
use serde::Deserialize;

macro_rules! overrides {
    ($($name:ident: $type:ty),* $(,)?) => {
        /// Limits that replace the host's `[limits]` for one plugin; each may be left out.
        /// The names and units are those of [`StepLimits`].
        #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
        pub struct LimitOverrides {
            $(
                #[allow(missing_docs, reason = "documented at the field of StepLimits")]
                pub $name: Option<$type>,
            )*
        }

        impl LimitOverrides {
            /// `limits`, with these in place of theirs.
            #[must_use]
            pub fn over(&self, limits: &StepLimits) -> StepLimits {
                StepLimits { $($name: self.$name.unwrap_or(limits.$name),)* }
            }
        }
    };
}

overrides! {
    fuel: u64,
    time_ms: u64,
    memory_bytes: u64,
    table_elements: u64,
    instances: u32,
    host_calls: u64,
    host_call_bytes: u64,
    handles: u32,
    output_bytes: u64,
    error_bytes: u64,
    log_bytes: u64,
    http_requests: u32,
    http_bytes: u64,
    http_time_ms: u64,
}
