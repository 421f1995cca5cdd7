//! A host that a chore starts: the real binary in a process of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::failure::{Doing, Failure};
use crate::http;

/// A host that does not answer for so long after its start will not.
const START_LIMIT: Duration = Duration::from_secs(300);

/// Where a host keeps its things.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The binary.
    pub(crate) program: PathBuf,
    /// The data directory.
    pub(crate) data: PathBuf,
    /// Its `segue.toml`.
    pub(crate) config: PathBuf,
}

/// A host that answers. It is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    /// Where it answers.
    pub(crate) url: String,
    /// The token of its API.
    pub(crate) token: String,
}

impl Running {
    /// Starts the host and waits until it is ready; what it says goes to `log`.
    pub(crate) fn start(place: &Place, log: &Path) -> Result<Running, Failure> {
        let output = File::create(log).doing(|| format!("make {}", log.display()))?;
        let errors = output.try_clone().doing(|| "share the log".to_owned())?;
        let mut child = Command::new(&place.program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&place.data)
            .arg("--config")
            .arg(&place.config)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .doing(|| "start the host".to_owned())?;
        let begun = Instant::now();
        loop {
            if let Some((url, token)) = endpoint(&place.data, child.id())
                && http::get(&format!("{url}/readyz"), None).is_ok()
            {
                return Ok(Running { child, url, token });
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

    /// Ends the host as a crash would.
    pub(crate) fn kill(mut self) -> Result<(), Failure> {
        self.child.kill().doing(|| "kill the host".to_owned())?;
        self.child.wait().doing(|| "wait for the host".to_owned())?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Address and token, as the host writes them for the command line; only of this process.
fn endpoint(data: &Path, pid: u32) -> Option<(String, String)> {
    let text = fs::read_to_string(data.join("host.json")).ok()?;
    let value: Value = serde_json::from_str(&text).ok()?;
    (value.get("pid")?.as_u64() == Some(u64::from(pid))).then_some(())?;
    let token = fs::read_to_string(data.join("token")).ok()?;
    let url = value.get("address")?.as_str()?.to_owned();
    Some((url, token.trim().to_owned()))
}
