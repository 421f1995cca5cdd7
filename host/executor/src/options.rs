//! What an operator may set, and why the defaults are what they are.

/// Progress may stay uncommitted for this long (design: a chain of pure steps commits once).
/// It bounds what a crash makes again, and how long the answer to a start may take.
pub const COALESCE_MS: u64 = 50;
/// Journal entries that one commit may gather: bounds the memory of a chain of very fast
/// steps and the size of a transaction.
pub const COALESCED_ENTRIES_MAX: usize = 256;
/// Bytes of journal entries and payloads that one commit may gather.
pub const COALESCED_BYTES_MAX: usize = 16 << 20;
/// Attempts that run at once. More only wait in the sandbox's own queue.
pub const ATTEMPTS_MAX: usize = 64;
/// Runs in memory. Each holds its state and a task; 10,000 small ones take some tens of MiB.
pub const RUNS_MAX: usize = 10_000;
/// Messages that wait for one run: the ends of many children may come at once. A flood is told
/// to come back.
pub const INBOX_LEN: usize = 256;
/// Bytes of a run's input, as JSON.
pub const INPUT_BYTES_MAX: usize = 4 << 20;
/// Compiled plans that are kept.
pub const PLANS_MAX: usize = 256;
/// Events that a slow watcher may lag behind before it misses some.
pub const WATCH_LEN: usize = 1_024;
/// Timers that are read at once.
pub const TIMER_BATCH: usize = 256;
/// Runs that recovery reads at once.
pub const RECOVERY_PAGE: usize = 256;
/// Runs that are read from the store at once.
pub const LOADS_MAX: usize = 32;
/// The first pause after a failed commit, in milliseconds. It doubles.
pub const STORE_RETRY_MS: u64 = 100;
/// The longest pause after a failed commit: how late a run notices that the disk has room.
pub const STORE_RETRY_MS_MAX: u64 = 5_000;

/// Bytes of an event's envelope. The CloudEvents specification asks for 64 KiB.
pub const EVENT_BYTES_MAX: usize = 1 << 20;
/// How long an event waits in the inbox for runs that want it, in milliseconds: a day.
pub const EVENT_TTL_MS: u64 = 86_400_000;
/// Events that are read at once for one listener.
pub const OFFERS_BATCH: usize = 32;
/// Runs that are not in memory and whose place in the inbox is kept. Each takes some 100 bytes.
pub const CURSORS_MAX: usize = 10_000;
/// How long a run stays in memory after a child or an event came to it, in milliseconds: the
/// next one often comes at once, and loading a run with ten thousand children is dear.
pub const LINGER_MS: u64 = 2_000;
/// Levels of runs that start runs and wait for them: ends the endless recursion.
pub const CHILD_DEPTH_MAX: u32 = 64;

/// The limits of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostOptions {
    /// Milliseconds that progress may stay uncommitted.
    pub coalesce_ms: u64,
    /// Attempts that run at once.
    pub attempts_max: usize,
    /// Runs in memory; starts beyond it are refused as busy.
    pub runs_max: usize,
    /// Bytes of a run's input.
    pub input_bytes_max: usize,
    /// Bytes of an event's envelope.
    pub event_bytes_max: usize,
    /// Milliseconds that an event waits for runs that want it.
    pub event_ttl_ms: u64,
    /// Milliseconds that a run is kept after its end; without, for ever.
    pub retention_ms: Option<u64>,
    /// What URLs that lead back to this host begin with, such as `https://segue.example`,
    /// without a slash at the end; empty, they are paths.
    pub public_url: String,
}

impl Default for HostOptions {
    fn default() -> Self {
        HostOptions {
            coalesce_ms: COALESCE_MS,
            attempts_max: ATTEMPTS_MAX,
            runs_max: RUNS_MAX,
            input_bytes_max: INPUT_BYTES_MAX,
            event_bytes_max: EVENT_BYTES_MAX,
            event_ttl_ms: EVENT_TTL_MS,
            retention_ms: None,
            public_url: String::new(),
        }
    }
}
