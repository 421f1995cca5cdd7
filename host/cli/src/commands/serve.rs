//! `segue serve`: a host that stands alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::ServeArgs;
use crate::config::{Config, Settings};
use crate::error::{CliError, Exit};
use crate::files::{self, DataDir};
use crate::record::{self, HostRecord};
use crate::show::Out;
use crate::wiring::{Embedded, Kept, Plan, tokio_runtime};

/// Where the API listens unless somebody says otherwise.
const LISTEN_DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7420);
/// How long attempts in flight may take after the first signal: as long as an attempt may
/// take by default.
const GRACE: Duration = Duration::from_secs(30);

/// Serves until a signal ends it.
pub(crate) fn serve(settings: &Settings, args: ServeArgs) -> Result<Exit, CliError> {
    let config = Config::load(args.config.as_deref())?;
    let data = DataDir::create(&settings.data)?;
    tokio_runtime()?.block_on(hosting(settings, &config, &data, &args))
}

async fn hosting(
    settings: &Settings,
    config: &Config,
    data: &DataDir,
    args: &ServeArgs,
) -> Result<Exit, CliError> {
    // Before anything starts: from now on, no signal ends the process by itself.
    let mut signals = Signals::new()?;
    let token = record::token(data)?;
    let instance = record::instance()?;
    let embedded = Embedded::start(Plan {
        data,
        config,
        kept: Kept::Durably,
        listen: args.listen.or(config.listen).unwrap_or(LISTEN_DEFAULT),
        token,
        instance: instance.clone(),
    })
    .await?;
    let address = format!("http://{}", embedded.address());
    let record = HostRecord {
        address: address.clone(),
        instance,
        pid: std::process::id(),
    };
    let ready = announce(settings, &embedded, data, &record, &args.plugin).await;
    if ready.is_ok() {
        signals.next().await;
        tracing::info!("shutting down; a second signal ends at once");
    }
    HostRecord::remove(data)?;
    tokio::select! {
        () = embedded.stop(GRACE) => ready.map(|()| Exit::Ok),
        () = signals.next() => Ok(Exit::Interrupted),
    }
}

/// Deploys the plugins of the command line, and says where the host is.
async fn announce(
    settings: &Settings,
    embedded: &Embedded,
    data: &DataDir,
    record: &HostRecord,
    plugins: &[PathBuf],
) -> Result<(), CliError> {
    for plugin in plugins {
        let component = files::read_component(plugin)?;
        let deployed = embedded.host().deploy_plugin(component).await;
        let deployed = deployed.map_err(|problem| {
            let detail = format!(
                "{}: {}",
                plugin.display(),
                problem.detail.as_deref().unwrap_or_default()
            );
            CliError::Refused(Box::new(segue_model::Problem {
                detail: Some(detail),
                ..problem
            }))
        })?;
        tracing::info!(plugin = %deployed.descriptor.name, version = %deployed.descriptor.version, "deployed");
    }
    if !embedded.address().ip().is_loopback() {
        tracing::warn!(
            "the API listens beyond this machine without TLS: put a proxy with TLS in front of it"
        );
    }
    record.write(data)?;
    let token = data.path().join("token");
    let json = json!({
        "address": record.address,
        "data": data.path(),
        "tokenFile": token,
        "pid": record.pid,
    });
    Out::new(settings).result(&json, || {
        format!(
            "segue {} serves {}\n  data   {}\n  token  {}\n  API    {}/v1/openapi.json\n\nother commands find this host with --data {}; Ctrl-C ends it",
            env!("CARGO_PKG_VERSION"),
            record.address,
            data.path().display(),
            token.display(),
            record.address,
            data.path().display(),
        )
    })
}

/// SIGINT and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self, CliError> {
        let listen = |kind| {
            signal(kind).map_err(|error| CliError::Start {
                detail: "signals cannot be received".to_owned(),
                source: Some(Box::new(error)),
            })
        };
        Ok(Signals {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Waits for SIGINT or SIGTERM.
pub(super) async fn interrupted() {
    match Signals::new() {
        Ok(mut signals) => signals.next().await,
        // Then a signal ends the process by itself.
        Err(_) => std::future::pending().await,
    }
}
