//! The state of one sandbox: what its host functions work on.

use segue_model::outcome::Stop;
use segue_model::{Digest, Invocation, StepLimits};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::cli::WasiCliCtxView;
use wasmtime_wasi::filesystem::WasiFilesystemCtxView;
use wasmtime_wasi::sockets::WasiSocketsCtxView;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};
use wasmtime_wasi_http::WasiHttpCtxView;

use crate::egress::{Budget, Confidential, Egress, Network};
use crate::engine::EPOCH_TICK_MS;
use crate::limiter::Limiter;
use crate::log::{Log, LogPipe, Pipe};
use crate::meter::HostCalls;
use crate::stop::StopSignal;
use crate::world::SandboxWorld;
use crate::world::io::IoView;
use crate::world::random::Source;

/// Ticks that a guest may run past its deadline before the epoch ends it. The timer around
/// the call comes first wherever the guest lets the host run.
const GRACE_TICKS: u64 = 3;

/// What the host keeps for one guest. Every host function takes its part through one of
/// the views below, each of which counts as a host call.
pub(crate) struct State {
    pub(crate) limiter: Limiter,
    pub(crate) calls: HostCalls,
    pub(crate) world: SandboxWorld,
    pub(crate) log: Log,
    table: ResourceTable,
    /// Made when first asked for: most steps never touch WASI.
    wasi: Option<Box<WasiCtx>>,
    network: Network,
    /// Outgoing HTTP, made when the guest's component imports it.
    http: Option<Box<Egress>>,
    budgets: Budgets,
}

/// Bytes that one crossing may carry, and time left.
pub(crate) struct Budgets {
    pub(crate) host_call_bytes: usize,
    pub(crate) result_bytes: usize,
    ticks_left: u64,
    time_ms: u64,
}

impl State {
    /// The state of a sandbox that is about to be instantiated.
    pub(crate) fn new(component: &Digest, limits: &StepLimits, log: Log, network: Network) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles as usize);
        State {
            limiter: Limiter::new(limits),
            calls: HostCalls::new(limits.host_calls),
            world: SandboxWorld::instantiation(component),
            log,
            table,
            wasi: None,
            network,
            http: None,
            budgets: Budgets::new(limits),
        }
    }

    /// Opens outgoing HTTP, as far as the grants go.
    pub(crate) fn open_http(&mut self, invocation: &Invocation, secrets: Confidential) {
        let egress = Egress::new(self.network.clone(), invocation, secrets);
        self.http = Some(Box::new(egress));
    }

    /// What outgoing HTTP used and was refused.
    pub(crate) fn http_budget(&self) -> Option<&Budget> {
        self.http.as_ref().map(|egress| egress.budget())
    }

    pub(crate) fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    /// One epoch has passed.
    pub(crate) fn tick(&mut self) -> Result<(), StopSignal> {
        match self.budgets.ticks_left.checked_sub(1) {
            Some(left) => {
                self.budgets.ticks_left = left;
                Ok(())
            }
            None => Err(deadline(self.budgets.time_ms)),
        }
    }
}

/// The stop at the end of an attempt's time.
pub(crate) fn deadline(time_ms: u64) -> StopSignal {
    let detail = format!("still running after {time_ms} ms; raise `time-ms` if the step needs it");
    StopSignal::new(Stop::Deadline, detail)
}

impl Budgets {
    fn new(limits: &StepLimits) -> Self {
        let bytes = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        // A result crosses as UTF-8 or as UTF-16 of twice the size; the exact check of the
        // text's length comes after. This one keeps a huge result from being copied at all.
        let result = limits.output_bytes.max(limits.error_bytes);
        Budgets {
            host_call_bytes: bytes(limits.host_call_bytes),
            result_bytes: bytes(result.saturating_mul(2).saturating_add(RESULT_SLACK_BYTES)),
            ticks_left: (limits.time_ms / EPOCH_TICK_MS).saturating_add(GRACE_TICKS),
            time_ms: limits.time_ms,
        }
    }
}

/// For the records around the texts of a result.
const RESULT_SLACK_BYTES: u64 = 16 << 10;

/// The views that host functions take.
impl State {
    pub(crate) fn log_view(&mut self) -> &mut Log {
        self.calls.enter();
        &mut self.log
    }

    pub(crate) fn io_view(&mut self) -> IoView<'_> {
        self.calls.enter();
        IoView {
            table: &mut self.table,
            clock: &mut self.world.clock,
        }
    }

    pub(crate) fn random_view(&mut self) -> &mut Source {
        self.calls.enter();
        &mut self.world.random
    }

    pub(crate) fn table_view(&mut self) -> &mut ResourceTable {
        self.calls.enter();
        &mut self.table
    }

    pub(crate) fn cli_view(&mut self) -> WasiCliCtxView<'_> {
        self.calls.enter();
        WasiCliCtxView {
            ctx: empty_world(&mut self.wasi, &self.log).cli(),
            table: &mut self.table,
        }
    }

    pub(crate) fn filesystem_view(&mut self) -> WasiFilesystemCtxView<'_> {
        self.calls.enter();
        WasiFilesystemCtxView {
            ctx: empty_world(&mut self.wasi, &self.log).filesystem(),
            table: &mut self.table,
        }
    }

    pub(crate) fn sockets_view(&mut self) -> WasiSocketsCtxView<'_> {
        self.calls.enter();
        WasiSocketsCtxView {
            ctx: empty_world(&mut self.wasi, &self.log).sockets(),
            table: &mut self.table,
        }
    }

    pub(crate) fn http_view(&mut self) -> WasiHttpCtxView<'_> {
        self.calls.enter();
        let network = &self.network;
        // A guest that got here without `open_http` was granted nothing.
        let closed = || Box::new(Egress::closed(network.clone()));
        let egress = self.http.get_or_insert_with(closed);
        WasiHttpCtxView {
            ctx: &mut egress.ctx,
            hooks: &mut egress.hooks,
            table: &mut self.table,
        }
    }
}

/// WASI without files, environment, arguments or network; stdout and stderr are the log.
fn empty_world<'a>(wasi: &'a mut Option<Box<WasiCtx>>, log: &Log) -> &'a mut WasiCtx {
    wasi.get_or_insert_with(|| {
        let context = WasiCtxBuilder::new()
            .stdout(LogPipe(log.clone(), Pipe::Stdout))
            .stderr(LogPipe(log.clone(), Pipe::Stderr))
            .build();
        Box::new(context)
    })
}
