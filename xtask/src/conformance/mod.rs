//! `cargo xtask conformance`: the specification's conformance kit, its examples, our own
//! scenarios and those of any other folder, played on the real binary over its API.
#![expect(
    clippy::indexing_slicing,
    reason = "JSON values are indexed by name; what is missing is null, and nothing panics"
)]

mod api;
mod checks;
mod config;
mod corpus;
mod examples;
mod names;
mod play;
mod sentence;
mod stage;
mod stub;
mod yaml;

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use crate::failure::{Doing, Failure};
use crate::host::Place;
use crate::workspace::Workspace;
use crate::{build, files, say};
use api::{Deployment, Host};
use corpus::{Origin, Scenario};
use examples::{Example, Tally};
use names::Names;
use play::Failed;
use sentence::Sentence;
use stub::Stub;

/// What a data directory keeps of compiled components, and what vouches for it.
const COMPILED: [&str; 2] = ["compiled", "compiled.key"];

/// Uses every standard plugin once: compiling them takes the longest, and is not what the
/// scenarios wait for.
const WARM_UP: &str = "\
document: {dsl: '1.0.3', namespace: suite, name: warm-up, version: '1.0.0'}
do:
  - http: {call: http, with: {method: get, endpoint: 'https://httpbin.org/get'}}
  - openapi:
      call: openapi
      with:
        document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}
        operationId: getInventory
  - javascript: {run: {script: {language: js, code: 'console.log(1)'}}}
  - python: {run: {script: {language: python, code: 'print(1)'}}}
";

/// What the command line asks for.
#[derive(Default)]
struct Options {
    /// Further folders with scenarios.
    extra: Vec<PathBuf>,
    /// Only scenarios whose name or file has this in it.
    only: Option<String>,
    /// A binary that is there already, instead of one that is built first.
    segue: Option<PathBuf>,
}

/// What is played.
struct Corpus {
    scenarios: Vec<Scenario>,
    examples: Vec<Example>,
}

/// Plays everything; a scenario or an example that fails is a failure.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let options = Options::read(arguments)?;
    let program = options.program(workspace)?;
    let corpus = Corpus::read(workspace, &options)?;
    let stub = Stub::start()?;
    let (shared, own) = hosts(workspace, &program, &stub, &corpus)?;
    let start = Instant::now();
    say::step(&format!("playing {} scenarios", corpus.scenarios.len()));
    let failed = play::all(&corpus.scenarios, &shared, &own, &stub);
    let tally = examples::deploy(&corpus.examples, &shared);
    say::detail(&format!("{} s", start.elapsed().as_secs()));
    report(workspace, &corpus, &failed, &tally)
}

impl Options {
    fn read(arguments: &[String]) -> Result<Options, Failure> {
        let mut options = Options::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let value = rest.next().map(String::as_str);
            match (argument.as_str(), value) {
                ("--extra", Some(folder)) => options.extra.push(folder.into()),
                ("--only", Some(text)) => options.only = Some(text.to_owned()),
                ("--segue", Some(file)) => options.segue = Some(file.into()),
                _ => {
                    let mend =
                        "`cargo xtask conformance [--extra DIR] [--only TEXT] [--segue FILE]`";
                    return Err(Failure::new(format!("what is `{argument}`?")).mend(mend));
                }
            }
        }
        Ok(options)
    }

    /// The binary that is tested.
    fn program(&self, workspace: &Workspace) -> Result<PathBuf, Failure> {
        if let Some(file) = &self.segue {
            return Ok(file.clone());
        }
        build::run(workspace, &[])?;
        Ok(workspace.segue())
    }

    fn wants(&self, scenario: &Scenario) -> bool {
        self.only.as_deref().is_none_or(|text| {
            scenario.name.contains(text) || scenario.file.to_string_lossy().contains(text)
        })
    }
}

impl Corpus {
    fn read(workspace: &Workspace, options: &Options) -> Result<Corpus, Failure> {
        let kit = specification(workspace);
        let mut scenarios = Vec::new();
        if kit.join("ctk").is_dir() {
            scenarios.extend(corpus::read(&kit.join("ctk"), Origin::Kit)?);
        } else {
            say::detail(&format!(
                "there is no conformance kit at {}: set SEGUE_OWS to the folder that has `ctk` and `examples`",
                kit.display()
            ));
        }
        let own = workspace.root().join("tests").join("conformance");
        scenarios.extend(corpus::read(&own, Origin::Own)?);
        for folder in &options.extra {
            if !folder.is_dir() {
                return Err(Failure::new(format!(
                    "there is no folder {}",
                    folder.display()
                )));
            }
            scenarios.extend(corpus::read(folder, Origin::Own)?);
        }
        scenarios.retain(|scenario| options.wants(scenario));
        let mut names = Names::default();
        for scenario in &mut scenarios {
            names.claim(scenario);
        }
        let examples = match options.only {
            None => examples::read(&kit.join("examples"), &mut names)?,
            Some(_) => Vec::new(),
        };
        Ok(Corpus {
            scenarios,
            examples,
        })
    }

    /// Every document in it.
    fn documents(&self) -> Vec<&str> {
        let of_scenarios = self.scenarios.iter().flat_map(|s| &s.steps);
        let of_scenarios = of_scenarios.filter_map(|step| match &step.sentence {
            Ok(Sentence::Workflow(text) | Sentence::Further(text)) => Some(text.as_str()),
            _ => None,
        });
        let examples = self.examples.iter().map(Example::text);
        of_scenarios.chain(examples).collect()
    }
}

/// `SEGUE_OWS`, else the folder beside the checkout.
fn specification(workspace: &Workspace) -> PathBuf {
    std::env::var_os("SEGUE_OWS")
        .map_or_else(|| workspace.root().join("../shared/ows"), PathBuf::from)
}

/// The host that plays most scenarios, and the one that is killed; both are ready.
fn hosts(
    workspace: &Workspace,
    program: &Path,
    stub: &Stub,
    corpus: &Corpus,
) -> Result<(Host, Host), Failure> {
    let folder = &workspace.root().join("target").join("conformance");
    say::step("starting two hosts and the services that workflows call");
    files::make_folder(folder)?;
    let catalog = workspace.root().join("tests/conformance/catalog");
    config::write(folder, stub, &catalog, &corpus.documents())?;
    let place = |name: &str| Place {
        program: program.to_owned(),
        data: folder.join(name),
        config: folder.join("segue.toml"),
    };
    let (shared, own) = (place("shared"), place("own"));
    empty(&shared.data)?;
    empty(&own.data)?;
    let host = Host::new(shared.clone(), folder.join("shared"));
    host.start()?;
    warm_up(&host);
    lend_compiled(&shared.data, &own.data)?;
    let second = Host::new(own, folder.join("own"));
    second.start()?;
    Ok((host, second))
}

/// What goes wrong here goes wrong in a scenario too, which tells more of it.
fn warm_up(host: &Host) {
    let done = host.deploy(WARM_UP).and_then(|deployed| match deployed {
        Deployment::Taken(name, _) => {
            let run = host.run(&name, &Value::Null)?;
            host.ended(&run).map(|_| ())
        }
        Deployment::Refused(why) => Err(json!(why).to_string()),
    });
    if let Err(why) = done {
        say::detail(&format!("the standard plugins were not warmed up: {why}"));
    }
}

/// Removes what the last time left, except what was compiled: that takes the longest.
fn empty(data: &Path) -> Result<(), Failure> {
    if !data.is_dir() {
        return Ok(());
    }
    for path in files::entries(data)? {
        if COMPILED.contains(&files::name(&path).as_str()) {
            continue;
        }
        if path.is_dir() {
            files::remove_folder(&path)?;
        } else {
            std::fs::remove_file(&path).doing(|| format!("remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Gives a second data directory what the first one has compiled.
fn lend_compiled(from: &Path, to: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let make = |folder: &Path| {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder
            .create(folder)
            .doing(|| format!("make {}", folder.display()))
    };
    make(&to.join("compiled"))?;
    let compiled = from.join("compiled");
    let mut wanted = vec![from.join("compiled.key")];
    if compiled.is_dir() {
        wanted.extend(files::entries(&compiled)?);
    }
    for path in wanted.iter().filter(|path| path.is_file()) {
        let relative = path.strip_prefix(from).unwrap_or(path);
        std::fs::copy(path, to.join(relative)).doing(|| format!("copy {}", path.display()))?;
    }
    Ok(())
}

fn report(
    workspace: &Workspace,
    corpus: &Corpus,
    failed: &[Failed<'_>],
    tally: &Tally,
) -> Result<(), Failure> {
    for failure in failed {
        let file = &failure.scenario.file;
        let file = file.strip_prefix(workspace.root()).unwrap_or(file);
        println!(
            "FAILED {}:{}: {}\n    {}",
            file.display(),
            failure.line,
            failure.scenario.name,
            failure.why
        );
    }
    for why in &tally.failed {
        println!("FAILED {why}");
    }
    let kit = |s: &&Scenario| s.origin == Origin::Kit;
    let in_kit = corpus.scenarios.iter().filter(kit).count();
    let failed_in_kit = failed.iter().filter(|f| kit(&f.scenario)).count();
    let all = failed.len() + tally.failed.len();
    println!(
        "conformance: {}/{in_kit} ctk, {}/{} examples ({} accepted, {} refused), {} scenarios, {all} failed",
        in_kit - failed_in_kit,
        tally.accepted + tally.refused,
        tally.total,
        tally.accepted,
        tally.refused,
        corpus.scenarios.len() - in_kit,
    );
    if all == 0 {
        Ok(())
    } else {
        Err(Failure::new("not everything conforms").mend("the list above names each place"))
    }
}
