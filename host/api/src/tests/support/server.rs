//! The API in front of a host, on a free port of loopback.

use std::sync::Arc;
use std::time::Duration;

use segue_bundle::Policy;
use segue_executor::{Entropy, Host, HostOptions, HostParts, Vault};
use segue_model::Problem;
use segue_store::SystemClock;
use segue_store::memory::MemoryStore;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::steps::{Steps, component};
use crate::{ApiHandle, ApiOptions, ApiService, Token};

pub(in crate::tests) const TOKEN: &str = "a-token-that-is-long-enough";

/// Longer than anything takes here; only a defect waits for it.
const GRACE: Duration = Duration::from_secs(20);

pub(in crate::tests) struct Server {
    pub(super) address: String,
    release: watch::Sender<bool>,
    handle: ApiHandle,
    serving: Option<JoinHandle<()>>,
    host: Host,
    runtime: Runtime,
}

/// Different in every call, and the same in every run of the tests.
struct Counter(std::sync::atomic::AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        bytes.fill(0);
        for (slot, byte) in bytes.iter_mut().rev().zip(n.to_le_bytes()) {
            *slot = byte;
        }
    }
}

/// A vault that hides nothing, and is never asked to open anything.
struct Paint;

impl Vault for Paint {
    fn seal(&self, name: &str, value: &Value) -> Result<Vec<u8>, Problem> {
        Ok(format!("{name}: {value}").into())
    }
}

impl Server {
    /// A server with nothing deployed.
    pub(in crate::tests) fn empty() -> Self {
        let runtime = Runtime::new().unwrap();
        let (release, held) = watch::channel(false);
        let (host, service) = runtime.block_on(async {
            let parts = HostParts {
                store: Arc::new(MemoryStore::new(SystemClock::new())),
                invoker: Arc::new(Steps(held)),
                entropy: Arc::new(Counter(std::sync::atomic::AtomicU64::new(1))),
                sinks: Vec::new(),
                vault: Some(Arc::new(Paint)),
                catalogs: Arc::new(segue_dsl::NoCatalogs),
                builtin: Vec::new(),
                policy: Policy::default(),
                options: HostOptions::default(),
            };
            let options = ApiOptions {
                listen: ([127, 0, 0, 1], 0).into(),
                token: Token::new(TOKEN).unwrap(),
                instance: "this-instance".to_owned(),
            };
            (
                Host::start(parts).await.unwrap(),
                ApiService::bind(options).await.unwrap(),
            )
        });
        let address = format!("http://{}", service.address());
        let handle = service.handle();
        let serving = runtime.spawn(service.run(host.clone(), GRACE));
        Server {
            address,
            release,
            handle,
            serving: Some(serving),
            host,
            runtime,
        }
    }

    /// A server with the plugin `acts`.
    pub(in crate::tests) fn start() -> Self {
        let server = Self::empty();
        assert_eq!(
            server
                .post_bytes("/v1/plugins", &component("1.0.0", ""))
                .status,
            201
        );
        server
    }

    /// A server with the plugin and a workflow `test/flow:1.0.0` that calls its step `step`.
    pub(in crate::tests) fn with(step: &str) -> Self {
        let server = Self::start();
        let source = super::workflow("flow", "1.0.0", step);
        assert_eq!(
            server.post_bytes("/v1/workflows", source.as_bytes()).status,
            201
        );
        server
    }

    /// Lets the step `hold` go on.
    pub(in crate::tests) fn release(&self) {
        self.release.send_replace(true);
    }

    /// Asks the service to end.
    pub(in crate::tests) fn close(&self) {
        self.handle.close();
    }

    /// Waits until the service has ended.
    pub(in crate::tests) fn closed(&mut self) {
        if let Some(serving) = self.serving.take() {
            self.runtime.block_on(serving).unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.release();
        self.close();
        self.closed();
        self.runtime.block_on(self.host.shutdown(GRACE));
    }
}
