//! Event streams, and the end of the service.

use serde_json::json;

use super::support::{Event, Server};

/// The id and the data of every event that is repeated.
fn durable(events: &[Event]) -> Vec<(String, serde_json::Value)> {
    let durable = events.iter().filter(|event| event.name == "note");
    durable
        .map(|event| (event.id.clone().unwrap(), event.data.clone()))
        .collect()
}

#[test]
fn a_stream_tells_a_runs_whole_life_and_ends_with_it() {
    let server = Server::with("echo");
    let run = server.run(&json!(1), "?wait=20");
    let (status, events) = server.events(&run, "");
    assert_eq!(status, 200);
    let kinds: Vec<_> = durable(&events)
        .iter()
        .map(|(_, data)| data["note"]["event"].as_str().unwrap().to_owned())
        .collect();
    for kind in [
        "task-started",
        "attempt-started",
        "attempt-ended",
        "task-ended",
        "run-ended",
    ] {
        assert!(
            kinds.iter().any(|found| found == kind),
            "{kind} in {kinds:?}"
        );
    }
    let last = events.last().unwrap();
    assert_eq!(
        (last.name.as_str(), last.id.as_deref()),
        ("end", Some("end"))
    );
    assert_eq!(last.data, json!({ "status": "completed" }));
}

#[test]
fn a_reader_that_was_cut_off_anywhere_gets_exactly_the_rest() {
    let server = Server::with("echo");
    let run = server.run(&json!(1), "?wait=20");
    let whole = durable(&server.events(&run, "").1);
    assert!(whole.len() > 3);
    for (at, (id, _)) in whole.iter().enumerate() {
        let rest = durable(&server.events(&run, id).1);
        assert_eq!(rest, whole[at + 1..], "after {id}");
    }
    let entry = durable(&server.events(&run, "1").1);
    assert!(entry.iter().all(|(id, _)| !id.starts_with("1.")) && !entry.is_empty());
    assert_eq!(server.events(&run, "end"), (204, Vec::new()));
    assert_eq!(server.events(&run, "nonsense").0, 400);
}

#[test]
fn a_live_stream_says_the_same_as_the_journal() {
    let server = Server::with("hold");
    let run = server.run(&json!(1), "");
    let mut live = Vec::new();
    for event in server.stream(&run) {
        if event.name == "note" && event.data["note"]["event"] == "attempt-started" {
            server.release();
        }
        live.push(event);
    }
    assert_eq!(live.last().unwrap().name, "end");
    assert_eq!(durable(&live), durable(&server.events(&run, "").1));
}

#[test]
fn a_closing_service_ends_waits_and_streams_early_and_lets_the_answer_out() {
    let mut server = Server::with("hold");
    let run = server.run(&json!(1), "");
    std::thread::scope(|scope| {
        let server = &server;
        let run = run.as_str();
        let waiting = scope.spawn(move || server.get(&format!("/v1/runs/{run}?wait=50")));
        let mut stream = server.stream(run);
        // Something was read, so the request is in flight.
        assert!(stream.next().is_some());
        server.close();
        assert!(stream.all(|event| event.name != "end"));
        // The wait may have been too late to be accepted at all, which is no answer.
        if let Ok(answer) = waiting.join() {
            assert_eq!((answer.status, &answer.json["output"]), (200, &json!(null)));
        }
    });
    server.closed();
}
