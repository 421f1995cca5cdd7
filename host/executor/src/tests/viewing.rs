//! Runs and journals as people see them.

use std::sync::Arc;

use segue_engine::{Note, Plan};
use segue_model::ir::Deployed;
use segue_store::RunStatus;
use serde_json::json;

use super::support::{World, complete, workflows};

/// The plan of a workflow without steps.
pub(super) fn empty_plan() -> Plan {
    let source = workflows::flow("  - a:\n      set: { b: 1 }\n");
    let workflow = segue_dsl::compile(&source).workflow.unwrap();
    let pins = Vec::new();
    Plan::new(Arc::new(Deployed { workflow, pins })).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_view_shows_every_attempt_with_what_it_used() {
    let world = World::new();
    let host = world.host_with(workflows::MIXED).await;
    let view = complete(&host).await;
    let json = serde_json::to_value(&view).unwrap();
    assert_eq!(json["status"], "completed");
    assert_eq!(json["workflow"], "test/flow:1.0.0");
    let charge = &json["attempts"][1];
    assert_eq!(charge["task"], "/do/1/pay");
    assert_eq!(charge["step"], "net/charge:1.0.0");
    assert_eq!(charge["effect"], "effectful");
    assert_eq!(charge["outcome"], "completed");
    assert_eq!(charge["usage"]["fuel"], 100);
    assert_eq!(charge["usage"]["memoryBytes"], 65_536);
    assert_eq!(charge["wallUs"], 7);
    assert!(
        charge["startedAt"]
            .as_str()
            .unwrap()
            .starts_with("2026-01-01T")
    );
    assert!(json["endedAt"].is_string() && json.get("problem").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_fault_shows_its_problem_and_its_place() {
    let world = World::new();
    let tasks = "
  - stop:
      raise:
        error:
          type: https://errors.example/no
          status: 400
          title: No
";
    let host = world.host_with(tasks).await;
    let view = complete(&host).await;
    assert_eq!(view.status, RunStatus::Faulted);
    let problem = view.problem.unwrap();
    assert_eq!(problem.kind, "https://errors.example/no");
    assert_eq!(problem.instance.as_deref(), Some("/do/0/stop"));
    assert_eq!(view.output, None);
}

#[tokio::test(start_paused = true)]
async fn a_journal_shows_inputs_and_what_followed_from_them() {
    let world = World::new();
    let host = world.host_with(workflows::MIXED).await;
    let view = complete(&host).await;
    let whole = host.journal(&view.id, 1, 100).await.unwrap();
    assert_eq!(whole.len(), 5);
    let started = whole[0].events.iter().find_map(|note| match note {
        Note::AttemptStarted { step, .. } => Some(step.as_str()),
        _ => None,
    });
    assert_eq!(started, Some("calc/add:1.0.0"));
    assert_eq!(whole[1].input["outcome"]["output"]["step"], "add");
    assert_eq!(whole[1].observed["wallUs"], 7);
    assert!(matches!(
        whole[4].events.last(),
        Some(Note::RunEnded { .. })
    ));
    // A page in the middle says the same of its entries.
    let page = host.journal(&view.id, 3, 2).await.unwrap();
    assert_eq!(page, whole[2..4]);
}

#[tokio::test(start_paused = true)]
async fn large_values_stand_in_the_journal_as_values() {
    let world = World::new();
    let host = world.host_with(workflows::SLOW).await;
    let large = json!({"text": "x".repeat(3_000)});
    let started = host
        .start_run(super::support::request(large.clone()))
        .await
        .unwrap();
    let journal = host.journal(&started.run, 1, 10).await.unwrap();
    let text = serde_json::to_string(&journal[0].input).unwrap();
    assert!(text.contains(&"x".repeat(3_000)), "{text}");
}
