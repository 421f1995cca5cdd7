//! `segue check`, `segue plugin inspect`, and mistakes of the caller.

use serde_json::json;

use super::{COUNT, counter, does, place};
use crate::guests::component;
use crate::host::Host;

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
fn check_says_when_nobody_knew_the_steps() {
    let here = place(&[("good.yaml", COUNT)]);
    let alone = does(here.path(), &["check", "good.yaml"]);
    assert!(alone.out.contains("not looked up"), "{}", alone.out);
    let json = does(here.path(), &["check", "good.yaml", "--output", "json"]).json();
    assert_eq!(json["stepsLookedUp"], json!(null));
    let with = [
        "check",
        "good.yaml",
        "--plugin",
        &counter(),
        "--output",
        "json",
    ];
    let json = does(here.path(), &with).json();
    assert_eq!(json["stepsLookedUp"], "plugins");
    let twice = does(here.path(), &["check", "-", "-"]);
    assert_eq!(twice.code, Some(2), "{}", twice.err);
}

#[test]
fn graph_prints_a_flowchart_or_what_is_wrong() {
    let bad = COUNT.replace("with:", "wth:");
    let here = place(&[("good.yaml", COUNT), ("bad.yaml", &bad)]);
    let done = does(here.path(), &["graph", "good.yaml"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.out.starts_with("flowchart TD\n"), "{}", done.out);
    let json = does(here.path(), &["graph", "good.yaml", "--output", "json"]).json();
    assert_eq!(
        json["mermaid"].as_str().map(str::trim),
        Some(done.out.trim())
    );
    let done = does(here.path(), &["graph", "bad.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (Some(1), ""));
    assert!(done.err.contains("error[unknown-key]"), "{}", done.err);
}

#[test]
fn check_and_graph_know_the_catalogs_of_a_configuration() {
    let document = "document: {dsl: '1.0.3', namespace: test, name: tooled, version: '1.0.0'}
use: {catalogs: {tools: {endpoint: 'https://tools.example'}}}
do:
  - note: {call: 'log:1.0.0@tools', with: {n: 1}}
";
    let config = "[catalogs.tools]\nendpoint = \"https://tools.example\"\ndirectory = \"tools\"\n";
    let here = place(&[("tooled.yaml", document), ("tools.toml", config)]);
    let folder = here.path().join("tools/functions/log/1.0.0");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("function.yaml"), "set: {a: '${ .n }'}").unwrap();
    for command in ["check", "graph"] {
        let alone = does(here.path(), &[command, "tooled.yaml"]);
        assert_eq!(alone.code, Some(1), "{command}: {}", alone.out);
        let with = [command, "tooled.yaml", "--config", "tools.toml"];
        let done = does(here.path(), &with);
        assert_eq!(done.code, Some(0), "{command}: {}{}", done.out, done.err);
    }
}

#[test]
fn schema_prints_a_json_schema() {
    let here = place(&[]);
    let done = does(here.path(), &["schema"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(
        done.json()["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
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
