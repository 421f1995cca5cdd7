//! The API of the real host: what `segue serve` gives without any configuration.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::guests::component;
use crate::host::{Client, Host, segue};

const GREET: &str = "\
document:
  dsl: '1.0.3'
  namespace: test
  name: greet
  version: '1.0.0'
do:
  - greet:
      call: hello/greet:0.1@default
      with: { name: '${ .name }' }
";

fn greeting(host: &Host) -> Client {
    host.plugin("hello");
    host.workflow(GREET);
    host.client()
}

#[test]
fn serve_needs_no_configuration_and_keeps_its_secrets() {
    let here = tempfile::tempdir().unwrap();
    let host = Host::start(here.path(), &[]);
    let data = here.path().join("segue-data");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for secret in ["token", "host.json", "segue.db"] {
        assert_eq!(mode(&data.join(secret)), 0o600, "{secret}");
    }
    let record: Value =
        serde_json::from_slice(&std::fs::read(data.join("host.json")).unwrap()).unwrap();
    assert_eq!(record["pid"], host.pid());
    let client = host.client();
    assert_eq!(
        client.get("/healthz").unwrap().json["instance"],
        record["instance"]
    );
    assert_eq!(client.get("/readyz").unwrap().status, 200);
    assert!(
        client.get("/v1/openapi.json").unwrap().json["openapi"]
            .as_str()
            .unwrap()
            .starts_with("3.1")
    );
    assert!(
        record["address"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    let stranger = Client::new(
        record["address"].as_str().unwrap(),
        "not-the-token-of-this-host",
    );
    assert_eq!(stranger.get("/v1/runs").unwrap().status, 401);
    assert!(host.terminate().success());
    assert!(!data.join("host.json").exists());
}

#[test]
fn a_real_step_runs_and_its_run_and_journal_can_be_read() {
    let here = tempfile::tempdir().unwrap();
    let host = Host::start(here.path(), &[]);
    let client = greeting(&host);
    let started = client
        .start("test/greet", &json!({ "name": "Ada" }), "one")
        .unwrap();
    assert!(matches!(started.status, 200 | 202), "{}", started.json);
    let run = started.json["id"].as_str().unwrap().to_owned();
    assert_eq!(started.headers["location"], format!("/v1/runs/{run}"));
    let view = client.ended(&run);
    assert_eq!(view["output"], "Hello, Ada!");
    let usage = &view["attempts"][0]["usage"];
    assert!(usage["fuel"].as_u64().unwrap() > 0 && usage["memoryBytes"].as_u64().unwrap() > 0);
    let kinds: Vec<Value> = client
        .journal(&run)
        .iter()
        .map(|entry| entry["input"]["kind"].clone())
        .collect();
    assert_eq!(kinds, ["start", "attempt"]);
    let plugin = client.get("/v1/plugins/hello").unwrap().json;
    assert_eq!(plugin["steps"][0]["policy"]["effect"], "pure");
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let here = tempfile::tempdir().unwrap();
    let host = Host::start(here.path(), &[]);
    let client = greeting(&host);
    let started = client
        .start("test/greet", &json!({ "name": "Ada" }), "one")
        .unwrap();
    host.kill();
    assert!(matches!(started.status, 200 | 202));
    let host = Host::start(here.path(), &[]);
    let again = host
        .client()
        .start("test/greet", &json!({ "name": "Ada" }), "one")
        .unwrap();
    assert_eq!(again.json["id"], started.json["id"]);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let view = host.client().ended(started.json["id"].as_str().unwrap());
    assert_eq!(view["output"], "Hello, Ada!");
}

#[test]
fn a_second_host_on_the_same_directory_is_refused_with_the_holder() {
    let here = tempfile::tempdir().unwrap();
    let host = Host::start(here.path(), &[]);
    let second = segue(here.path())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    let error = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(3), "{error}");
    assert!(
        error.contains(&format!("process {}", host.pid())),
        "{error}"
    );
    // The first goes on, and is still found.
    assert_eq!(host.client().get("/readyz").unwrap().status, 200);
    let found = segue(here.path()).args(["runs", "list"]).output().unwrap();
    assert!(found.status.success());
}

#[test]
fn an_address_in_use_is_refused_before_anything_runs() {
    let here = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = segue(here.path())
        .args(["serve", "--listen", &address])
        .output()
        .unwrap();
    let error = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(4), "{error}");
    assert!(
        error.contains(&address) && error.contains("--listen"),
        "{error}"
    );
}

#[test]
fn a_host_that_is_asked_to_end_lets_attempts_finish() {
    let here = tempfile::tempdir().unwrap();
    let arrivals = crate::arrivals::Arrivals::listen(std::time::Duration::from_millis(800));
    std::fs::write(here.path().join("segue.toml"), arrivals.grant("http-get")).unwrap();
    let host = Host::start(
        here.path(),
        &["--plugin", component("http-get").to_str().unwrap()],
    );
    host.workflow(
        "document: { dsl: '1.0.3', namespace: test, name: send, version: '1.0.0' }\n\
         do:\n  - send:\n      call: http-get:0.1@default\n      with: { url: '${ .url }', body: one }\n",
    );
    let started = host
        .client()
        .start("test/send", &json!({ "url": arrivals.url() }), "k")
        .unwrap();
    while arrivals.by_body().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(host.terminate().success());
    let host = Host::start(here.path(), &[]);
    let view = host.client().ended(started.json["id"].as_str().unwrap());
    assert_eq!(view["status"], "completed");
    assert_eq!(view["attempts"].as_array().unwrap().len(), 1, "{view}");
    assert_eq!(arrivals.by_body()["one"].len(), 1);
}
