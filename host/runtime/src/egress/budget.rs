//! What the requests of one attempt may use together, and what was refused.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use segue_model::ir::GrantsOf;
use segue_model::problem::Kind;
use segue_model::{Invocation, Problem, StepLimits};
use wasmtime_wasi_http::{Error, Result};

use super::policy::Destination;

/// Counts the requests and body bytes of one attempt. Shared by the connections, which run
/// as tasks beside the guest.
#[derive(Debug)]
pub(crate) struct Budget {
    holder: Holder,
    requests: AtomicU32,
    requests_max: u32,
    bytes: AtomicU64,
    bytes_max: u64,
    pub(super) exchange_time: Duration,
    refused: Mutex<Option<Refusal>>,
    unauthorized: Mutex<Option<&'static str>>,
}

/// Whose grants an attempt has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    /// As in "plugin `charge`".
    who: String,
    /// The table of `segue.toml` with its grants.
    table: String,
}

impl Holder {
    pub(crate) fn of(invocation: &Invocation) -> Self {
        let bare = |text: &str| text.split(':').next().unwrap_or(text).to_owned();
        match invocation.grants_of {
            GrantsOf::Plugin => Holder {
                who: format!("plugin `{}`", invocation.plugin),
                table: format!("plugins.{}", bare(&invocation.plugin)),
            },
            GrantsOf::Workflow => {
                let workflow = bare(&invocation.context.workflow);
                Holder {
                    who: format!("workflow `{workflow}`"),
                    table: format!("workflows.\"{workflow}\""),
                }
            }
        }
    }
}

/// Why a request did not go out or was cut off. The first is kept: if the attempt then
/// fails, this is why.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refusal {
    /// No grant for it.
    Denied(String),
    /// A limit.
    Limit(String),
    /// Secrets, credentials, or the authority that gives them.
    Problem {
        problem: Box<Problem>,
        retryable: bool,
    },
}

impl Refusal {
    /// A problem that trying again does not mend.
    pub(super) fn problem(kind: Kind, detail: String) -> Self {
        Refusal::Problem {
            problem: Box::new(Problem::new(kind, detail)),
            retryable: false,
        }
    }
}

impl Budget {
    pub(super) fn new(limits: &StepLimits, holder: Holder) -> Self {
        Budget {
            holder,
            requests: AtomicU32::new(0),
            requests_max: limits.http_requests,
            bytes: AtomicU64::new(0),
            bytes_max: limits.http_bytes,
            exchange_time: Duration::from_millis(limits.http_time_ms),
            refused: Mutex::new(None),
            unauthorized: Mutex::new(None),
        }
    }

    /// How many requests were sent.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed).min(self.requests_max)
    }

    /// The first refusal, if there was any.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        let refused = self.refused.lock();
        refused.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that a server did not accept the attempt's credentials.
    pub(super) fn unauthorized(&self, scheme: &'static str) {
        let slot = self.unauthorized.lock();
        *slot.unwrap_or_else(PoisonError::into_inner) = Some(scheme);
    }

    /// The scheme of credentials that a server did not accept.
    pub(crate) fn refused_scheme(&self) -> Option<&'static str> {
        *self
            .unauthorized
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn refuse(&self, refusal: Refusal) {
        let mut first = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(refusal);
    }

    /// Counts a request, or refuses it.
    pub(super) fn take_request(&self) -> Result<()> {
        if self.requests.fetch_add(1, Ordering::Relaxed) < self.requests_max {
            return Ok(());
        }
        let detail = format!(
            "more than {} HTTP requests; send fewer, or raise `http-requests`",
            self.requests_max
        );
        self.refuse(Refusal::Limit(detail));
        Err(Error::ConnectionLimitReached)
    }

    /// Counts body bytes; false once there are too many.
    pub(super) fn take_bytes(&self, len: usize) -> bool {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        let before = self.bytes.fetch_add(len, Ordering::Relaxed);
        if before.saturating_add(len) <= self.bytes_max {
            return true;
        }
        let detail = format!(
            "more than {} bytes of HTTP bodies; send and fetch less, or raise `http-bytes`",
            self.bytes_max
        );
        self.refuse(Refusal::Limit(detail));
        false
    }

    pub(super) fn refuse_destination(&self, to: &Destination) {
        let detail = format!(
            "no grant lets {} send requests to {}://{}; to allow it, add to the host's segue.toml:\n\n{}\n",
            self.holder.who,
            to.scheme(),
            to.host_field(),
            self.grant_text(to, false)
        );
        self.refuse(Refusal::Denied(detail));
    }

    /// `found` is the address that the host name led to.
    pub(super) fn refuse_address(&self, to: &Destination, found: &str) {
        let detail = format!(
            "{} leads to the private or special address {found}, which the grant of {} does not include; to allow it, write in the host's segue.toml:\n\n{}\n",
            to.host,
            self.holder.who,
            self.grant_text(to, true)
        );
        self.refuse(Refusal::Denied(detail));
    }

    fn grant_text(&self, to: &Destination, allow_private: bool) -> String {
        let mut text = format!(
            "[[{}.grants.http]]\nscheme = \"{}\"\nhost = \"{}\"\nport = {}",
            self.holder.table,
            to.scheme(),
            to.host.escape_default(),
            to.port
        );
        if allow_private {
            text.push_str("\nallow-private = true");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> Budget {
        let limits = StepLimits {
            http_requests: 1,
            http_bytes: 10,
            ..StepLimits::default()
        };
        let holder = Holder {
            who: "plugin `charge:1.0.0`".to_owned(),
            table: "plugins.charge".to_owned(),
        };
        Budget::new(&limits, holder)
    }

    #[test]
    fn requests_and_bytes_end() {
        let budget = budget();
        assert!(budget.take_request().is_ok() && budget.take_request().is_err());
        assert!(matches!(budget.refusal(), Some(Refusal::Limit(_))));
        assert!(budget.take_bytes(10) && !budget.take_bytes(1));
        assert_eq!(budget.requests(), 1);
    }

    #[test]
    fn a_refusal_prints_the_configuration_that_would_allow_it() {
        let budget = budget();
        let to = Destination::of(&"https://pay.test/".parse().unwrap()).unwrap();
        budget.refuse_destination(&to);
        let Some(Refusal::Denied(detail)) = budget.refusal() else {
            panic!("not denied")
        };
        let want =
            "[[plugins.charge.grants.http]]\nscheme = \"https\"\nhost = \"pay.test\"\nport = 443";
        assert!(detail.trim_end().ends_with(want), "{detail}");
    }

    #[test]
    fn the_first_refusal_is_kept() {
        let budget = budget();
        budget.take_bytes(11);
        let to = Destination::of(&"https://pay.test/".parse().unwrap()).unwrap();
        budget.refuse_address(&to, "10.0.0.1");
        assert!(matches!(budget.refusal(), Some(Refusal::Limit(_))));
    }
}
