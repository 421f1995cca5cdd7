//! `segue check`: what is wrong with documents, where, and how to mend it.

use segue_model::ir::{GrantsOf, Task, TaskKind, Workflow};
use serde_json::{Value, json};

use super::embedded::Local;
use super::upload;
use crate::args::CheckArgs;
use crate::client::{self, Client};
use crate::config::{Config, Settings};
use crate::error::{CliError, Exit};
use crate::files;
use crate::show::{Found, Out, from_host};
use crate::wiring::{Folders, Kept, Scratch};

/// Checks every document.
pub(crate) fn check(settings: &Settings, args: CheckArgs) -> Result<Exit, CliError> {
    let stdin = args.files.iter().filter(|path| files::is_stdin(path));
    if stdin.count() > 1 {
        return Err(CliError::Usage(
            "standard input can be read once".to_owned(),
        ));
    }
    let config = Config::load(args.config.as_deref())?;
    let catalogs = Folders::open(&config.outside.catalogs)?;
    let resolver = Resolver::new(settings, &config, &args)?;
    let mut checked = Checked {
        documents: Vec::new(),
        looked_up: resolver.name(),
        calls: 0,
    };
    for path in &args.files {
        let source = files::read_text(path)?;
        let diagnostics = match resolver.client() {
            Some(client) => asked(client, &source)?,
            None => {
                let compiled = segue_dsl::compile_with(&source, &catalogs);
                checked.calls += compiled.workflow.as_ref().map_or(0, steps_called);
                compiled.diagnostics
            }
        };
        checked.documents.push(Found {
            file: path.display().to_string(),
            source,
            diagnostics,
        });
    }
    let (errors, warnings) = checked.counts();
    Out::new(settings).result(&checked.json(), || checked.text(settings.color))?;
    let failed = errors > 0 || (args.deny_warnings && warnings > 0);
    Ok(if failed { Exit::Failed } else { Exit::Ok })
}

/// Calls of plugins that do not come with the host.
fn steps_called(workflow: &Workflow) -> usize {
    let called = |task: &&Task| match &task.kind {
        TaskKind::Call(call) => call.grants == GrantsOf::Plugin,
        _ => false,
    };
    workflow.tasks.iter().filter(called).count()
}

/// What became of all documents.
struct Checked {
    documents: Vec<Found>,
    /// Who knew the steps.
    looked_up: Option<&'static str>,
    /// Calls of steps that nobody looked up.
    calls: usize,
}

impl Checked {
    fn counts(&self) -> (usize, usize) {
        let counts = self.documents.iter().map(Found::counts);
        counts.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    fn json(&self) -> Value {
        let (errors, warnings) = self.counts();
        json!({
            "errors": errors,
            "warnings": warnings,
            "stepsLookedUp": self.looked_up,
            "documents": self.documents.iter().map(Found::json).collect::<Vec<_>>(),
        })
    }

    fn text(&self, color: bool) -> String {
        let (errors, warnings) = self.counts();
        let mut text: String = self.documents.iter().map(|one| one.text(color)).collect();
        let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        text += &format!(
            "{}: {}, {}",
            plural(self.documents.len(), "document"),
            plural(errors, "error"),
            plural(warnings, "warning"),
        );
        if self.calls > 0 {
            text += &format!(
                "\n{} not looked up: name plugins with --plugin, or start a host",
                match self.calls {
                    1 => "1 call of a step was".to_owned(),
                    n => format!("{n} calls of steps were"),
                }
            );
        }
        text
    }
}

fn asked(client: &Client, source: &str) -> Result<Vec<segue_dsl::Diagnostic>, CliError> {
    // What cannot be sent (an empty text, say) is still judged.
    if source.trim().is_empty() {
        return Ok(segue_dsl::compile(source).diagnostics);
    }
    let answer = client.post("/v1/workflows/check", "application/yaml", source.as_bytes())?;
    Ok(answer
        .json
        .get("diagnostics")
        .map(from_host)
        .unwrap_or_else(|| from_host(&Value::Null)))
}

/// Who knows which steps there are.
enum Resolver {
    /// A host of this command's own, which knows the plugins of the command line.
    Own { local: Local, _scratch: Scratch },
    /// The host that holds the data directory.
    Running(Client),
    /// Nobody: documents are judged by themselves.
    Nobody,
}

impl Resolver {
    fn new(settings: &Settings, config: &Config, args: &CheckArgs) -> Result<Self, CliError> {
        if args.plugin.is_empty() {
            let running = client::find(settings)?;
            return Ok(running.map_or(Resolver::Nobody, Resolver::Running));
        }
        let scratch = Scratch::new()?;
        let local = Local::start(scratch.data(), config, Kept::InMemory)?;
        for path in &args.plugin {
            let component = files::read_component(path)?;
            upload::plugin(local.client(), path, &component)?;
        }
        Ok(Resolver::Own {
            local,
            _scratch: scratch,
        })
    }

    /// Who it is, for programs.
    fn name(&self) -> Option<&'static str> {
        match self {
            Resolver::Own { .. } => Some("plugins"),
            Resolver::Running(_) => Some("host"),
            Resolver::Nobody => None,
        }
    }

    fn client(&self) -> Option<&Client> {
        match self {
            Resolver::Own { local, .. } => Some(local.client()),
            Resolver::Running(client) => Some(client),
            Resolver::Nobody => None,
        }
    }
}
