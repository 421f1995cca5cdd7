//! Callbacks: asked, looked at, answered.

use segue_model::RunId;
use segue_store::RunStatus;
use serde_json::json;

use super::support::{World, deploy, deploy_named, ended, kind, start, until};
use crate::{Host, RunView};

const APPROVE: &str = "
  - approve:
      call: await-callback:1.0.0@default
      with:
        title: May it be paid?
        description: An order waits.
        data: { amount: 5 }
        form:
          type: object
          required: [approved]
          properties:
            approved: { type: boolean }
";

fn asks(view: &RunView) -> bool {
    let waiting = view.waiting.as_ref();
    waiting.is_some_and(|waiting| !waiting.callbacks.is_empty())
}

async fn asked(host: &Host) -> (RunId, String) {
    let run = start(host).await;
    until(host, &run, asks).await;
    let callbacks = host.callbacks(&run).await.unwrap();
    let [callback] = callbacks.as_slice() else {
        panic!("{callbacks:?}");
    };
    let token = callback.url.rsplit('/').next().unwrap().to_owned();
    (run, token)
}

#[tokio::test(start_paused = true)]
async fn a_callback_shows_what_it_asks_and_takes_the_answer() {
    let mut world = World::new();
    world.options.public_url = "https://segue.example".to_owned();
    let host = world.host_with(APPROVE).await;
    let (run, token) = asked(&host).await;
    let view = host.callback(&run, &token).await.unwrap();
    assert_eq!(view.title.as_deref(), Some("May it be paid?"));
    assert_eq!(view.data, Some(json!({ "amount": 5 })));
    assert_eq!(view.form.unwrap()["required"], json!(["approved"]));
    assert_eq!(
        view.url,
        format!("https://segue.example/v1/callbacks/{run}/{token}")
    );
    let answer = json!({ "approved": true });
    let answered = host
        .answer_callback(&run, &token, answer.clone(), Some("ada".to_owned()))
        .await
        .unwrap();
    assert!(answered.first);
    let view = ended(&host, &run).await;
    assert_eq!(view.output, Some(answer));
    let journal = host.journal(&run, 1, 10).await.unwrap();
    let entry = journal
        .iter()
        .find(|entry| entry.input["kind"] == "callback");
    let entry = entry.unwrap();
    assert_eq!(entry.input["answer"], json!({ "approved": true }));
    assert_eq!(entry.input["by"], "ada");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_match_the_form_is_refused_and_the_run_waits_on() {
    let world = World::new();
    let host = world.host_with(APPROVE).await;
    let (run, token) = asked(&host).await;
    let wrong = json!({ "approved": "yes" });
    let problem = host
        .answer_callback(&run, &token, wrong, None)
        .await
        .unwrap_err();
    assert_eq!(kind(&problem), "validation", "{problem}");
    assert_eq!(host.run(&run).await.unwrap().status, RunStatus::Waiting);
    assert_eq!(host.journal(&run, 1, 10).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_same_answer_again_is_no_error_and_another_one_is_a_conflict() {
    let world = World::new();
    let host = world.host_with(APPROVE).await;
    let (run, token) = asked(&host).await;
    let yes = || json!({ "approved": true });
    assert!(
        host.answer_callback(&run, &token, yes(), None)
            .await
            .unwrap()
            .first
    );
    assert!(
        !host
            .answer_callback(&run, &token, yes(), None)
            .await
            .unwrap()
            .first
    );
    let no = json!({ "approved": false });
    let problem = host
        .answer_callback(&run, &token, no, None)
        .await
        .unwrap_err();
    assert_eq!(kind(&problem), "conflict");
    ended(&host, &run).await;
    assert!(
        !host
            .answer_callback(&run, &token, yes(), None)
            .await
            .unwrap()
            .first
    );
}

#[tokio::test(start_paused = true)]
async fn two_answers_at_once_do_not_both_count() {
    let world = World::new();
    let host = world.host_with(APPROVE).await;
    let (run, token) = asked(&host).await;
    let (yes, no) = (json!({ "approved": true }), json!({ "approved": false }));
    let (one, two) = tokio::join!(
        host.answer_callback(&run, &token, yes, None),
        host.answer_callback(&run, &token, no, None),
    );
    assert!(one.unwrap().first);
    assert_eq!(kind(&two.unwrap_err()), "conflict");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_and_a_run_that_is_not_there_look_the_same() {
    let world = World::new();
    let host = world.host_with(APPROVE).await;
    let (run, token) = asked(&host).await;
    let nobody: RunId = "run-00000000000000000000000000".parse().unwrap();
    let mut texts = std::collections::BTreeSet::new();
    let wrong = "0".repeat(64);
    for (run, token) in [
        (&run, wrong.as_str()),
        (&run, "short"),
        (&nobody, token.as_str()),
    ] {
        texts.insert(host.callback(run, token).await.unwrap_err().to_string());
        let answered = host.answer_callback(run, token, json!({}), None).await;
        texts.insert(answered.unwrap_err().to_string());
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[tokio::test(start_paused = true)]
async fn after_its_deadline_nothing_can_be_answered() {
    let world = World::new();
    let tasks = format!("{APPROVE}        deadline: {{ minutes: 10 }}\n");
    let host = world.host_with(&tasks).await;
    let (run, token) = asked(&host).await;
    let view = ended(&host, &run).await;
    assert_eq!(view.status, RunStatus::Faulted);
    let answer = json!({ "approved": true });
    let problem = host
        .answer_callback(&run, &token, answer, None)
        .await
        .unwrap_err();
    assert_eq!(kind(&problem), "not-found");
}

#[tokio::test(start_paused = true)]
async fn a_request_is_an_event_that_another_workflow_can_pass_on() {
    let world = World::new();
    let host = world.host().await;
    let mailer = "do:
  - hear:
      listen:
        to:
          one:
            with: { type: io.segue.callback.requested.v1 }
";
    deploy(&host, APPROVE).await;
    deploy_named(&host, "mailer", "1.0.0", mailer).await;
    let mail = super::support::start_named(&host, "mailer", json!(null)).await;
    let listens = |view: &RunView| view.waiting.is_some();
    until(&host, &mail, listens).await;
    let (run, token) = asked(&host).await;
    let heard = ended(&host, &mail).await.output.unwrap();
    let expected = format!("/v1/callbacks/{run}/{token}");
    assert_eq!(heard[0]["url"], expected);
    assert_eq!(heard[0]["title"], "May it be paid?");
    assert_eq!(heard[0]["task"], "/do/0/approve");
}
