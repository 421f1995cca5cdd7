//! Where the host is: it has another process and another port after each kill.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::service::Service;
use crate::failure::{Doing, Failure};
use crate::host::{self, Running};
use crate::workspace::Workspace;
use crate::{http, process, say};

pub(super) struct Place {
    place: host::Place,
    log: PathBuf,
    running: Mutex<Option<Running>>,
    /// Address and token of the API.
    door: Mutex<(String, String)>,
}

impl Place {
    pub(super) fn start(
        folder: &Path,
        program: PathBuf,
        service: &Service,
    ) -> Result<Self, Failure> {
        let config = folder.join("segue.toml");
        let text = format!(
            "[[workflows.\"chaos/*\".grants.http]]\nscheme = \"http\"\nhost = \"127.0.0.1\"\nport = {}\nallow-private = true\n",
            service.port()
        );
        fs::write(&config, text).doing(|| format!("write {}", config.display()))?;
        let place = Place {
            place: host::Place {
                program,
                data: folder.join("data"),
                config,
            },
            log: folder.join("host.log"),
            running: Mutex::default(),
            door: Mutex::default(),
        };
        place.begin()?;
        Ok(place)
    }

    fn begin(&self) -> Result<(), Failure> {
        let running = Running::start(&self.place, &self.log)?;
        *lock(&self.door) = (running.url.clone(), running.token.clone());
        *lock(&self.running) = Some(running);
        Ok(())
    }

    /// SIGKILL, and a new process on the same data.
    pub(super) fn kill_and_start(&self) -> Result<(), Failure> {
        let running = lock(&self.running).take();
        if let Some(running) = running {
            running.kill()?;
        }
        self.begin()
    }

    /// One request; a host that dies meanwhile is a failure like any other.
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<(u16, Value), Failure> {
        let (url, token) = lock(&self.door).clone();
        http::send(method, &format!("{url}{path}"), Some(&token), headers, body)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A host that is built to acknowledge before its commit is on disk. It stands beside the one
/// that was asked for, so that nobody takes it for that.
pub(super) fn sabotaged(workspace: &Workspace) -> Result<PathBuf, Failure> {
    say::step("building a host that acknowledges too early");
    process::run(
        Command::new("cargo")
            .current_dir(workspace.root())
            .args(["build", "--workspace", "--bins", "--examples"])
            .args(["--features", "segue-cli/sabotage"]),
    )?;
    let sabotaged = workspace.segue().with_file_name("segue-sabotaged");
    fs::rename(workspace.segue(), &sabotaged).doing(|| "move the binary aside".to_owned())?;
    Ok(sabotaged)
}
