//! Callbacks: what a run asks of somebody outside, and how it is answered.
//!
//! The token in a callback's URL is the proof: whoever has it may look and answer. It is
//! derived from the run's secret seed, and compared in constant time.

use std::sync::Arc;

use segue_engine::{CallbackId, Entry, Input, PendingCallback, Plan, Run};
use segue_model::payload::{Extent, PAYLOAD_DEPTH_MAX};
use segue_model::problem::Kind;
use segue_model::{Payload, Problem, RunId};
use segue_store::NewEvent;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use crate::payloads;
use crate::refusal::{LoadError, no_such_run, store_problem};
use crate::run::{self, CallbackAnswer, Message};
use crate::shared::Shared;

/// The type of the event that tells of a new callback.
pub const CALLBACK_REQUESTED: &str = "io.segue.callback.requested.v1";

/// Digits of a token.
const TOKEN_CHARS: usize = 64;
/// Journal entries that are read at once.
const PAGE: usize = 256;

/// A callback that waits for its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallbackView {
    /// The run that waits.
    pub run: RunId,
    /// The task that waits, as a JSON pointer.
    pub task: String,
    /// Where to look and to answer. Whoever has it may do both.
    pub url: String,
    /// What a person is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// More of it, in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What else whoever answers should see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// The JSON Schema of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<Value>,
}

/// An answer that was taken. It is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Whether it was taken just now; false where the same answer had been given before.
    pub first: bool,
}

/// The callbacks that a run waits for.
pub(crate) async fn pending(shared: &Shared, id: &RunId) -> Result<Vec<CallbackView>, Problem> {
    let (run, plan) = load(shared, id).await?.ok_or_else(|| no_such_run(id))?;
    Ok(views(&run, &plan, &shared.options.public_url))
}

/// The callbacks of a run that was read.
pub(crate) fn views(run: &Run, plan: &Plan, public_url: &str) -> Vec<CallbackView> {
    let pending = run.callbacks(plan).into_iter();
    pending.map(|one| view(run.id(), one, public_url)).collect()
}

fn view(run: &RunId, callback: PendingCallback, public_url: &str) -> CallbackView {
    CallbackView {
        run: run.clone(),
        url: format!("{public_url}/v1/callbacks/{run}/{}", callback.token),
        task: callback.task,
        title: callback.title,
        description: callback.description,
        data: callback.data.map(|data| data.value().clone()),
        form: callback.form,
    }
}

/// The callback that waits under this token.
pub(crate) async fn find(
    shared: &Shared,
    id: &RunId,
    token: &str,
) -> Result<CallbackView, Problem> {
    check_token(token)?;
    let (run, plan) = load(shared, id).await?.ok_or_else(nothing_waits)?;
    let wanted = run.callback_of(token).ok_or_else(nothing_waits)?;
    let mut pending = run.callbacks(&plan).into_iter();
    let found = pending.find(|callback| callback.callback == wanted);
    let found = found.ok_or_else(nothing_waits)?;
    Ok(view(id, found, &shared.options.public_url))
}

/// Answers a callback. The answer is durable when this returns; the same answer again is no
/// error, another one is a conflict.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    id: &RunId,
    token: &str,
    answer: Value,
    by: Option<String>,
) -> Result<Answered, Problem> {
    check_token(token)?;
    shared.admit().await?;
    let answer = Payload::new(answer);
    check_size(shared, &answer)?;
    let summary = shared.store().summary(id).await;
    let summary = summary.map_err(|error| store_problem(&error))?;
    let summary = summary.ok_or_else(nothing_waits)?;
    if !summary.status.is_ended() {
        let (done, taken) = oneshot::channel();
        let asked = CallbackAnswer {
            token: token.to_owned(),
            answer: answer.clone(),
            by,
            done,
        };
        run::send(shared, id, Message::Callback(Box::new(asked)))?;
        if let Some(verdict) = taken.await.map_err(|_| run::lost_touch(id))? {
            return verdict.map(|()| Answered { first: true });
        }
    }
    again(shared, id, token, &answer).await
}

/// An answer under a token for which nothing waits (any more).
async fn again(
    shared: &Shared,
    id: &RunId,
    token: &str,
    answer: &Payload,
) -> Result<Answered, Problem> {
    let (run, _) = load(shared, id).await?.ok_or_else(nothing_waits)?;
    let callback = run.callback_once_of(token).ok_or_else(nothing_waits)?;
    let given = given(shared, &run, callback).await?;
    match given.ok_or_else(nothing_waits)? {
        before if before == *answer => Ok(Answered { first: false }),
        _ => Err(Problem::new(
            Kind::Conflict,
            "it was answered before, and otherwise: the first answer counts",
        )),
    }
}

/// The answer that a callback got, from the journal.
async fn given(
    shared: &Shared,
    run: &Run,
    wanted: CallbackId,
) -> Result<Option<Payload>, LoadError> {
    let mut next = 1;
    loop {
        let rows = shared.store().journal(run.id(), next, PAGE).await?;
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        next = last.seq + 1;
        for row in &rows {
            let entry = Entry::decode(&row.entry)?;
            if !matches!(entry.input, Input::Callback { callback, .. } if callback == wanted) {
                continue;
            }
            let mut entry = entry;
            payloads::fill(shared.store(), &mut entry).await?;
            if let Input::Callback { answer, .. } = entry.input {
                return Ok(Some(answer));
            }
        }
    }
}

async fn load(shared: &Shared, id: &RunId) -> Result<Option<(Run, Arc<Plan>)>, Problem> {
    let _permit = shared.loads.acquire().await.ok();
    let stored = shared.store().load(id).await.map_err(LoadError::Store)?;
    let Some(stored) = stored else {
        return Ok(None);
    };
    let plan = shared
        .plans
        .get(shared.store(), &stored.summary.deployed)
        .await?;
    let run = run::restore(shared, &stored).await?;
    Ok(Some((run, plan)))
}

/// A stranger's guess is refused before anything is read for it.
fn check_token(token: &str) -> Result<(), Problem> {
    let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if token.len() == TOKEN_CHARS && token.bytes().all(digit) {
        Ok(())
    } else {
        Err(nothing_waits())
    }
}

fn check_size(shared: &Shared, answer: &Payload) -> Result<(), Problem> {
    let (size, limit) = (answer.text().len(), shared.options.input_bytes_max);
    if size > limit {
        let detail = format!("the answer has {size} bytes of JSON; at most {limit} are taken");
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    if Extent::of(answer.value()).depth > PAYLOAD_DEPTH_MAX {
        let detail = format!("the answer nests deeper than {PAYLOAD_DEPTH_MAX} levels");
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    Ok(())
}

/// The same whether the run, the callback or the token is not there: a stranger learns
/// nothing.
fn nothing_waits() -> Problem {
    Problem::new(
        Kind::NotFound,
        "nothing waits for an answer here: the address is wrong, the time is over, or the run has ended",
    )
}

/// The event that tells of a new callback, for whoever passes it on to a person. It holds
/// the token: whoever hears it may answer.
pub(crate) fn requested(
    run: &Run,
    plan: &Plan,
    callback: CallbackId,
    public_url: &str,
) -> Option<NewEvent> {
    let mut pending = run.callbacks(plan).into_iter();
    let found = pending.find(|one| one.callback == callback)?;
    let name = &plan.workflow().name;
    let source = format!("/{}/{}/{}", name.namespace, name.name, name.version);
    let id = format!("{}-callback-{}", run.id(), callback.0);
    let Value::Object(data) = json!(view(run.id(), found, public_url)) else {
        return None;
    };
    let mut envelope = Map::new();
    let mut put = |name: &str, value: Value| envelope.insert(name.to_owned(), value);
    put("specversion", json!("1.0"));
    put("id", json!(id));
    put("source", json!(source));
    put("type", json!(CALLBACK_REQUESTED));
    put("subject", json!(run.id()));
    put("datacontenttype", json!("application/json"));
    put("data", Value::Object(data));
    Some(NewEvent {
        source,
        id,
        kind: CALLBACK_REQUESTED.to_owned(),
        body: Value::Object(envelope).to_string().into(),
    })
}
