//! A host in this process: its parts, its API, its end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use segue_api::{ApiHandle, ApiOptions, ApiService, Token};
use segue_executor::{Host, HostOptions, HostParts};
use segue_model::Problem;
use segue_model::problem::Kind;
use segue_store::memory::MemoryStore;
use segue_store::{Secrets, Store, StoreError, SystemClock};
use segue_store_sqlite::SqliteStore;
use tokio::task::JoinHandle;

use super::catalogs::Folders;
use super::entropy::SystemEntropy;
use super::invoker::Sandbox;
use super::sandbox::sandbox;
use super::sinks::sinks;
use super::vault::{Sealer, Source, vault};
use crate::builtin;
use crate::config::Config;
use crate::error::CliError;
use crate::files::DataDir;

/// Where runs are kept.
pub(crate) enum Kept {
    /// In SQLite in the data directory.
    Durably,
    /// Nowhere, for commands that only look.
    InMemory,
}

/// What a host in this process is made of.
pub(crate) struct Plan<'a> {
    pub(crate) data: &'a DataDir,
    pub(crate) config: &'a Config,
    pub(crate) kept: Kept,
    /// Where its API listens.
    pub(crate) listen: SocketAddr,
    /// The secret of its callers.
    pub(crate) token: String,
    /// Names this start.
    pub(crate) instance: String,
}

/// A host in this process, answering on its address.
pub(crate) struct Embedded {
    host: Host,
    api: ApiHandle,
    serving: JoinHandle<()>,
    address: SocketAddr,
    /// Closed last, when everything that writes has ended.
    sqlite: Option<SqliteStore>,
}

impl Embedded {
    /// Binds the address, takes up what is in the store, and answers. In that order: what
    /// cannot listen does not run anything.
    pub(crate) async fn start(plan: Plan<'_>) -> Result<Self, CliError> {
        let token = Token::new(&plan.token).map_err(|error| CliError::Start {
            detail: format!(
                "the token in {} is not usable",
                plan.data.path().join("token").display()
            ),
            source: Some(Box::new(error)),
        })?;
        let options = ApiOptions {
            listen: plan.listen,
            token,
            instance: plan.instance,
        };
        let service = ApiService::bind(options)
            .await
            .map_err(|error| CliError::Start {
                detail: error.to_string(),
                source: Some(Box::new(error.source)),
            })?;
        let (store, sqlite) = store(plan.kept, plan.data.path().to_owned()).await?;
        let found = format!("http://{}", service.address());
        let parts = parts(plan.data, plan.config, store, found).await?;
        let host = Host::start(parts).await.map_err(|error| CliError::Start {
            detail: error.to_string(),
            source: std::error::Error::source(&error).map(|cause| cause.to_string().into()),
        })?;
        let (address, api) = (service.address(), service.handle());
        let serving =
            tokio::runtime::Handle::current().spawn(service.run(host.clone(), REQUESTS_GRACE));
        Ok(Embedded {
            host,
            api,
            serving,
            address,
            sqlite,
        })
    }

    /// Where its API listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The host itself.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// What ends its API.
    pub(crate) fn api(&self) -> ApiHandle {
        self.api.clone()
    }

    /// Ends it in order: no new requests, attempts in flight may end within `grace`, and the
    /// store is closed.
    pub(crate) async fn stop(self, grace: Duration) {
        self.api.close();
        self.host.shutdown(grace).await;
        if self.serving.await.is_err() {
            tracing::error!("the API ended with a defect");
        }
        if let Some(sqlite) = self.sqlite {
            // It blocks until the log is written back.
            let _ = tokio::task::spawn_blocking(move || sqlite.close()).await;
        }
    }
}

/// What the host is made of. `found` is where callers on this machine find it.
async fn parts(
    data: &DataDir,
    config: &Config,
    store: Arc<dyn Store>,
    found: String,
) -> Result<HostParts, CliError> {
    let vault = vault(data, Arc::clone(&store) as Arc<dyn Secrets>).await?;
    let source = Arc::new(Source(vault.clone()));
    let builtin = builtin::all().map_err(|problem| CliError::Refused(Box::new(problem)))?;
    if builtin.is_empty() {
        tracing::warn!("{}", builtin::ABSENT);
    }
    let outside = &config.outside;
    Ok(HostParts {
        store,
        invoker: Arc::new(Sandbox(sandbox(data, config, source)?)),
        entropy: Arc::new(SystemEntropy::new().map_err(|error| CliError::Start {
            detail: "the system gives no random bytes".to_owned(),
            source: Some(Box::new(error)),
        })?),
        sinks: sinks(&outside.sinks),
        vault: Some(Arc::new(Sealer(vault))),
        catalogs: Arc::new(Folders::open(&outside.catalogs)?),
        builtin: builtin
            .into_iter()
            .map(|one| Arc::new(one) as Arc<dyn segue_executor::Builtin>)
            .collect(),
        policy: config.policy.clone(),
        options: HostOptions {
            event_ttl_ms: outside.event_life_ms,
            retention_ms: config.retention_ms,
            public_url: outside.public_url.clone().unwrap_or(found),
            ..HostOptions::default()
        },
    })
}

/// How long requests that are being answered may take when the host ends: longer than any
/// of them needs once waits and event streams end early.
const REQUESTS_GRACE: Duration = Duration::from_secs(10);

async fn store(
    kept: Kept,
    path: PathBuf,
) -> Result<(Arc<dyn Store>, Option<SqliteStore>), CliError> {
    match kept {
        Kept::InMemory => Ok((Arc::new(MemoryStore::new(SystemClock::new())), None)),
        Kept::Durably => {
            let open = move || {
                let options = segue_store_sqlite::Options::default();
                SqliteStore::open(&path, &options, SystemClock::new())
            };
            let opened = tokio::task::spawn_blocking(open).await;
            let sqlite = opened
                .map_err(|error| CliError::Start {
                    detail: "opening the store ended with a defect".to_owned(),
                    source: Some(Box::new(error)),
                })?
                .map_err(not_opened)?;
            Ok((Arc::new(sqlite.clone()), Some(sqlite)))
        }
    }
}

fn not_opened(error: StoreError) -> CliError {
    match error {
        StoreError::InUse { .. } => {
            CliError::Refused(Box::new(Problem::new(Kind::DataInUse, error.to_string())))
        }
        error => CliError::Start {
            detail: "its store cannot be opened".to_owned(),
            source: Some(Box::new(error)),
        },
    }
}
