//! `cargo xtask bench durable`: workload W, five steps one after the other, started over HTTP
//! and answered with the result, beside what the disk and the engine allow in the same run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};

use super::report::{Row, Table};
use super::sandbox;
use crate::failure::{Doing, Failure};
use crate::host::{Place, Running};
use crate::workspace::Workspace;
use crate::{build, files, http, plugins, say};

/// Connections, and runs of one measurement: some seconds each on a small machine.
const LOADS: [(usize, usize); 4] = [(1, 4_000), (16, 20_000), (64, 30_000), (256, 40_000)];
/// What `--quick` divides the runs by.
const QUICK: usize = 10;

/// The two forms of the workload.
const FORMS: [Form; 2] = [
    Form {
        name: "effectful",
        plugin: "stamp",
    },
    Form {
        name: "pure",
        plugin: "counter",
    },
];

/// One form: its steps are all of one plugin.
struct Form {
    name: &'static str,
    plugin: &'static str,
}

/// What the disk allows, as `tests/bench/disk.rs` prints it.
#[derive(Deserialize)]
pub(super) struct Disk {
    pub(super) floor_us: f64,
    pub(super) sqlite_us: f64,
    pub(super) sqlite_rows: f64,
}

/// What a load saw, as `tests/bench/load.rs` prints it.
#[derive(Deserialize)]
pub(super) struct Load {
    pub(super) runs: usize,
    pub(super) failed: usize,
    pub(super) seconds: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
}

/// Measures, and prints the table or, with `--json`, one document.
pub(super) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let (mut as_json, mut quick) = (false, false);
    for argument in arguments {
        match argument.as_str() {
            "--json" => as_json = true,
            "--quick" => quick = true,
            unknown => {
                return Err(
                    Failure::new(format!("`bench durable` knows no `{unknown}`"))
                        .mend("`cargo xtask bench durable [--json] [--quick]`"),
                );
            }
        }
    }
    let bench = Bench::prepare(workspace)?;
    let disk: Disk = bench.read("disk", &[bench.folder.display().to_string()])?;
    let bare = sandbox::bare(workspace)?;
    let mut rows = Vec::new();
    for form in &FORMS {
        let host = bench.host(form)?;
        for (connections, runs) in LOADS {
            let runs = if quick { runs / QUICK } else { runs };
            let load = bench.load(&host, form, connections, runs)?;
            rows.push(Row {
                form: form.name,
                connections,
                load,
            });
        }
    }
    let table = Table { disk, bare, rows };
    table.print(as_json);
    table.verdict()
}

/// The folder and the programs of one measurement.
struct Bench<'w> {
    workspace: &'w Workspace,
    folder: PathBuf,
}

impl<'w> Bench<'w> {
    fn prepare(workspace: &'w Workspace) -> Result<Self, Failure> {
        plugins::run(workspace, &[])?;
        build::run(workspace, &["--release".to_owned()])?;
        let folder = workspace.root().join("target").join("bench");
        files::fresh_folder(&folder)?;
        Ok(Bench { workspace, folder })
    }

    /// Runs one of the examples, and reads the line that it prints.
    fn read<T: for<'de> Deserialize<'de>>(
        &self,
        name: &str,
        arguments: &[String],
    ) -> Result<T, Failure> {
        let program = self.workspace.release(&format!("examples/{name}"));
        let output = Command::new(&program)
            .args(arguments)
            .stderr(std::process::Stdio::inherit())
            .output()
            .doing(|| format!("run {}", program.display()))?;
        serde_json::from_slice(&output.stdout)
            .map_err(|error| Failure::new(format!("`{name}` printed no figures: {error}")))
    }

    /// A host of its own for a form, with its plugin and its workflow.
    fn host(&self, form: &Form) -> Result<Running, Failure> {
        let config = self.folder.join(format!("{}.toml", form.name));
        let grant = "[[plugins.stamp.grants.http]]\nscheme = \"http\"\nhost = \"127.0.0.1\"\nport = 9\nallow-private = true\n";
        fs::write(&config, grant).doing(|| format!("write {}", config.display()))?;
        let place = Place {
            program: self.workspace.release("segue"),
            data: self.folder.join(form.name),
            config,
        };
        let log = self.folder.join(format!("{}.log", form.name));
        let host = Running::start(&place, &log)?;
        deploy(&host, "plugins", &read(&self.workspace.guest(form.plugin))?)?;
        deploy(&host, "workflows", workflow(form).to_string().as_bytes())?;
        Ok(host)
    }

    fn load(
        &self,
        host: &Running,
        form: &Form,
        connections: usize,
        runs: usize,
    ) -> Result<Load, Failure> {
        say::step(&format!("{}, {connections} at once", form.name));
        let address = host.url.trim_start_matches("http://");
        let name = format!("bench/{}", form.name);
        let arguments = [
            address.to_owned(),
            host.token.clone(),
            name,
            connections.to_string(),
            runs.to_string(),
        ];
        self.read("load", &arguments)
    }
}

/// Five calls, each with the output of the one before.
fn workflow(form: &Form) -> Value {
    let call = format!("{}:0.1@default", form.plugin);
    let tasks: Vec<Value> = (1..=5)
        .map(|n| json!({ format!("step{n}"): { "call": call } }))
        .collect();
    json!({
        "document": { "dsl": "1.0.3", "namespace": "bench", "name": form.name, "version": "1.0.0" },
        "do": tasks,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).doing(|| format!("read {}", path.display()))
}

fn deploy(host: &Running, what: &str, body: &[u8]) -> Result<(), Failure> {
    let url = format!("{}/v1/{what}", host.url);
    let kind = [("Content-Type", "application/octet-stream")];
    match http::send("POST", &url, Some(&host.token), &kind, Some(body))? {
        (200..300, _) => Ok(()),
        (status, answer) => Err(Failure::new(format!(
            "POST {url} was answered {status}: {answer}"
        ))),
    }
}
