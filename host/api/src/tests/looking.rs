//! Lists, journals, cancelling.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{Server, header, workflow};

/// Follows `next` to the end; gives the items of every page.
fn pages(server: &Server, first: &str, name: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let answer = server.get(&path);
        assert_eq!(answer.status, 200, "{}", answer.json);
        next = answer.json["next"].as_str().map(str::to_owned);
        let link = next
            .as_ref()
            .map(|next| format!("<{next}>; rel=\"next\""))
            .unwrap_or_default();
        assert_eq!(header(&answer, "link"), link);
        pages.push(answer.json[name].as_array().unwrap().clone());
    }
    pages
}

#[test]
fn runs_are_paged_newest_first_without_gaps() {
    let server = Server::with("echo");
    let started: Vec<String> = (0..5).map(|n| server.run(&json!(n), "?wait=20")).collect();
    let pages = pages(&server, "/v1/runs?limit=2", "runs");
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let listed: Vec<_> = pages
        .concat()
        .iter()
        .map(|run| run["id"].as_str().unwrap().to_owned())
        .collect();
    let unique: BTreeSet<_> = listed.iter().collect();
    assert_eq!(unique, started.iter().collect());
    assert!(listed.is_sorted_by(|a, b| a > b));
}

#[test]
fn runs_are_filtered_and_the_filter_goes_on_to_the_next_page() {
    let server = Server::with("fail");
    let other = workflow("other", "1.0.0", "echo");
    assert_eq!(
        server.post_bytes("/v1/workflows", other.as_bytes()).status,
        201
    );
    for _ in 0..3 {
        server.run(&json!(1), "?wait=20");
        let body = json!({ "workflow": "test/other" });
        assert_eq!(server.post("/v1/runs?wait=20", &body, &[]).status, 200);
    }
    let faulted = pages(
        &server,
        "/v1/runs?limit=2&status=faulted&workflow=test/flow",
        "runs",
    )
    .concat();
    assert_eq!(faulted.len(), 3);
    assert!(
        faulted
            .iter()
            .all(|run| run["workflow"] == "test/flow:1.0.0" && run["status"] == "faulted")
    );
    assert!(
        pages(
            &server,
            "/v1/runs?status=faulted&workflow=test/other",
            "runs"
        )
        .concat()
        .is_empty()
    );
}

#[test]
fn a_journal_is_paged_in_order() {
    let server = Server::with("echo");
    let run = server.run(&json!(1), "?wait=20");
    let entries = pages(
        &server,
        &format!("/v1/runs/{run}/journal?limit=1"),
        "entries",
    );
    assert!(entries.len() > 1 && entries.iter().all(|page| page.len() == 1));
    let numbers: Vec<_> = entries
        .concat()
        .iter()
        .map(|entry| entry["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    let tail = server
        .get(&format!("/v1/runs/{run}/journal?from={}", numbers.len()))
        .json;
    assert_eq!(tail["entries"], json!(entries[numbers.len() - 1]));
    assert_eq!(
        server.get(&format!("/v1/runs/{run}/journal?from=0")).status,
        400
    );
}

#[test]
fn a_run_is_cancelled_once_and_for_all() {
    let server = Server::with("hold");
    let run = server.run(&json!(1), "");
    let cancel = format!("/v1/runs/{run}/cancel");
    let first = server.post(&cancel, &json!({ "reason": "changed my mind" }), &[]);
    assert_eq!(
        (first.status, &first.json["status"]),
        (200, &json!("cancelled")),
        "{}",
        first.json
    );
    assert_eq!(server.post_bytes(&cancel, b"").status, 200);
    let journal = server
        .get(&format!("/v1/runs/{run}/journal"))
        .json
        .to_string();
    assert!(journal.contains("changed my mind"));
    assert_eq!(server.post(&cancel, &json!({ "why": 1 }), &[]).status, 400);
}

#[test]
fn a_run_that_ended_otherwise_cannot_be_cancelled() {
    let server = Server::with("echo");
    let run = server.run(&json!(1), "?wait=20");
    let answer = server.post_bytes(&format!("/v1/runs/{run}/cancel"), b"");
    assert_eq!(
        (answer.status, &answer.json["type"]),
        (409, &json!("urn:segue:problem:conflict"))
    );
}
