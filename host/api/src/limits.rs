//! Every size and time that a caller controls, with its reason.

use std::time::Duration;

/// Connections at once. Beyond it, new ones wait in the backlog of the socket instead of
/// taking memory here.
pub(crate) const CONNECTIONS_MAX: usize = 1024;

/// Time to send a request's head; a caller that drips it holds no connection for longer.
/// It is also how long an idle connection is kept.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(30);

/// Time to send a request's body: 64 MiB in it are about 1 MiB/s.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(60);

/// Headers of a request; clients send fewer than 20.
pub(crate) const HEADERS_MAX: usize = 64;

/// Bytes of a request's head and of the connection's read buffer.
pub(crate) const HEAD_BYTES_MAX: usize = 64 << 10;

/// Bytes of a body that is a workflow document: above what the language front end takes, so
/// that its own diagnostic explains the limit.
pub(crate) const WORKFLOW_BODY_BYTES_MAX: usize = 2 * segue_model::limits::WORKFLOW_BYTES_MAX;

/// Bytes of a request that starts a run: above the host's own limit of an input (4 MiB), so
/// that its message explains it, with room for JSON that is written wide.
pub(crate) const START_BYTES_MAX: usize = 8 << 20;

/// Bytes of any other body: a reason, an option.
pub(crate) const SMALL_BYTES_MAX: usize = 16 << 10;

/// Bytes of a secret: a key with its chain of certificates has some ten thousand.
pub(crate) const SECRET_BYTES_MAX: usize = 256 << 10;

/// Characters that say who answers a callback: a name, or an address.
pub(crate) const BY_CHARS_MAX: usize = 256;

/// The longest `?wait=`: below the 60 s after which common proxies give up.
pub(crate) const WAIT_SECONDS_MAX: u64 = 50;

/// Items of one page of a list.
pub(crate) const PAGE_MAX: usize = 500;

/// Items of a page where the caller does not say.
pub(crate) const PAGE_DEFAULT: usize = 50;

/// Characters of an idempotency key: a UUID has 36.
pub(crate) const KEY_CHARS_MAX: usize = 255;

/// Characters of a `traceparent` (W3C Trace Context, version 00 has 55; later ones may be longer).
pub(crate) const TRACE_PARENT_CHARS_MAX: usize = 256;

/// How often an event stream without events shows that it is alive.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Journal entries that an event stream reads at once.
pub(crate) const EVENTS_BATCH: usize = 100;

/// When to try again after the host was busy: admission clears within a second.
pub(crate) const RETRY_BUSY_SECONDS: u32 = 1;

/// When to try again after the store could not be written: somebody has to act.
pub(crate) const RETRY_STORE_SECONDS: u32 = 10;
