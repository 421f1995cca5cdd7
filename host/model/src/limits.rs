//! The budget of one attempt: every limit is always set, and each default says why. And the
//! sizes of what is deployed, which every door checks against the same number.

use serde::{Deserialize, Serialize};

/// Bytes of a component: three times the largest guest kit (Python's components have 18 MB).
pub const COMPONENT_BYTES_MAX: usize = 64 << 20;
/// Bytes of a workflow document. The largest that people write are below a tenth of this. Each
/// task keeps its own definition, so that the IR may be as many times larger as blocks nest.
pub const WORKFLOW_BYTES_MAX: usize = 512 << 10;

/// Fuel of an attempt: about one unit per WebAssembly instruction. Some seconds of one core,
/// so that a runaway step ends by fuel (the same everywhere) rather than by the clock.
pub const FUEL_DEFAULT: u64 = 10_000_000_000;
/// Wall-clock time of an attempt in milliseconds: longer than any sane request to a service.
pub const TIME_MS_DEFAULT: u64 = 60_000;
/// Linear memory of an attempt, all memories together: a Python guest starts with 20 MiB.
pub const MEMORY_BYTES_DEFAULT: u64 = 128 << 20;
/// Elements over all tables: Python's largest table has some ten thousand.
pub const TABLE_ELEMENTS_DEFAULT: u64 = 100_000;
/// Core instances, memories and tables of one component: Python's has nine core modules.
pub const INSTANCES_DEFAULT: u32 = 64;
/// Calls of the guest into the host: a tight loop of clock reads ends in seconds.
pub const HOST_CALLS_DEFAULT: u64 = 1_000_000;
/// Bytes that one host call may move into the host (wasmtime's host-call fuel), so that a
/// guest cannot make the host allocate more than this at once.
pub const HOST_CALL_BYTES_DEFAULT: u64 = 8 << 20;
/// Handles and resource-table entries that an attempt may hold: far above need, far below harm.
pub const HANDLES_DEFAULT: u32 = 1_000;
/// Bytes of the JSON output: what a run carries along must stay small enough to journal.
pub const OUTPUT_BYTES_DEFAULT: u64 = 4 << 20;
/// Bytes of a step error: it is stored with the run and shown to people.
pub const ERROR_BYTES_DEFAULT: u64 = 64 << 10;
/// Bytes of log output; a step that floods the log fails instead of hiding its neighbours.
pub const LOG_BYTES_DEFAULT: u64 = 1 << 20;
/// HTTP requests of an attempt.
pub const HTTP_REQUESTS_DEFAULT: u32 = 64;
/// Bytes of HTTP bodies, requests and responses together.
pub const HTTP_BYTES_DEFAULT: u64 = 16 << 20;
/// Time of one HTTP exchange in milliseconds, connecting included.
pub const HTTP_TIME_MS_DEFAULT: u64 = 30_000;

/// The limits of one attempt. Units are in the names; there is no "unlimited".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct StepLimits {
    /// Units of fuel.
    pub fuel: u64,
    /// Wall-clock milliseconds.
    pub time_ms: u64,
    /// Bytes of linear memory.
    pub memory_bytes: u64,
    /// Table elements.
    pub table_elements: u64,
    /// Core instances, memories and tables, each.
    pub instances: u32,
    /// Calls into the host.
    pub host_calls: u64,
    /// Bytes moved into the host by one call.
    pub host_call_bytes: u64,
    /// Handles held at once.
    pub handles: u32,
    /// Bytes of output.
    pub output_bytes: u64,
    /// Bytes of a step error.
    pub error_bytes: u64,
    /// Bytes of log output.
    pub log_bytes: u64,
    /// HTTP requests.
    pub http_requests: u32,
    /// Bytes of HTTP bodies.
    pub http_bytes: u64,
    /// Milliseconds of one HTTP exchange.
    pub http_time_ms: u64,
}

impl Default for StepLimits {
    fn default() -> Self {
        StepLimits {
            fuel: FUEL_DEFAULT,
            time_ms: TIME_MS_DEFAULT,
            memory_bytes: MEMORY_BYTES_DEFAULT,
            table_elements: TABLE_ELEMENTS_DEFAULT,
            instances: INSTANCES_DEFAULT,
            host_calls: HOST_CALLS_DEFAULT,
            host_call_bytes: HOST_CALL_BYTES_DEFAULT,
            handles: HANDLES_DEFAULT,
            output_bytes: OUTPUT_BYTES_DEFAULT,
            error_bytes: ERROR_BYTES_DEFAULT,
            log_bytes: LOG_BYTES_DEFAULT,
            http_requests: HTTP_REQUESTS_DEFAULT,
            http_bytes: HTTP_BYTES_DEFAULT,
            http_time_ms: HTTP_TIME_MS_DEFAULT,
        }
    }
}

/// What an author suggests or a workflow asks for: any of the three that matter most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LimitRequest {
    /// Units of fuel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// Wall-clock milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
    /// Bytes of linear memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

impl StepLimits {
    /// These limits as the ceiling, narrowed to what is requested.
    #[must_use]
    pub fn narrowed(&self, request: &LimitRequest) -> StepLimits {
        let least = |ceiling: u64, wish: Option<u64>| wish.map_or(ceiling, |w| w.min(ceiling));
        StepLimits {
            fuel: least(self.fuel, request.fuel),
            time_ms: least(self.time_ms, request.time_ms),
            memory_bytes: least(self.memory_bytes, request.memory_bytes),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_narrows_and_never_widens() {
        let ceiling = StepLimits::default();
        let wish = LimitRequest {
            fuel: Some(5),
            time_ms: Some(u64::MAX),
            memory_bytes: None,
        };
        let limits = ceiling.narrowed(&wish);
        assert_eq!((limits.fuel, limits.time_ms), (5, TIME_MS_DEFAULT));
        assert_eq!(limits.memory_bytes, MEMORY_BYTES_DEFAULT);
    }
}
