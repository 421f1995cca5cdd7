//! Outgoing HTTP of a guest: every request is checked against the step's grants, sent to an
//! address that was itself checked, and counted.

mod address;
mod body;
mod budget;
mod dial;
mod headers;
mod key;
mod policy;
pub(crate) mod resolve;
mod send;
mod tls;

use std::sync::Arc;

use http::{HeaderName, Request};
use segue_model::{Grants, StepLimits};
use wasmtime_wasi_http::{
    Error, ForbiddenHeaderFilter, RequestOptions, Result, WasiBody, WasiHttpCtx, WasiHttpHooks,
};

pub(crate) use budget::{Budget, Refusal};
pub(crate) use tls::client_config;

use key::KeyMint;
use resolve::Resolve;

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
}

/// The egress of one attempt.
pub(crate) struct Egress {
    pub(crate) ctx: WasiHttpCtx,
    pub(crate) hooks: Hooks,
}

/// Checks and sends the requests of one attempt.
pub(crate) struct Hooks {
    network: Network,
    grants: Arc<Grants>,
    keys: KeyMint,
    pub(crate) budget: Arc<Budget>,
}

impl Egress {
    /// `plugin` is the plugin's `name:version`; `key` the attempt's idempotency key.
    pub(crate) fn new(
        network: Network,
        grants: &Grants,
        limits: &StepLimits,
        plugin: &str,
        key: &str,
    ) -> Self {
        let mut ctx = WasiHttpCtx::new();
        ctx.set_field_size_limit(FIELD_BYTES_MAX);
        let hooks = Hooks {
            network,
            grants: Arc::new(grants.clone()),
            keys: KeyMint::new(key),
            budget: Arc::new(Budget::new(limits, plugin)),
        };
        Egress { ctx, hooks }
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
        let network = self.network.clone();
        let budget = self.budget.clone();
        let options = options.unwrap_or_default();
        Box::new(async move { send::send(checked?, &network, budget, options).await })
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK_BYTES
    }
}

/// A request that may be sent, to where it may be sent.
struct Checked {
    request: Request<WasiBody>,
    destination: policy::Destination,
    allow_private: bool,
}

impl Hooks {
    /// The decisions that need no network: count, method, destination, grant, key.
    fn check(&mut self, mut request: Request<WasiBody>) -> Result<Checked> {
        policy::check_method(request.method())?;
        let destination = policy::Destination::of(request.uri())?;
        let Some(grant) = destination.grant(&self.grants.http) else {
            self.budget.refuse_destination(&destination);
            return Err(Error::HttpRequestDenied);
        };
        let allow_private = grant.allow_private;
        self.budget.take_request()?;
        let key = self.keys.mint(request.method(), request.uri());
        headers::prepare(request.headers_mut(), &destination, &key)?;
        Ok(Checked {
            request,
            destination,
            allow_private,
        })
    }
}
