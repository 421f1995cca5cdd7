//! What every task of a host shares.

use std::sync::Arc;

use segue_bundle::Policy;
use segue_dsl::Catalogs;
use segue_model::problem::Kind;
use segue_model::{Digest, Problem, Timestamp};
use segue_store::Store;
use tokio::sync::{Mutex, Semaphore};

use crate::catalogue::Catalogue;
use crate::events::Waker;
use crate::health::{Health, shutting_down};
use crate::hub::Hub;
use crate::options::{HostOptions, LOADS_MAX};
use crate::outbox;
use crate::plans::Plans;
use crate::port::{Builtin, Entropy, Invoker, Sink, Sleeper, Vault};
use crate::refusal::store_problem;
use crate::run::{Cursors, Registry};
use crate::tasks::Tasks;
use crate::timers::Bell;
use crate::turns::Turns;

/// The ports, as they were given.
pub(crate) struct Ports {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) invoker: Arc<dyn Invoker>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) sleeper: Arc<dyn Sleeper>,
    pub(crate) sinks: Vec<Arc<dyn Sink>>,
    pub(crate) vault: Option<Arc<dyn Vault>>,
    pub(crate) catalogs: Arc<dyn Catalogs + Send + Sync>,
    pub(crate) builtin: Vec<Arc<dyn Builtin>>,
}

/// One host, as its tasks see it.
pub(crate) struct Shared {
    pub(crate) ports: Ports,
    pub(crate) policy: Policy,
    pub(crate) options: HostOptions,
    pub(crate) catalogue: Catalogue,
    pub(crate) plans: Plans,
    pub(crate) registry: Registry,
    pub(crate) hub: Hub,
    pub(crate) health: Health,
    pub(crate) bell: Bell,
    /// Rung when a commit wrote into the outbox.
    pub(crate) outbox: outbox::Bell,
    /// Told of events in the inbox.
    pub(crate) waker: Waker,
    pub(crate) cursors: Cursors,
    pub(crate) tasks: Tasks,
    /// One permit per attempt that runs.
    pub(crate) attempts: Semaphore,
    /// One permit per run that is being read.
    pub(crate) loads: Semaphore,
    /// Held while something is deployed: what is resolved against must not change meanwhile.
    pub(crate) deploying: Mutex<()>,
    /// Attempts that need the same component take turns to load it, so that it is loaded once;
    /// others do not wait for it.
    loading: Turns,
}

impl Shared {
    pub(crate) fn new(
        ports: Ports,
        policy: Policy,
        options: HostOptions,
        catalogue: Catalogue,
    ) -> Shared {
        let attempts = Semaphore::new(options.attempts_max.clamp(1, Semaphore::MAX_PERMITS));
        Shared {
            ports,
            policy,
            options,
            catalogue,
            plans: Plans::default(),
            registry: Registry::default(),
            hub: Hub::default(),
            health: Health::default(),
            bell: Bell::default(),
            outbox: outbox::Bell::default(),
            waker: Waker::default(),
            cursors: Cursors::default(),
            tasks: Tasks::default(),
            attempts,
            loads: Semaphore::new(LOADS_MAX),
            deploying: Mutex::new(()),
            loading: Turns::default(),
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.ports.store.as_ref()
    }

    /// The store's present time.
    pub(crate) fn now(&self) -> Timestamp {
        self.ports.store.now()
    }

    /// Sleeps until the store's clock says `at`.
    pub(crate) async fn sleep_until(&self, at: Timestamp) {
        loop {
            let now = self.now();
            if now >= at {
                return;
            }
            self.ports.sleeper.sleep(now, at).await;
        }
    }

    /// Sleeps for `ms` milliseconds of the store's clock.
    pub(crate) async fn pause(&self, ms: u64) {
        self.sleep_until(self.now().plus_ms(ms)).await;
    }

    /// Refuses new work while it could not be made durable or finished. After an outage
    /// the store itself is asked, now and then, whether it works again.
    pub(crate) async fn admit(&self) -> Result<(), Problem> {
        if self.tasks.is_draining() {
            return Err(shutting_down());
        }
        let now = self.now();
        match self.health.outage(now) {
            None => Ok(()),
            Some((problem, false)) => Err(problem),
            Some((_, true)) => match self.store().probe().await {
                Ok(()) => {
                    self.health.store_works();
                    Ok(())
                }
                Err(error) => {
                    self.health.store_failed(&error, now);
                    Err(store_problem(&error))
                }
            },
        }
    }

    /// The plugin with this component, where it comes with the host.
    pub(crate) fn builtin(&self, component: &Digest) -> Option<&Arc<dyn Builtin>> {
        let mut builtin = self.ports.builtin.iter();
        builtin.find(|builtin| builtin.descriptor().digest == *component)
    }

    /// Makes a component ready to be invoked.
    pub(crate) async fn ensure_loaded(&self, component: &Digest) -> Result<(), Problem> {
        let invoker = &self.ports.invoker;
        if invoker.is_loaded(component) {
            return Ok(());
        }
        let _loading = self.loading.hold(&component.to_string()).await;
        if invoker.is_loaded(component) {
            return Ok(());
        }
        if let Some(builtin) = self.builtin(component) {
            return invoker.load(*component, builtin.component()?).await;
        }
        let bytes = self.store().component(component).await;
        let bytes = bytes.map_err(|error| store_problem(&error))?;
        let bytes = bytes.ok_or_else(|| {
            Problem::new(
                Kind::Internal,
                format!("component {component} is not in the store: deploy its plugin again"),
            )
        })?;
        invoker.load(*component, bytes).await
    }
}
