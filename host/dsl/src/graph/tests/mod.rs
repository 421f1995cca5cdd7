//! Pictures of workflows: `testdata/graph/*.yaml` beside `*.mmd`.
//!
//! `UPDATE_EXPECT=1 cargo test -p segue-dsl` writes the expected files anew.

use std::path::Path;

use segue_model::ir::{BlockId, FunctionCall, TaskId, TaskKind};

use super::*;
use crate::compile;

fn graph(source: &str) -> String {
    let compiled = compile(source);
    let workflow = compiled.workflow;
    mermaid(&workflow.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)))
}

fn sample(body: &str) -> String {
    let head = "document: { dsl: '1.0.3', namespace: test, name: sample, version: '1.0.0' }\n";
    graph(&format!("{head}{body}"))
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test reads and records its own data"
)]
fn workflows_are_drawn_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/graph");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "yaml") {
            continue;
        }
        count += 1;
        let drawn = graph(&std::fs::read_to_string(&path).unwrap());
        let expected_at = path.with_extension("mmd");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&expected_at, &drawn).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_at).unwrap_or_default();
        assert_eq!(drawn, expected, "{}", path.display());
    }
    assert!(count >= 3, "{count} documents");
}

#[test]
fn no_name_can_leave_its_label() {
    let hostile = r#"a\"]; click x call y() %%{init}%% style n1 fill:#f00; end"#;
    let drawn = sample(&format!("do:\n  - \"{hostile}\":\n      set: {{ x: 1 }}\n"));
    let line = drawn.lines().find(|line| line.contains("click")).unwrap();
    let inner = line.trim().strip_prefix("n1[\"").unwrap();
    let inner = inner.strip_suffix("\"]").unwrap();
    assert!(
        !inner
            .replace("<br/>", "")
            .contains(['"', '[', ']', '<', '{', '%', ':']),
        "{line}"
    );
}

#[test]
fn jumps_skips_and_ends_are_arrows() {
    let drawn = sample(concat!(
        "do:\n",
        "  - a: { if: .x, set: { x: 1 }, then: c }\n",
        "  - b: { set: { x: 2 }, then: end }\n",
        "  - c: { set: { x: 3 }, then: exit }\n",
    ));
    for arrow in [
        "start --> n1",
        "n1 --> n3",
        "n1 -.->|\"skipped\"| n2",
        "n2 --> finish",
        "n3 --> finish",
    ] {
        assert!(
            drawn.lines().any(|line| line.trim() == arrow),
            "{arrow} in\n{drawn}"
        );
    }
}

#[test]
fn functions_that_call_each_other_are_drawn_within_bounds() {
    let source = "document: { dsl: '1.0.3', namespace: t, name: s, version: '1.0.0' }\ndo: [ a: { do: [ b: { set: { x: 1 } } ] } ]\n";
    let mut workflow = compile(source).workflow.unwrap();
    // Each of 30 blocks has two calls of the next one: 2^30 tasks, were all of them drawn.
    let call = workflow.tasks[0].clone();
    let levels = 30;
    workflow.tasks.clear();
    workflow.blocks.clear();
    for level in 0..levels {
        for at in 0..2 {
            let mut task = call.clone();
            task.kind = TaskKind::Function(FunctionCall {
                name: format!("f{level}"),
                body: BlockId((level + 1) % levels),
                with: None,
            });
            workflow.tasks.push(task);
            let id = TaskId(level * 2 + at);
            match workflow.blocks.get_mut(level as usize) {
                Some(block) => block.push(id),
                None => workflow.blocks.push(vec![id]),
            }
        }
    }
    workflow.body = BlockId(0);
    let drawn = mermaid(&workflow);
    assert!(
        drawn.lines().count() < 8 * GRAPH_TASKS_MAX,
        "{}",
        drawn.lines().count()
    );
    assert!(drawn.contains('…'));
}
