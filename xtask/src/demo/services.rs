//! The example's services: a real server process on loopback.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::failure::{Doing, Failure};
use crate::http;

/// A running server; it is stopped when this is dropped.
pub(super) struct Services {
    child: Child,
    url: String,
}

impl Services {
    pub(super) fn start(example: &Path, log: &Path, delay: Duration) -> Result<Services, Failure> {
        let mut child = Command::new("python3")
            .current_dir(example)
            .arg("services.py")
            .arg("--log")
            .arg(log)
            .args(["--seed", "1", "--delay-ms", &delay.as_millis().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .doing(|| "start services.py".to_owned())?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .doing(|| "read from services.py".to_owned())?;
        }
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let url = url.ok_or_else(|| Failure::new(format!("services.py said `{}`", line.trim())))?;
        Ok(Services { child, url })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What the services say of themselves at `path`.
    pub(super) fn look(&self, path: &str) -> Result<Value, Failure> {
        http::get(&format!("{}{path}", self.url), None)
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
