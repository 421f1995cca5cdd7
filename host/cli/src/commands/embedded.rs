//! A host inside of a command, behind the same API and client as one that stands alone: there
//! is one way to talk to a host.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::client::Client;
use crate::config::Config;
use crate::error::CliError;
use crate::files::DataDir;
use crate::record::{instance, random_hex};
use crate::wiring::{Embedded, Kept, Plan, tokio_runtime};

/// How long attempts in flight may take when the command ends.
const GRACE: Duration = Duration::from_secs(10);

/// A host of this command's own.
pub(crate) struct Local {
    runtime: Runtime,
    embedded: Option<Embedded>,
    client: Client,
}

impl Local {
    /// Starts a host on `data`. It listens on loopback, at a port and with a token that
    /// nobody else is told.
    pub(crate) fn start(data: &DataDir, config: &Config, kept: Kept) -> Result<Self, CliError> {
        let runtime = tokio_runtime()?;
        let token = random_hex(32)?;
        let embedded = runtime.block_on(Embedded::start(Plan {
            data,
            config,
            kept,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: token.clone(),
            instance: instance()?,
        }))?;
        let client = Client::new(format!("http://{}", embedded.address()), &token);
        Ok(Local {
            runtime,
            embedded: Some(embedded),
            client,
        })
    }

    /// A client of the host.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Calls `act` on the first SIGINT or SIGTERM, and ends event streams and waits, so that
    /// whoever reads them looks up.
    pub(crate) fn on_interrupt(&self, act: impl FnOnce() + Send + 'static) {
        let api = self.embedded.as_ref().map(Embedded::api);
        self.runtime.spawn(async move {
            super::serve::interrupted().await;
            act();
            if let Some(api) = api {
                api.close();
            }
        });
    }
}

impl Drop for Local {
    /// Also where the command fails: attempts in flight get their chance to end.
    fn drop(&mut self) {
        if let Some(embedded) = self.embedded.take() {
            self.runtime.block_on(embedded.stop(GRACE));
        }
    }
}
