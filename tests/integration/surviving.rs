//! What waits outlives its host: a timer, a listener, a callback, a retry's pause, a child and a
//! map are killed with the host (SIGKILL) while they wait, and go on in the next one.

use std::time::Duration;

use serde_json::{Value, json};

use crate::host::{Client, Host, segue};

/// How long the timers wait, in milliseconds: longer than the host is down.
const PAUSE_MS: i64 = 3_000;

const WAITS: &str = r"
document: {dsl: '1.0.3', namespace: test, name: waits, version: '1.0.0'}
do:
  - pause:
      wait: {milliseconds: 3000}
  - after:
      set: {waited: true}
";

const LISTENS: &str = r"
document: {dsl: '1.0.3', namespace: test, name: listens, version: '1.0.0'}
do:
  - hear:
      listen:
        to:
          all:
            - with: {type: test.first}
            - with: {type: test.second}
";

const ASKS: &str = r"
document: {dsl: '1.0.3', namespace: test, name: asks, version: '1.0.0'}
do:
  - approve:
      call: await-callback:1.0.0@default
      with:
        title: Approve?
        form:
          type: object
          required: [ok]
          properties: {ok: {type: boolean}}
";

const RETRIES: &str = r"
document: {dsl: '1.0.3', namespace: test, name: retries, version: '1.0.0'}
do:
  - again:
      try:
        - fail:
            raise: {error: {type: 'https://example.test/no', status: 503}}
      catch:
        retry: {delay: {milliseconds: 3000}, limit: {attempt: {count: 1}}}
        do:
          - done:
              set: {tried: twice}
";

const PARENT: &str = r"
document: {dsl: '1.0.3', namespace: test, name: parent, version: '1.0.0'}
do:
  - child:
      run:
        workflow: {namespace: test, name: waits, version: '1.0.0'}
  - many:
      call: map:1.0.0@default
      with:
        workflow: {namespace: test, name: waits, version: '1.0.0'}
        items: ${ [range(5)] }
";

const WORKFLOWS: [&str; 5] = [WAITS, LISTENS, ASKS, RETRIES, PARENT];

#[test]
fn whatever_waits_goes_on_after_kill_9_at_the_right_time() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let host = Host::start(directory, &[]);
    WORKFLOWS.iter().for_each(|source| host.workflow(source));
    let client = host.client();
    let names = ["waits", "listens", "asks", "retries", "parent"];
    let runs: Vec<String> = names.iter().map(|name| started(&client, name)).collect();
    let [waits, listens, asks, retries, parent] = runs.as_slice() else {
        unreachable!()
    };
    runs.iter().for_each(|run| parked(&client, run));
    publish(&client, "1", "test.first");
    let callback = only_callback(&client, asks);
    host.kill();

    // Killed again at once: what was taken up must still be there.
    Host::start(directory, &[]).kill();
    let host = Host::start(directory, &[]);
    let client = host.client();
    parked(&client, listens);
    let again = only_callback(&client, asks);
    assert_eq!(place(&again), place(&callback), "another address");
    publish(&client, "2", "test.second");
    // Acknowledged and not yet consumed, as far as anybody knows.
    host.kill();

    let host = Host::start(directory, &[]);
    let client = host.client();
    let heard = client.ended(listens);
    assert_eq!(heard["output"], json!([{"n": "1"}, {"n": "2"}]), "{heard}");
    answer(&client, &callback);
    assert_eq!(client.ended(asks)["output"], json!({"ok": true}));
    let waited = client.ended(waits);
    assert_eq!(waited["output"], json!({"waited": true}));
    assert!(took_ms(&waited) >= PAUSE_MS, "{waited}");
    let retried = client.ended(retries);
    assert_eq!(retried["output"], json!({"tried": "twice"}));
    assert!(took_ms(&retried) >= PAUSE_MS, "{retried}");
    let parent = client.ended(parent);
    assert_eq!(parent["output"], json!(vec![json!({"waited": true}); 5]));
    assert!(took_ms(&parent) >= 2 * PAUSE_MS, "{parent}");
}

#[test]
fn a_backup_of_a_live_host_goes_on_with_everything_that_waits() {
    let directory = tempfile::tempdir().unwrap();
    let host = Host::start(directory.path(), &[]);
    WORKFLOWS.iter().for_each(|source| host.workflow(source));
    let client = host.client();
    let listens = started(&client, "listens");
    parked(&client, &listens);
    publish(&client, "1", "test.first");

    let copy = tempfile::tempdir().unwrap();
    let data = copy.path().join("segue-data");
    let to = data.to_str().unwrap();
    let made = segue(directory.path())
        .args(["backup", to])
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let again = segue(directory.path())
        .args(["backup", to])
        .output()
        .unwrap();
    assert!(!again.status.success(), "a backup writes over nothing");
    let keys = |data: &std::path::Path| std::fs::read(data.join("vault.key")).unwrap();
    assert_eq!(keys(&data), keys(&directory.path().join("segue-data")));
    host.kill();

    let host = Host::start(copy.path(), &[]);
    let client = host.client();
    publish(&client, "2", "test.second");
    let heard = client.ended(&listens);
    assert_eq!(heard["output"], json!([{"n": "1"}, {"n": "2"}]), "{heard}");
}

#[test]
fn a_run_that_is_cancelled_takes_everything_below_it_along() {
    let directory = tempfile::tempdir().unwrap();
    let host = Host::start(directory.path(), &[]);
    WORKFLOWS.iter().for_each(|source| host.workflow(source));
    let client = host.client();
    let parent = started(&client, "parent");
    parked(&client, &parent);
    let children = children(&client, &parent);
    assert_eq!(children.len(), 1, "{children:?}");
    let answer = client
        .post(&format!("/v1/runs/{parent}/cancel"), b"{}", &[])
        .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json);
    assert_eq!(client.ended(&parent)["status"], "cancelled");
    for child in children {
        assert_eq!(client.ended(&child)["status"], "cancelled");
    }
}

fn started(client: &Client, name: &str) -> String {
    let answer = client.start(&format!("test/{name}"), &Value::Null, name);
    let answer = answer.unwrap();
    assert_eq!(answer.status, 202, "{}", answer.json);
    answer.json["id"].as_str().unwrap().to_owned()
}

/// Waits until the run is durably waiting.
fn parked(client: &Client, run: &str) {
    loop {
        let view = client.get(&format!("/v1/runs/{run}")).unwrap().json;
        match view["status"].as_str() {
            Some("waiting") => return,
            Some("pending" | "running") => std::thread::sleep(Duration::from_millis(10)),
            _ => panic!("it does not wait: {view}"),
        }
    }
}

fn publish(client: &Client, id: &str, kind: &str) {
    let event = json!({
        "specversion": "1.0",
        "id": id,
        "source": "https://example.test/surviving",
        "type": kind,
        "data": {"n": id},
    });
    let headers = [("content-type", "application/cloudevents+json")];
    let body = event.to_string();
    let answer = client
        .post("/v1/events", body.as_bytes(), &headers)
        .unwrap();
    assert!(matches!(answer.status, 200 | 202), "{}", answer.json);
}

fn only_callback(client: &Client, run: &str) -> Value {
    let answer = client.get(&format!("/v1/runs/{run}/callbacks")).unwrap();
    let callbacks = answer.json["callbacks"].as_array().cloned();
    let callbacks = callbacks.unwrap_or_else(|| panic!("{}", answer.json));
    assert_eq!(callbacks.len(), 1, "{callbacks:?}");
    callbacks.into_iter().next().unwrap()
}

/// The address that a host prints may have another port after a restart: the path counts.
fn place(callback: &Value) -> &str {
    let url = callback["url"].as_str().unwrap();
    &url[url.find("/v1/").unwrap()..]
}

fn answer(client: &Client, callback: &Value) {
    let path = place(callback);
    let headers = [("content-type", "application/json")];
    let refused = client.post(path, br#"{"ok": "yes"}"#, &headers).unwrap();
    assert_eq!(refused.status, 400, "{}", refused.json);
    let taken = client.post(path, br#"{"ok": true}"#, &headers).unwrap();
    assert!(matches!(taken.status, 200 | 202), "{}", taken.json);
}

/// The children of a run that waits for the first of them: it starts after the run rests.
fn children(client: &Client, run: &str) -> Vec<String> {
    loop {
        let found = children_now(client, run);
        if !found.is_empty() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn children_now(client: &Client, run: &str) -> Vec<String> {
    let answer = client.get(&format!("/v1/runs?parent={run}")).unwrap();
    let runs = answer.json["runs"].as_array().cloned();
    let runs = runs.unwrap_or_else(|| panic!("{}", answer.json));
    let ids = runs
        .iter()
        .map(|run| run["id"].as_str().unwrap().to_owned());
    ids.collect()
}

fn took_ms(view: &Value) -> i64 {
    let at = |name: &str| {
        let text = view[name].as_str().unwrap_or_else(|| panic!("{view}"));
        let at: jiff::Timestamp = text.parse().unwrap();
        at.as_millisecond()
    };
    at("endedAt") - at("createdAt")
}
