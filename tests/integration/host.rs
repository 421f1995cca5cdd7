//! A real host in a process of its own: `segue serve` on a data directory, and a client of it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::HeaderMap;

use crate::guests;

/// The longest that a run may take before the test fails; only a defect waits for it.
const RUN_SECONDS: u32 = 180;

/// A command of the real binary, in a directory of its own and an environment without
/// settings.
pub fn segue(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    command.current_dir(directory);
    for name in [
        "SEGUE_DATA",
        "SEGUE_CONFIG",
        "SEGUE_HOST",
        "SEGUE_TOKEN",
        "SEGUE_LOG",
        "NO_COLOR",
    ] {
        command.env_remove(name);
    }
    command
}

/// A running host. It is killed when this is dropped.
pub struct Host {
    child: Child,
    // Kept open, so that the host can write to it.
    _stdout: BufReader<ChildStdout>,
    address: String,
    token: String,
}

/// What a host answered.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub json: Value,
}

impl Host {
    /// Starts `segue serve` in `directory`, on its `segue-data` and a free port, and waits
    /// until it says where it is.
    pub fn start(directory: &Path, more: &[&str]) -> Self {
        let mut child = segue(directory)
            .args(["serve", "--listen", "127.0.0.1:0", "--output", "json"])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        let said = loop {
            let read = stdout.read_line(&mut text).unwrap();
            assert!(read > 0, "the host ended before it served: {text}");
            if let Ok(said) = serde_json::from_str::<Value>(&text) {
                break said;
            }
        };
        let token = std::fs::read_to_string(directory.join("segue-data").join("token")).unwrap();
        Host {
            child,
            _stdout: stdout,
            address: said["address"].as_str().unwrap().to_owned(),
            token: token.trim().to_owned(),
        }
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and the end that follows from it.
    pub fn terminate(mut self) -> ExitStatus {
        terminate(&self.child);
        self.child.wait().unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn client(&self) -> Client {
        Client::new(&self.address, &self.token)
    }

    /// Deploys the component of that name.
    pub fn plugin(&self, name: &str) {
        let component = std::fs::read(guests::component(name)).unwrap();
        let answer = self.client().post("/v1/plugins", &component, &[]).unwrap();
        assert!(
            matches!(answer.status, 200 | 201),
            "{name}: {}",
            answer.json
        );
    }

    /// Deploys a workflow.
    pub fn workflow(&self, source: &str) {
        let answer = self
            .client()
            .post("/v1/workflows", source.as_bytes(), &[])
            .unwrap();
        assert!(matches!(answer.status, 200 | 201), "{}", answer.json);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends SIGTERM.
pub fn terminate(child: &Child) {
    signal(child, rustix::process::Signal::TERM);
}

/// Sends SIGINT.
pub fn interrupt(child: &Child) {
    signal(child, rustix::process::Signal::INT);
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, signal).unwrap();
}

/// A caller of a host. Errors are those of a connection that broke: the host may be killed
/// at any moment.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    address: String,
    authorization: String,
}

impl Client {
    pub fn new(address: &str, token: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None);
        Client {
            agent: config.build().new_agent(),
            address: address.to_owned(),
            authorization: format!("Bearer {token}"),
        }
    }

    pub fn get(&self, path: &str) -> Result<Answer, ureq::Error> {
        let request = self.agent.get(format!("{}{path}", self.address));
        answer(
            request
                .header("authorization", &self.authorization)
                .call()?,
        )
    }

    pub fn post(
        &self,
        path: &str,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.post(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(
            request
                .header("authorization", &self.authorization)
                .send(body)?,
        )
    }

    /// Starts a run with an idempotency key.
    pub fn start(&self, workflow: &str, input: &Value, key: &str) -> Result<Answer, ureq::Error> {
        let body = json!({ "workflow": workflow, "input": input }).to_string();
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        self.post("/v1/runs", body.as_bytes(), &headers)
    }

    /// The run once it has ended.
    pub fn ended(&self, run: &str) -> Value {
        for _ in 0..RUN_SECONDS / 10 {
            let view = self.get(&format!("/v1/runs/{run}?wait=10")).unwrap().json;
            if matches!(
                view["status"].as_str(),
                Some("completed" | "faulted" | "cancelled")
            ) {
                return view;
            }
        }
        panic!(
            "run {run} has not ended: {}",
            self.get(&format!("/v1/runs/{run}")).unwrap().json
        );
    }

    /// The whole journal.
    pub fn journal(&self, run: &str) -> Vec<Value> {
        let mut entries = Vec::new();
        let mut next = Some(format!("/v1/runs/{run}/journal?limit=500"));
        while let Some(path) = next {
            let answer = self.get(&path).unwrap().json;
            entries.extend(answer["entries"].as_array().unwrap().iter().cloned());
            next = answer["next"].as_str().map(str::to_owned);
        }
        entries
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let text = response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string()?;
    Ok(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        json: serde_json::from_str(&text).unwrap_or(Value::Null),
    })
}

/// A copy of a data directory that no host holds.
pub fn copy_data(from: &Path, to: &Path) -> PathBuf {
    let (from, to) = (from.join("segue-data"), to.join("segue-data"));
    copy(&from, &to);
    to
}

fn copy(from: &Path, to: &Path) {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}
