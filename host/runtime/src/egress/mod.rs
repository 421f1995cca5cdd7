//! Outgoing HTTP of a guest: every request is checked against the step's grants, sent to an
//! address that was itself checked, and counted.

mod address;
mod auth;
mod body;
mod budget;
mod confidential;
mod dial;
mod exchange;
mod headers;
mod incoming;
mod key;
mod outgoing;
mod placing;
mod policy;
pub(crate) mod resolve;
mod send;
mod tls;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use http::{HeaderName, Request};
use segue_model::{Grants, Invocation, StepLimits};
use wasmtime_wasi_http::{
    Error, ForbiddenHeaderFilter, RequestOptions, Result, WasiBody, WasiHttpCtx, WasiHttpHooks,
};

pub(crate) use auth::Tokens;
pub(crate) use budget::{Budget, Holder, Refusal};
pub(crate) use confidential::Confidential;
pub(crate) use tls::client_config;

use auth::Failure;
use key::KeyMint;
use resolve::Resolve;
use send::Outbound;

use crate::secrets::SecretSource;

/// The most bytes of header fields in one `fields` resource of a guest.
const FIELD_BYTES_MAX: usize = 64 << 10;
/// The most that a guest may write to a request body in one call.
const BODY_CHUNK_BYTES: usize = 64 << 10;

/// A response and the future that drives its connection, as wasmtime-wasi-http wants them.
type Exchange = (
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<()>> + Send>,
);

/// What every egress of a runtime shares.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) tls: Arc<rustls::ClientConfig>,
    pub(crate) secrets: Arc<dyn SecretSource>,
    pub(crate) tokens: Arc<Tokens>,
}

/// The egress of one attempt.
pub(crate) struct Egress {
    pub(crate) ctx: WasiHttpCtx,
    pub(crate) hooks: Hooks,
}

/// Checks and sends the requests of one attempt.
pub(crate) struct Hooks {
    shared: Arc<Shared>,
    keys: KeyMint,
}

/// What the requests of one attempt share.
struct Shared {
    network: Network,
    grants: Grants,
    budget: Arc<Budget>,
    secrets: Confidential,
}

impl Egress {
    /// The egress of an attempt that may reach what it was granted.
    pub(crate) fn new(network: Network, invocation: &Invocation, secrets: Confidential) -> Self {
        let budget = Budget::new(&invocation.limits, Holder::of(invocation));
        let shared = Shared {
            network,
            grants: invocation.grants.clone(),
            budget: Arc::new(budget),
            secrets,
        };
        Self::with(shared, invocation.context.idempotency_key.as_str())
    }

    /// The egress of a guest that was granted nothing.
    pub(crate) fn closed(network: Network) -> Self {
        let budget = Budget::new(&StepLimits::default(), Holder::default());
        let shared = Shared {
            network,
            grants: Grants::default(),
            budget: Arc::new(budget),
            secrets: Confidential::default(),
        };
        Self::with(shared, "")
    }

    fn with(shared: Shared, key: &str) -> Self {
        let mut ctx = WasiHttpCtx::new();
        ctx.set_field_size_limit(FIELD_BYTES_MAX);
        let hooks = Hooks {
            shared: Arc::new(shared),
            keys: KeyMint::new(key),
        };
        Egress { ctx, hooks }
    }

    /// What the requests used and were refused.
    pub(crate) fn budget(&self) -> &Budget {
        &self.hooks.shared.budget
    }
}

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(|name: &HeaderName| headers::is_forbidden(name))
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _sent: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Box<dyn Future<Output = Result<Exchange>> + Send> {
        let checked = self.check(request);
        let shared = self.shared.clone();
        let options = options.unwrap_or_default();
        Box::new(async move { exchange::exchange(checked?, shared, options).await })
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK_BYTES
    }
}

/// A request that may be sent.
struct Checked {
    outbound: Outbound,
    /// What it is for, and so what it authenticates with.
    of: headers::Use,
}

impl Hooks {
    /// The decisions that need no network: count, method, destination, grant, key.
    fn check(&mut self, mut request: Request<WasiBody>) -> Result<Checked> {
        let budget = &self.shared.budget;
        policy::check_method(request.method())?;
        let destination = policy::Destination::of(request.uri())?;
        let Some(grant) = destination.grant(&self.shared.grants.http) else {
            budget.refuse_destination(&destination);
            return Err(Error::HttpRequestDenied);
        };
        let allow_private = grant.allow_private;
        budget.take_request()?;
        // Of the request as the guest wrote it: a key must not tell of a secret.
        let key = self.keys.mint(request.method(), request.uri());
        let of = headers::take_use(request.headers_mut());
        headers::prepare(request.headers_mut(), &destination, &key)?;
        Ok(Checked {
            outbound: Outbound {
                request,
                destination,
                allow_private,
                metered: true,
            },
            of,
        })
    }
}

/// 128 random bits, for what must not be guessed or used twice.
fn random_hex() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::unreachable(format!("no random bytes: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
