//! The host: everything that runs, behind one handle.

mod start;

use std::sync::Arc;
use std::time::Duration;

use segue_bundle::{Policy, is_host_name};
use segue_dsl::{Catalogs, Diagnostic};
use segue_engine::Input;
use segue_model::problem::Kind;
use segue_model::{Problem, RunId};
use segue_store::{
    Accepted, NewEvent, Page, PluginRecord, RunFilter, RunStatus, RunSummary, SecretRecord, Store,
    WorkflowRecord,
};
use serde_json::Value;
use tokio_util::sync::DropGuard;

use crate::callbacks::{self, Answered, CallbackView};
use crate::catalogue::Catalogue;
use crate::health::Readiness;
use crate::hub::{Ending, LifecycleWatch, Watch};
use crate::options::HostOptions;
use crate::port::{Builtin, Entropy, Invoker, Sink, Sleeper, TokioSleeper, Vault};
use crate::recovery::recover;
use crate::refusal::{chain, no_such_run, store_problem};
use crate::request::{Begun, Deployment, PluginView, Rejection, StartRequest, Started};
use crate::shared::{Ports, Shared};
use crate::turns::Turns;
use crate::view::{self, JournalView, RunView};
use crate::{deploy, events, outbox, retention, run, schedules, secrets, timers};

/// What a host is made of.
pub struct HostParts {
    /// Keeps everything, and supplies the time.
    pub store: Arc<dyn Store>,
    /// Runs steps.
    pub invoker: Arc<dyn Invoker>,
    /// Supplies randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Where events leave the host.
    pub sinks: Vec<Arc<dyn Sink>>,
    /// Seals secrets; without one, none can be put.
    pub vault: Option<Arc<dyn Vault>>,
    /// The catalogs that documents may take functions from.
    pub catalogs: Arc<dyn Catalogs + Send + Sync>,
    /// Plugins that come with the host: those of standard calls and scripts.
    pub builtin: Vec<Arc<dyn Builtin>>,
    /// What the operator allows.
    pub policy: Policy,
    /// Limits.
    pub options: HostOptions,
}

/// Why a host could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store could not be read, or recovery not be noted in it.
    #[error("the host could not take up what is in its store")]
    Store(#[from] segue_store::StoreError),
}

/// A running host. Cheap to clone; when the last clone is dropped, everything that runs is
/// dropped where it stands, as in a crash. [`Host::shutdown`] ends it in order.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    /// Starts with one idempotency key take turns.
    keys: Turns,
    /// Drops every task with the last handle.
    _guard: DropGuard,
}

/// Journal entries that one call gives at most.
const JOURNAL_PAGE_MAX: usize = 1_000;
/// Runs that one call gives at most.
const RUNS_PAGE_MAX: usize = 1_000;

impl Host {
    /// Starts a host: loads the plugins, takes up every run that was in flight, and starts
    /// the timers.
    pub async fn start(parts: HostParts) -> Result<Host, StartError> {
        Self::start_with(parts, Arc::new(TokioSleeper)).await
    }

    /// Starts a host that sleeps through `sleeper`, for whoever owns the store's clock.
    pub async fn start_with(
        parts: HostParts,
        sleeper: Arc<dyn Sleeper>,
    ) -> Result<Host, StartError> {
        let catalogue = Catalogue::read(parts.store.as_ref()).await?;
        let ports = Ports {
            store: parts.store,
            invoker: parts.invoker,
            entropy: parts.entropy,
            sleeper,
            sinks: parts.sinks,
            vault: parts.vault,
            catalogs: parts.catalogs,
            builtin: parts.builtin,
        };
        let shared = Arc::new(Shared::new(ports, parts.policy, parts.options, catalogue));
        let host = Host(Arc::new(Inner {
            _guard: shared.tasks.guard(),
            keys: Turns::default(),
            shared: Arc::clone(&shared),
        }));
        deploy::announce(&shared);
        load_plugins(&shared).await;
        let recovered = recover(&shared).await?;
        if recovered > 0 {
            tracing::info!(recovered, "runs were in flight and go on");
        }
        let tasks = &shared.tasks;
        tasks.spawn(timers::run(Arc::clone(&shared)));
        tasks.spawn(outbox::run(Arc::clone(&shared)));
        tasks.spawn(events::run(Arc::clone(&shared)));
        tasks.spawn(events::look_around(Arc::clone(&shared)));
        tasks.spawn(events::expire(Arc::clone(&shared)));
        tasks.spawn(retention::run(Arc::clone(&shared)));
        tasks.spawn(schedules::catch_up(Arc::clone(&shared)));
        Ok(host)
    }

    /// Deploys a plugin: inspects its component, checks its imports against the policy, and
    /// stores it. Deploying the same again is no error; the same name and version with
    /// another component is a conflict.
    pub async fn deploy_plugin(&self, component: Vec<u8>) -> Result<PluginRecord, Problem> {
        self.0.shared.admit().await?;
        deploy::plugin(&self.0.shared, component.into()).await
    }

    /// All plugins with what the policy makes of their steps, by name and then by version.
    pub async fn plugins(&self) -> Result<Vec<PluginView>, Problem> {
        Ok(deploy::plugin_views(&self.0.shared))
    }

    /// Deploys a workflow: compiles it, resolves and pins its steps, and stores it. The same
    /// source again pins newer plugins where there are any; another source needs another
    /// version.
    pub async fn deploy_workflow(&self, source: &str) -> Result<Deployment, Rejection> {
        self.0.shared.admit().await?;
        deploy::workflow(&self.0.shared, source).await
    }

    /// What is wrong with a workflow, and what looks wrong: the findings of the language, and
    /// of resolving its steps against what is deployed.
    pub async fn check_workflow(&self, source: &str) -> Vec<Diagnostic> {
        deploy::check(&self.0.shared, source).await
    }

    /// The current deployment of every workflow, by name and then by version.
    pub async fn workflows(&self) -> Result<Vec<WorkflowRecord>, Problem> {
        Ok(self.0.shared.catalogue.workflows())
    }

    /// Starts a run. It is durable when this returns.
    pub async fn start_run(&self, request: StartRequest) -> Result<Started, Problem> {
        Ok(self.begin_run(request).await?.started)
    }

    /// The same, for whoever waits for its end: see [`Host::wait_for`].
    pub async fn begin_run(&self, request: StartRequest) -> Result<Begun, Problem> {
        start::start_run(&self.0.shared, &self.0.keys, request).await
    }

    /// The run that was begun once it has ended, or as it stands after `at_most`.
    pub async fn wait_for(
        &self,
        begun: &Begun,
        at_most: Duration,
    ) -> Result<Arc<RunView>, Problem> {
        let run = &begun.started.run;
        let Some(ending) = &begun.ending else {
            return self.wait(run, at_most).await;
        };
        match self.end_of(ending, at_most).await {
            Some(view) => Ok(view),
            None => self.run(run).await.map(Arc::new),
        }
    }

    /// The run once it has ended, or as it stands after `at_most`, whichever comes first.
    pub async fn wait(&self, run: &RunId, at_most: Duration) -> Result<Arc<RunView>, Problem> {
        let ending = self.0.shared.hub.ending(run);
        if !self.status(run).await?.is_ended()
            && let Some(view) = self.end_of(&ending, at_most).await
        {
            return Ok(view);
        }
        self.run(run).await.map(Arc::new)
    }

    /// The view of a run that ends meanwhile, where it is at hand.
    async fn end_of(&self, ending: &Ending, at_most: Duration) -> Option<Arc<RunView>> {
        let shared = &self.0.shared;
        let ms = u64::try_from(at_most.as_millis()).unwrap_or(u64::MAX);
        tokio::select! {
            biased;
            view = ending.wait() => view,
            () = shared.pause(ms) => None,
            () = shared.tasks.draining() => None,
        }
    }

    /// The run as it stands.
    pub async fn run(&self, run: &RunId) -> Result<RunView, Problem> {
        view::run_view(&self.0.shared, run).await
    }

    /// The run's journal from entry number `from` (1 is the first), at most `limit` entries
    /// and never more than 1,000.
    pub async fn journal(
        &self,
        run: &RunId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<JournalView>, Problem> {
        view::journal_views(&self.0.shared, run, from, limit.min(JOURNAL_PAGE_MAX)).await
    }

    /// Runs, newest first, never more than 1,000.
    pub async fn runs(&self, filter: RunFilter, page: Page) -> Result<Vec<RunSummary>, Problem> {
        let page = Page {
            limit: page.limit.min(RUNS_PAGE_MAX),
            ..page
        };
        let runs = self.0.shared.store().list(&filter, &page).await;
        runs.map_err(|error| store_problem(&error))
    }

    /// Cancels a run. It is durably cancelled when this returns; cancelling it again is no
    /// error, and a run that ended otherwise is a conflict. What it started and waits for is
    /// cancelled, too.
    pub async fn cancel(&self, run: &RunId, reason: Option<String>) -> Result<RunView, Problem> {
        self.command(run, Input::Cancel { reason }).await?;
        let view = self.run(run).await?;
        match view.status {
            RunStatus::Cancelled => Ok(view),
            status => Err(Problem::new(
                Kind::Conflict,
                format!("run {run} cannot be cancelled: it is {}", status.name()),
            )),
        }
    }

    /// Stops a run for a while: attempts in flight may end, nothing new begins. Durable when
    /// this returns; suspending it again is no error, and a run that ended is a conflict.
    pub async fn suspend(&self, run: &RunId, reason: Option<String>) -> Result<RunView, Problem> {
        self.command(run, Input::Suspend { reason }).await?;
        let view = self.run(run).await?;
        match view.status {
            RunStatus::Suspended => Ok(view),
            status => Err(Problem::new(
                Kind::Conflict,
                format!("run {run} cannot be suspended: it is {}", status.name()),
            )),
        }
    }

    /// Lets a suspended run go on. Durable when this returns; one that is not suspended goes
    /// on anyway, and a run that ended is a conflict.
    pub async fn resume(&self, run: &RunId) -> Result<RunView, Problem> {
        if self.status(run).await?.is_ended() {
            let status = self.status(run).await?.name();
            let detail = format!("run {run} cannot be resumed: it is {status}");
            return Err(Problem::new(Kind::Conflict, detail));
        }
        self.command(run, Input::Resume).await?;
        self.run(run).await
    }

    /// Removes a run that has ended, with its journal, its payloads that no other run has, and
    /// its idempotency key. Durable when this returns.
    pub async fn delete(&self, run: &RunId) -> Result<(), Problem> {
        self.0.shared.admit().await?;
        retention::forget(&self.0.shared, run).await
    }

    /// Accepts events. They are durable when this returns: each has its number in the inbox,
    /// and one whose source and id are there already is a duplicate.
    pub async fn accept_events(&self, events: Vec<NewEvent>) -> Result<Vec<Accepted>, Problem> {
        events::accept(&self.0.shared, events).await
    }

    /// The callbacks that a run waits for, with the addresses that answer them.
    pub async fn callbacks(&self, run: &RunId) -> Result<Vec<CallbackView>, Problem> {
        callbacks::pending(&self.0.shared, run).await
    }

    /// The callback that waits under this token.
    pub async fn callback(&self, run: &RunId, token: &str) -> Result<CallbackView, Problem> {
        callbacks::find(&self.0.shared, run, token).await
    }

    /// Answers a callback. The answer is durable when this returns; the same answer again is
    /// no error, another one is a conflict.
    pub async fn answer_callback(
        &self,
        run: &RunId,
        token: &str,
        answer: Value,
        by: Option<String>,
    ) -> Result<Answered, Problem> {
        callbacks::answer(&self.0.shared, run, token, answer, by).await
    }

    /// The names of all secrets.
    pub async fn secrets(&self) -> Result<Vec<SecretRecord>, Problem> {
        secrets::list(&self.0.shared).await
    }

    /// Puts a secret, or replaces it; says whether it is new. It is durable when this returns.
    pub async fn put_secret(&self, name: &str, value: &Value) -> Result<bool, Problem> {
        secrets::put(&self.0.shared, name, value).await
    }

    /// Removes a secret.
    pub async fn delete_secret(&self, name: &str) -> Result<(), Problem> {
        secrets::delete(&self.0.shared, name).await
    }

    /// Watches the lifecycle events of all runs from now on.
    pub fn watch_lifecycle(&self) -> LifecycleWatch {
        self.0.shared.hub.watch_lifecycle()
    }

    /// Watches a run from now on. Ask for its view after this and before the first event, so
    /// that nothing falls in between.
    pub fn watch(&self, run: &RunId) -> Watch {
        self.0.shared.hub.watch(run)
    }

    /// Whether the host can take work.
    pub async fn readiness(&self) -> Readiness {
        // Asks the store again where it is time to.
        let _ = self.0.shared.admit().await;
        let shared = &self.0.shared;
        shared.health.readiness(shared.tasks.is_draining())
    }

    /// How many runs are in memory.
    pub fn active_runs(&self) -> usize {
        self.0.shared.registry.len()
    }

    /// Ends the host in order: nothing new begins, attempts in flight may end and their
    /// outcomes become durable; after `grace`, what is left is dropped where it stands.
    pub async fn shutdown(&self, grace: Duration) {
        let shared = &self.0.shared;
        shared.tasks.drain();
        let ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        tokio::select! {
            biased;
            () = shared.tasks.ended() => {}
            () = shared.pause(ms) => tracing::warn!("the grace period is over; what still runs is dropped"),
        }
        shared.tasks.abort();
        shared.tasks.ended().await;
    }

    /// The store, for tests that look past the host.
    #[cfg(test)]
    pub(crate) fn store(&self) -> &dyn Store {
        self.0.shared.store()
    }

    /// Tells a run that has not ended something; durable when this returns.
    async fn command(&self, run: &RunId, input: Input) -> Result<(), Problem> {
        if self.status(run).await?.is_ended() {
            return Ok(());
        }
        self.0.shared.admit().await?;
        run::tell(&self.0.shared, run, input).await
    }

    async fn status(&self, run: &RunId) -> Result<RunStatus, Problem> {
        let summary = self.0.shared.store().summary(run).await;
        let summary = summary.map_err(|error| store_problem(&error))?;
        summary.map(|s| s.status).ok_or_else(|| no_such_run(run))
    }
}

/// Makes every plugin ready but those of the host's own, which are loaded when they are needed.
/// One that cannot be loaded stops nothing else: its attempts fail, and say why.
async fn load_plugins(shared: &Shared) {
    for record in shared.catalogue.plugins() {
        let descriptor = &record.descriptor;
        if is_host_name(&descriptor.name) {
            continue;
        }
        if let Err(problem) = shared.ensure_loaded(&descriptor.digest).await {
            shared.health.trouble(format!(
                "plugin {}:{} could not be loaded: {}",
                descriptor.name,
                descriptor.version,
                chain(&problem)
            ));
        }
    }
}
