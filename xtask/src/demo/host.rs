//! The host under demonstration: the real binary, driven over its API.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http;
use super::orders::Order;
use crate::failure::{Doing, Failure};
use crate::workspace::Workspace;
use crate::{process, say};

/// A host that does not answer for so long after its start will not.
const START_LIMIT: Duration = Duration::from_secs(120);

pub(super) struct Host {
    program: PathBuf,
    folder: PathBuf,
    config: PathBuf,
    running: Option<Running>,
    /// The run of each order.
    runs: BTreeMap<String, String>,
    starts: u32,
}

struct Running {
    child: Child,
    url: String,
    token: String,
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
        let program = workspace.root().join("target").join("debug").join("segue");
        let (runs, starts) = (BTreeMap::new(), 0);
        Ok(Host {
            program,
            folder: folder.to_owned(),
            config,
            running: None,
            runs,
            starts,
        })
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts the host and waits until it is ready.
    pub(super) fn start(&mut self) -> Result<(), Failure> {
        self.starts += 1;
        let log = self.folder.join(format!("host-{}.log", self.starts));
        let output = File::create(&log).doing(|| format!("make {}", log.display()))?;
        let errors = output.try_clone().doing(|| "share the log".to_owned())?;
        let mut child = Command::new(&self.program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.data())
            .arg("--config")
            .arg(&self.config)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .doing(|| "start the host".to_owned())?;
        let begun = Instant::now();
        loop {
            if let Some((url, token)) = self.endpoint(child.id())
                && http::get(&format!("{url}/readyz"), None).is_ok()
            {
                say::detail(&format!("the host answers at {url}"));
                self.running = Some(Running { child, url, token });
                return Ok(());
            }
            let ended = child.try_wait().ok().flatten();
            if ended.is_some() || begun.elapsed() > START_LIMIT {
                let _ = child.kill();
                let _ = child.wait();
                let mend = format!("read {}", log.display());
                return Err(Failure::new("the host did not become ready").mend(mend));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Address and token, as the host writes them for the command line; only of this process.
    fn endpoint(&self, pid: u32) -> Option<(String, String)> {
        let text = fs::read_to_string(self.data().join("host.json")).ok()?;
        let value: Value = serde_json::from_str(&text).ok()?;
        (value["pid"].as_u64() == Some(u64::from(pid))).then_some(())?;
        let token = fs::read_to_string(self.data().join("token")).ok()?;
        Some((
            value["address"].as_str()?.to_owned(),
            token.trim().to_owned(),
        ))
    }

    /// Ends the host as a crash would.
    pub(super) fn kill(&mut self) -> Result<(), Failure> {
        let Some(mut running) = self.running.take() else {
            return Ok(());
        };
        running.child.kill().doing(|| "kill the host".to_owned())?;
        running
            .child
            .wait()
            .doing(|| "wait for the host".to_owned())?;
        Ok(())
    }

    /// Deploys files with the command line, as an operator would.
    pub(super) fn deploy(&self, files: Vec<PathBuf>) -> Result<(), Failure> {
        process::run(
            Command::new(&self.program)
                .arg("deploy")
                .args(files)
                .arg("--data")
                .arg(self.data()),
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

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
