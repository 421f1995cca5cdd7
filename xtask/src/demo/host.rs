//! The host under demonstration: the real binary, driven over its API.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::orders::Order;
use crate::failure::{Doing, Failure};
use crate::host::{Place, Running};
use crate::workspace::Workspace;
use crate::{http, process, say};

pub(super) struct Host {
    place: Place,
    folder: PathBuf,
    running: Option<Running>,
    /// The run of each order.
    runs: BTreeMap<String, String>,
    starts: u32,
}

impl Host {
    /// Writes the configuration: the three plugins that call a service may reach just that.
    pub(super) fn prepare(
        workspace: &Workspace,
        folder: &Path,
        services: &str,
    ) -> Result<Host, Failure> {
        let port = services.rsplit(':').next().unwrap_or("");
        let grant = |plugin: &str| {
            format!(
                "[[plugins.{plugin}.grants.http]]\nscheme = \"http\"\nhost = \"127.0.0.1\"\nport = {port}\nallow-private = true\n"
            )
        };
        let text = ["stock", "payment", "notify"].map(grant).join("\n");
        let config = folder.join("segue.toml");
        fs::write(&config, text).doing(|| format!("write {}", config.display()))?;
        let place = Place {
            program: workspace.segue(),
            data: folder.join("data"),
            config,
        };
        let (runs, starts) = (BTreeMap::new(), 0);
        Ok(Host {
            place,
            folder: folder.to_owned(),
            running: None,
            runs,
            starts,
        })
    }

    /// Starts the host and waits until it is ready.
    pub(super) fn start(&mut self) -> Result<(), Failure> {
        self.starts += 1;
        let log = self.folder.join(format!("host-{}.log", self.starts));
        let running = Running::start(&self.place, &log)?;
        say::detail(&format!("the host answers at {}", running.url));
        self.running = Some(running);
        Ok(())
    }

    /// Ends the host as a crash would.
    pub(super) fn kill(&mut self) -> Result<(), Failure> {
        self.running.take().map_or(Ok(()), Running::kill)
    }

    /// Deploys files with the command line, as an operator would.
    pub(super) fn deploy(&self, files: Vec<PathBuf>) -> Result<(), Failure> {
        process::run(
            Command::new(&self.place.program)
                .arg("deploy")
                .args(files)
                .arg("--data")
                .arg(&self.place.data),
        )
    }

    fn running(&self) -> Result<&Running, Failure> {
        self.running
            .as_ref()
            .ok_or_else(|| Failure::new("the host is not running"))
    }

    /// Sends an order under its id as key; again is the same run.
    pub(super) fn send(&mut self, order: &Order, services: &str) -> Result<(), Failure> {
        let running = self.running()?;
        let body = json!({"workflow": "shop/order", "input": order.input(services)});
        let url = format!("{}/v1/runs", running.url);
        let (status, answer) = http::post(&url, &running.token, order.id(), &body)?;
        let run = answer["id"].as_str().unwrap_or("").to_owned();
        if status >= 300 || run.is_empty() {
            return Err(Failure::new(format!(
                "order {} was answered {status}: {answer}",
                order.id()
            )));
        }
        let before = self.runs.insert(order.id().to_owned(), run.clone());
        if before.as_ref().is_some_and(|before| *before != run) {
            return Err(Failure::new(format!(
                "order {} got a second run, {run}",
                order.id()
            )));
        }
        Ok(())
    }

    /// How many of the orders' runs have ended.
    pub(super) fn ended(&self) -> Result<usize, Failure> {
        let mut ended = 0;
        for run in self.runs.values() {
            let status = self.look(run)?["status"].as_str().map(str::to_owned);
            ended += usize::from(matches!(
                status.as_deref(),
                Some("completed" | "faulted" | "cancelled")
            ));
        }
        Ok(ended)
    }

    /// The run of an order, as the API shows it.
    pub(super) fn run_of(&self, order: &Order) -> Result<Value, Failure> {
        let run = self
            .runs
            .get(order.id())
            .map(String::as_str)
            .unwrap_or_default();
        self.look(run)
    }

    fn look(&self, run: &str) -> Result<Value, Failure> {
        let running = self.running()?;
        http::get(
            &format!("{}/v1/runs/{run}", running.url),
            Some(&running.token),
        )
    }
}
