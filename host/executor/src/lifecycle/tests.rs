//! One test per type of event.

use segue_engine::{EndKind, ListenId, Note};
use segue_model::problem::Kind;
use segue_model::{Problem, RunId, Timestamp};
use serde_json::{Value, json};

use super::{Event, Teller};
use crate::tests::support::workflows;

const AT: Timestamp = Timestamp(1_767_225_600_000);

const TASKS: &str = "
  - first:
      set: { a: 1 }
  - hear:
      listen:
        to:
          one:
            with: { type: com.example.paid }
            correlate:
              order: { from: .data.order }
  - any:
      listen:
        to:
          one:
            with: { type: com.example.paid }
";

fn tell<R>(act: impl FnOnce(&Teller<'_>) -> R) -> R {
    let compiled = segue_dsl::compile(&workflows::flow(TASKS));
    let workflow = compiled
        .workflow
        .unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    act(&Teller {
        run: &RunId::new(1, [0; 10]),
        workflow: &workflow,
        public_url: "https://segue.example",
    })
}

fn events(note: &Note) -> Vec<Event> {
    tell(|teller| teller.note((7, 2), note, AT))
}

/// The one event of a note: its type, without what all have in common, and its data.
fn only(note: &Note) -> (String, Value) {
    let events = events(note);
    assert_eq!(events.len(), 1, "{events:?}");
    short(&events[0])
}

fn short(event: &Event) -> (String, Value) {
    let envelope: Value = serde_json::from_str(event.text()).unwrap();
    assert_eq!(envelope["type"], event.kind());
    let kind = event.kind().strip_prefix("io.serverlessworkflow.").unwrap();
    (kind.to_owned(), envelope["data"].clone())
}

fn instance() -> String {
    format!("flow-{}.test", RunId::new(1, [0; 10]))
}

fn ended(end: EndKind, problem: Option<Problem>) -> Note {
    let task = "/do/0/first".to_owned();
    Note::TaskEnded { task, end, problem }
}

fn away() -> Problem {
    Problem::new(Kind::Communication, "away")
}

const TIME: &str = "2026-01-01T00:00:00.000Z";

#[test]
fn an_event_is_a_cloud_event_with_a_stable_id() {
    let note = ended(EndKind::Completed, None);
    let envelope: Value = serde_json::from_str(events(&note)[0].text()).unwrap();
    let run = RunId::new(1, [0; 10]);
    assert_eq!(envelope["specversion"], "1.0");
    assert_eq!(envelope["id"], format!("{run}-7.2"));
    assert_eq!(envelope["source"], "/test/flow/1.0.0");
    assert_eq!(envelope["subject"], run.as_str());
    assert_eq!(envelope["time"], TIME);
    assert_eq!(envelope["datacontenttype"], "application/json");
    assert_eq!(events(&note), events(&note));
}

#[test]
fn a_start_names_the_definition() {
    let (kind, data) = short(&tell(|teller| teller.started(AT)));
    assert_eq!(kind, "workflow.started.v1");
    let definition = json!({"namespace": "test", "name": "flow", "version": "1.0.0"});
    let expected = json!({"name": instance(), "definition": definition, "startedAt": TIME});
    assert_eq!(data, expected);
}

#[test]
fn a_task_is_created_and_started() {
    let note = Note::TaskStarted {
        task: "/do/0/first".to_owned(),
        iteration: 0,
    };
    let found = events(&note);
    let [created, started] = found.as_slice() else {
        panic!("{found:?}");
    };
    let at = |member: &str| json!({"workflow": instance(), "task": "/do/0/first", member: TIME});
    assert_eq!(
        short(created),
        ("task.created.v1".to_owned(), at("createdAt"))
    );
    assert_eq!(
        short(started),
        ("task.started.v1".to_owned(), at("startedAt"))
    );
    assert_ne!(created.text().get(..90), started.text().get(..90));
}

#[test]
fn a_completed_task_says_where_its_output_is() {
    let (kind, data) = only(&ended(EndKind::Completed, None));
    assert_eq!(kind, "task.completed.v1");
    let run = RunId::new(1, [0; 10]);
    let uri = format!("https://segue.example/v1/runs/{run}/journal?from=7&limit=1");
    assert_eq!(data["outputUri"], uri);
    assert_eq!(data["completedAt"], TIME);
}

#[test]
fn a_faulted_task_carries_its_error() {
    let (kind, data) = only(&ended(EndKind::Faulted, Some(away())));
    assert_eq!(kind, "task.faulted.v1");
    assert_eq!(data["error"]["status"], 500);
    assert_eq!(data["faultedAt"], TIME);
}

#[test]
fn a_task_is_cancelled_or_retried() {
    let (kind, data) = only(&ended(EndKind::Cancelled, None));
    assert_eq!(
        (kind.as_str(), &data["cancelledAt"]),
        ("task.cancelled.v1", &json!(TIME))
    );
    let (kind, data) = only(&Note::Retrying {
        task: "/do/0/first".to_owned(),
        retry: 1,
        at: AT,
        problem: away(),
    });
    assert_eq!(
        (kind.as_str(), &data["retriedAt"]),
        ("task.retried.v1", &json!(TIME))
    );
}

#[test]
fn a_run_is_suspended_and_resumed() {
    let (kind, data) = only(&Note::Suspended { reason: None });
    assert_eq!(kind, "workflow.suspended.v1");
    assert_eq!(data, json!({"name": instance(), "suspendedAt": TIME}));
    let (kind, data) = only(&Note::Resumed);
    assert_eq!(kind, "workflow.resumed.v1");
    assert_eq!(data, json!({"name": instance(), "resumedAt": TIME}));
}

#[test]
fn a_task_is_suspended_and_resumed_with_its_run() {
    let task = || "/do/0/first".to_owned();
    let at = |member: &str| json!({"workflow": instance(), "task": task(), member: TIME});
    let suspended = only(&Note::TaskSuspended { task: task() });
    assert_eq!(
        suspended,
        ("task.suspended.v1".to_owned(), at("suspendedAt"))
    );
    let resumed = only(&Note::TaskResumed { task: task() });
    assert_eq!(resumed, ("task.resumed.v1".to_owned(), at("resumedAt")));
}

#[test]
fn only_a_listener_that_correlates_starts_a_correlation() {
    let listening = |task: &str| Note::Listening {
        task: task.to_owned(),
        listen: ListenId(1),
    };
    let (kind, data) = only(&listening("/do/1/hear"));
    assert_eq!(kind, "workflow.correlation-started.v1");
    assert_eq!(data, json!({"name": instance(), "startedAt": TIME}));
    assert_eq!(events(&listening("/do/2/any")), []);
}

#[test]
fn a_complete_correlation_carries_its_keys() {
    let mut keys = serde_json::Map::new();
    keys.insert("order".to_owned(), json!(7));
    let task = "/do/1/hear".to_owned();
    let (kind, data) = only(&Note::Correlated { task, keys });
    assert_eq!(kind, "workflow.correlation-completed.v1");
    assert_eq!(data["correlationKeys"], json!({"order": 7}));
}

#[test]
fn a_run_ends_in_one_of_three_ways() {
    let end = |end, problem| only(&Note::RunEnded { end, problem });
    let (kind, data) = end(EndKind::Completed, None);
    assert_eq!(kind, "workflow.completed.v1");
    let run = RunId::new(1, [0; 10]);
    assert_eq!(
        data["outputUri"],
        format!("https://segue.example/v1/runs/{run}")
    );
    let (kind, data) = end(EndKind::Faulted, Some(away()));
    assert_eq!(
        (kind.as_str(), &data["error"]["detail"]),
        ("workflow.faulted.v1", &json!("away"))
    );
    let (kind, data) = end(EndKind::Cancelled, None);
    assert_eq!(kind, "workflow.cancelled.v1");
    assert_eq!(data, json!({"name": instance(), "cancelledAt": TIME}));
}

#[test]
fn what_is_no_step_of_a_life_gives_no_event() {
    let task = "/do/0/first".to_owned();
    assert_eq!(events(&Note::TaskSkipped { task: task.clone() }), []);
    assert_eq!(events(&Note::Waiting { task, until: AT }), []);
}
