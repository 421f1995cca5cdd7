//! The command line, as a person or a script uses it.

use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::arrivals::Arrivals;
use crate::guests::component;
use crate::host::{Host, interrupt, segue};

const COUNT: &str = "\
document:
  dsl: '1.0.3'
  namespace: test
  name: count
  version: '1.0.0'
do:
  - first:
      call: counter:0.1@default
      with: { n: '${ .n }' }
";

/// A workflow that waits for an hour.
const WAIT: &str = "\
document:
  dsl: '1.0.3'
  namespace: test
  name: wait
  version: '1.0.0'
do:
  - nap:
      wait: { hours: 1 }
";

const FAULT: &str = "\
document:
  dsl: '1.0.3'
  namespace: test
  name: fault
  version: '1.0.0'
do:
  - no:
      raise:
        error: { type: 'https://example.test/no', status: 400, title: Not today }
";

struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Done {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Done {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|_| panic!("no JSON: {}{}", self.out, self.err))
    }
}

fn does(directory: &Path, arguments: &[&str]) -> Done {
    segue(directory)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
        .into()
}

fn place(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    directory
}

fn counter() -> String {
    component("counter").display().to_string()
}

#[test]
fn run_prints_the_output_on_stdout_and_progress_on_stderr() {
    let here = place(&[("count.yaml", COUNT)]);
    let done = does(
        here.path(),
        &[
            "run",
            "count.yaml",
            "--input",
            "{\"n\": 41}",
            "--plugin",
            &counter(),
        ],
    );
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(done.json(), json!({ "n": 42 }));
    for part in [
        "/do/0/first",
        "counter/run:0.1.0",
        "attempt 1",
        "fuel",
        "memory",
        "completed",
    ] {
        assert!(done.err.contains(part), "{part} in {}", done.err);
    }
    assert!(
        !done.err.contains('\u{1b}'),
        "no escape sequences without a terminal"
    );
}

#[test]
fn run_takes_its_input_from_a_file_or_stdin_and_prints_the_whole_run_as_json() {
    let here = place(&[("count.yaml", COUNT), ("input.json", "{\"n\": 1}")]);
    let file = does(
        here.path(),
        &[
            "run",
            "count.yaml",
            "-i",
            "@input.json",
            "-p",
            &counter(),
            "--output",
            "json",
        ],
    );
    assert_eq!(file.json()["output"], json!({ "n": 2 }), "{}", file.err);
    assert_eq!(file.json()["attempts"][0]["step"], "counter/run:0.1.0");
    let mut command = segue(here.path());
    command.args(["run", "count.yaml", "-i", "-"]);
    command.stdin(std::fs::File::open(here.path().join("input.json")).unwrap());
    let stdin: Done = command.output().unwrap().into();
    assert_eq!(stdin.json(), json!({ "n": 2 }), "{}", stdin.err);
}

#[test]
fn a_run_that_faults_exits_with_1_and_says_where_and_why() {
    let here = place(&[("fault.yaml", FAULT)]);
    let done = does(here.path(), &["run", "fault.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (Some(1), ""));
    for part in [
        "faulted",
        "Not today",
        "https://example.test/no",
        "/do/0/no",
    ] {
        assert!(done.err.contains(part), "{part} in {}", done.err);
    }
    let json = does(here.path(), &["run", "fault.yaml", "--output", "json"]);
    assert_eq!(
        (json.code, &json.json()["status"]),
        (Some(1), &json!("faulted"))
    );
}

#[test]
fn the_same_key_goes_on_with_the_same_run_in_another_process() {
    let here = place(&[("count.yaml", COUNT)]);
    let run = |input: &str| {
        does(
            here.path(),
            &[
                "run",
                "count.yaml",
                "-p",
                &counter(),
                "-i",
                input,
                "--key",
                "k",
                "--output",
                "json",
            ],
        )
    };
    let (first, again) = (run("{\"n\": 1}"), run("{\"n\": 1}"));
    assert_eq!(first.json()["id"], again.json()["id"]);
    let other = run("{\"n\": 2}");
    assert_eq!(other.code, Some(3), "{}", other.err);
    assert!(
        other.err.contains("idempotency-key-reused"),
        "{}",
        other.err
    );
}

#[test]
fn an_interrupted_run_goes_on_with_its_key() {
    // The service answers late, so that the run is in flight when the signal comes.
    let arrivals = Arrivals::listen(std::time::Duration::from_secs(3));
    let source = "\
document: { dsl: '1.0.3', namespace: test, name: slow, version: '1.0.0' }
do:
  - send:
      call: http-get:0.1@default
      with: { url: '${ .url }', body: one }
      output: { as: '${ .status }' }
";
    let here = place(&[
        ("slow.yaml", source),
        ("segue.toml", &arrivals.grant("http-get")),
    ]);
    let plugin = component("http-get").display().to_string();
    let input = json!({ "url": arrivals.url() }).to_string();
    let arguments = [
        "run",
        "slow.yaml",
        "-p",
        &plugin,
        "-i",
        &input,
        "--key",
        "k",
    ];
    let child = segue(here.path())
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while arrivals.by_body().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    interrupt(&child);
    let stopped: Done = child.wait_with_output().unwrap().into();
    assert_eq!(stopped.code, Some(130), "{}", stopped.err);
    assert!(stopped.err.contains("--key k"), "{}", stopped.err);
    let gone_on = does(here.path(), &arguments);
    assert_eq!(
        (gone_on.code, gone_on.out.trim()),
        (Some(0), "200"),
        "{}",
        gone_on.err
    );
    // The attempt in flight was let finish, and its result was used.
    assert_eq!(arrivals.by_body()["one"].len(), 1);
}

#[test]
fn check_points_at_the_place_like_a_compiler() {
    let bad = COUNT.replace("with:", "wth:");
    let here = place(&[("bad.yaml", &bad), ("good.yaml", COUNT)]);
    let done = does(here.path(), &["check", "bad.yaml"]);
    assert_eq!(done.code, Some(1));
    for part in [
        "error[unknown-key]",
        "--> bad.yaml:9:7",
        "did you mean `with`?",
        "1 error",
    ] {
        assert!(done.out.contains(part), "{part} in {}", done.out);
    }
    let both = does(
        here.path(),
        &["check", "good.yaml", "bad.yaml", "--output", "json"],
    );
    assert_eq!((both.code, &both.json()["errors"]), (Some(1), &json!(1)));
    assert_eq!(
        both.json()["documents"][1]["diagnostics"][0]["place"]["line"],
        9
    );
    assert_eq!(does(here.path(), &["check", "good.yaml"]).code, Some(0));
    assert!(
        !here.path().join("segue-data").exists(),
        "checking leaves nothing behind"
    );
}

#[test]
fn check_looks_steps_up_in_plugins_that_are_given() {
    let wrong = COUNT.replace("counter:0.1@", "counter/walk:0.1@");
    let here = place(&[("wrong.yaml", &wrong), ("good.yaml", COUNT)]);
    assert_eq!(does(here.path(), &["check", "wrong.yaml"]).code, Some(0));
    let done = does(
        here.path(),
        &["check", "wrong.yaml", "--plugin", &counter()],
    );
    assert_eq!(done.code, Some(1), "{}{}", done.out, done.err);
    assert!(done.out.contains("--> wrong.yaml:8:13"), "{}", done.out);
    let done = does(here.path(), &["check", "good.yaml", "--plugin", &counter()]);
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
    assert!(
        !here.path().join("segue-data").exists(),
        "checking leaves nothing behind"
    );
}

#[test]
fn inspect_shows_what_a_component_is() {
    let here = place(&[]);
    let http = component("http-get").display().to_string();
    let text = does(here.path(), &["plugin", "inspect", &http]);
    assert_eq!(text.code, Some(0), "{}", text.err);
    for part in [
        "http-get:0.1.0",
        "segue:plugin/steps-with-http@0.1.0",
        "capabilities  http",
        "wasi:http/outgoing-handler",
        "step run",
        "KiB",
    ] {
        assert!(text.out.contains(part), "{part} in {}", text.out);
    }
    let json = does(
        here.path(),
        &["plugin", "inspect", &http, "--output", "json"],
    )
    .json();
    assert_eq!(json["steps"][0]["inputSchema"]["type"], "object");
    for (bad, kind) in [
        ("corrupt", "invalid-component"),
        ("wrong-world", "wrong-world"),
        ("wrong-version", "wrong-contract-version"),
    ] {
        let path = component(bad).display().to_string();
        let done = does(
            here.path(),
            &["plugin", "inspect", &path, "--output", "json"],
        );
        assert_eq!(done.code, Some(3), "{bad}: {}", done.err);
        assert!(done.err.contains(kind), "{bad}: {}", done.err);
    }
}

#[test]
fn mistakes_of_the_caller_exit_with_2_and_name_the_place() {
    let config = "[server]\n\nlissten = \"127.0.0.1:0\"\n";
    let here = place(&[("count.yaml", COUNT), ("bad.toml", config)]);
    for (arguments, part) in [
        (vec!["run"], "FILE"),
        (vec!["run", "none.yaml"], "none.yaml"),
        (vec!["run", "count.yaml", "-i", "{n: 1}"], "column 2"),
        (vec!["run", "count.yaml", "--config", "bad.toml"], "line 3"),
        (vec!["serve", "--config", "bad.toml"], "lissten"),
        (vec!["runs", "show", "nonsense"], "run id"),
        (vec!["runs", "list", "--host", "nonsense"], "--host"),
        (
            vec!["runs", "list", "--host", "https://segue.example"],
            "SEGUE_TOKEN",
        ),
    ] {
        // Where a host is needed, there is one to ask only after the mistake was found.
        let host = arguments.contains(&"nonsense") && arguments.contains(&"show");
        let host = host.then(|| Host::start(here.path(), &[]));
        let done = does(here.path(), &arguments);
        assert_eq!(done.code, Some(2), "{arguments:?}: {}", done.err);
        assert!(
            done.err.contains(part),
            "{arguments:?}: {part} in {}",
            done.err
        );
        drop(host);
    }
}

#[test]
fn without_a_host_commands_say_how_to_start_one() {
    let here = place(&[("count.yaml", COUNT)]);
    for arguments in [
        vec!["runs", "list"],
        vec!["plugin", "list"],
        vec!["deploy", "count.yaml"],
    ] {
        let done = does(here.path(), &arguments);
        assert_eq!(done.code, Some(3), "{arguments:?}");
        assert!(
            done.err.contains("segue serve --data segue-data"),
            "{}",
            done.err
        );
        let json = does(
            here.path(),
            &[&arguments[..], &["--output", "json"]].concat(),
        );
        let error: Value = serde_json::from_str(&json.err).unwrap();
        assert_eq!(error["error"]["exit"], 3);
    }
}

#[test]
fn commands_find_the_host_of_the_data_directory_and_use_it() {
    let here = place(&[("count.yaml", COUNT), ("wait.yaml", WAIT)]);
    let host = Host::start(here.path(), &["--plugin", &counter()]);
    let deployed = does(here.path(), &["deploy", "wait.yaml", "count.yaml"]);
    assert_eq!(deployed.code, Some(0), "{}", deployed.err);
    assert!(deployed.out.contains("test/wait:1.0.0") && deployed.out.contains("test/count:1.0.0"));
    assert!(
        does(here.path(), &["plugin", "list"])
            .out
            .contains("counter")
    );
    assert!(
        does(here.path(), &["plugin", "show", "counter"])
            .out
            .contains("effect        pure")
    );

    // No --plugin: the host has it.
    let run = does(
        here.path(),
        &["run", "count.yaml", "-i", "{\"n\": 1}", "--output", "json"],
    );
    assert_eq!(
        (run.code, &run.json()["output"]),
        (Some(0), &json!({ "n": 2 })),
        "{}",
        run.err
    );
    let run = run.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(host.client().ended(&run)["status"], "completed");
    let shown = does(here.path(), &["runs", "show", &run]);
    assert!(
        shown.out.contains("completed") && shown.out.contains("\"n\": 2"),
        "{}",
        shown.out
    );
    let journal = does(here.path(), &["runs", "journal", &run]).out;
    assert!(
        journal.contains("start") && journal.contains("attempt-ended /do/0/first"),
        "{journal}"
    );
    let entries = does(
        here.path(),
        &["runs", "journal", &run, "--limit", "1", "--output", "json"],
    )
    .json();
    assert_eq!(entries["entries"].as_array().unwrap().len(), 1);
    assert!(does(here.path(), &["runs", "list"]).out.contains(&run));
    assert!(
        !does(here.path(), &["runs", "list", "--status", "faulted"])
            .out
            .contains(&run)
    );

    let waiting = host
        .client()
        .start("test/wait", &json!({}), "w")
        .unwrap()
        .json;
    let waiting = waiting["id"].as_str().unwrap();
    let cancelled = does(
        here.path(),
        &["runs", "cancel", waiting, "--reason", "enough"],
    );
    assert_eq!(cancelled.code, Some(0), "{}", cancelled.err);
    assert_eq!(host.client().ended(waiting)["status"], "cancelled");
    assert_eq!(does(here.path(), &["runs", "cancel", &run]).code, Some(3));
}

#[test]
fn deploying_a_bad_document_exits_with_1_and_deploys_the_others() {
    let here = place(&[("count.yaml", COUNT), ("wait.yaml", WAIT)]);
    let _host = Host::start(here.path(), &[]);
    let done = does(here.path(), &["deploy", "count.yaml", "wait.yaml"]);
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(
        done.out.contains("error[") && done.out.contains("--> count.yaml:8:13"),
        "{}",
        done.out
    );
    assert!(
        done.out.contains("workflow  test/wait:1.0.0"),
        "{}",
        done.out
    );
    let refused = does(
        here.path(),
        &["deploy", &component("http-get").display().to_string()],
    );
    assert_eq!(refused.code, Some(3));
    assert!(
        refused.err.contains("[[plugins.http-get.grants.http]]"),
        "{}",
        refused.err
    );
}

#[test]
fn colors_are_used_when_asked_for_and_only_then() {
    let bad = COUNT.replace("with:", "wth:");
    let here = place(&[("bad.yaml", &bad)]);
    let escapes = |arguments: &[&str]| does(here.path(), arguments).out.contains('\u{1b}');
    assert!(!escapes(&["check", "bad.yaml"]));
    assert!(escapes(&["check", "bad.yaml", "--color", "always"]));
    assert!(!escapes(&["check", "bad.yaml", "--color", "never"]));
    assert!(!escapes(&[
        "check", "bad.yaml", "--color", "always", "--output", "json"
    ]));
}

#[test]
fn on_a_terminal_progress_is_drawn_and_the_output_stays_plain() {
    let here = place(&[("count.yaml", COUNT)]);
    let terminal = Terminal::open();
    let output = segue(here.path())
        .args(["run", "count.yaml", "-i", "{\"n\": 1}", "-p", &counter()])
        .env("TERM", "xterm-256color")
        .stderr(terminal.side())
        .output()
        .unwrap();
    let drawn = terminal.read();
    assert_eq!(output.status.code(), Some(0), "{drawn}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "{\n  \"n\": 2\n}\n"
    );
    assert!(drawn.contains("\u{1b}[32mdone"), "colors: {drawn:?}");
    for part in [
        "/do/0/first",
        "counter/run:0.1.0",
        "attempt 1",
        "fuel",
        "memory",
        "completed",
    ] {
        assert!(drawn.contains(part), "{part} in {drawn:?}");
    }
}

/// A terminal of the test's own.
struct Terminal {
    reader: std::thread::JoinHandle<String>,
    side: std::fs::File,
}

impl Terminal {
    fn open() -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&main).unwrap();
        unlockpt(&main).unwrap();
        let name = ptsname(&main, Vec::new()).unwrap().into_string().unwrap();
        let side = std::fs::File::options()
            .read(true)
            .write(true)
            .open(name)
            .unwrap();
        let mut main = std::fs::File::from(main);
        let reader = std::thread::spawn(move || {
            let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
            // Reading fails when the last writer has closed the other side.
            while let Ok(n @ 1..) = std::io::Read::read(&mut main, &mut buffer) {
                all.extend_from_slice(&buffer[..n]);
            }
            String::from_utf8_lossy(&all).into_owned()
        });
        Terminal { reader, side }
    }

    fn side(&self) -> std::fs::File {
        self.side.try_clone().unwrap()
    }

    /// All that was written, once nobody writes any more.
    fn read(self) -> String {
        drop(self.side);
        self.reader.join().unwrap()
    }
}
