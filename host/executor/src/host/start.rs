//! Starting a run.

use std::sync::Arc;

use segue_model::payload::{Extent, PAYLOAD_DEPTH_MAX};
use segue_model::problem::Kind;
use segue_model::{Digest, Payload, Problem};
use segue_store::{RunRole, WorkflowRecord};
use serde_json::Value;

use crate::deploy::nearest;
use crate::refusal::store_problem;
use crate::request::{Begun, StartRequest, Started, WorkflowSelector};
use crate::run::{self, NewStart, create_watched};
use crate::shared::Shared;
use crate::turns::Turns;

/// Bytes of an idempotency key: what every store takes.
const KEY_BYTES_MAX: usize = segue_store::check::KEY_BYTES_MAX;

/// What the keys of runs that the host itself starts begin with.
const KEY_RESERVED: &str = "segue:";

pub(super) async fn start_run(
    shared: &Arc<Shared>,
    keys: &Turns,
    request: StartRequest,
) -> Result<Begun, Problem> {
    shared.admit().await?;
    let Some(key) = request.key.clone() else {
        return start(shared, request, None).await;
    };
    check_key(&key)?;
    let fingerprint = fingerprint(&request);
    // Stores refuse a key that is taken; taking turns only spares the work.
    let _turn = keys.hold(&key).await;
    let owner = shared.store().key_owner(&key).await;
    match owner.map_err(|error| store_problem(&error))? {
        None => start(shared, request, Some((key, fingerprint))).await,
        Some(owner) if owner.fingerprint == fingerprint => Ok(Begun {
            started: Started {
                run: owner.run,
                created: false,
            },
            ending: None,
        }),
        Some(owner) => Err(run::key_reused(owner.run.as_str())),
    }
}

async fn start(
    shared: &Arc<Shared>,
    request: StartRequest,
    key: Option<(String, Digest)>,
) -> Result<Begun, Problem> {
    let input = Payload::new(request.input);
    check_size(shared, &input)?;
    let record = find(shared, &request.workflow)?;
    let asked = NewStart {
        workflow: record.name,
        deployed: record.digest,
        input,
        key,
        trace_parent: request.trace_parent.filter(|text| is_trace_parent(text)),
        parent: None,
        role: RunRole::Run,
    };
    let (started, ending) = create_watched(shared, asked).await?;
    Ok(Begun { started, ending })
}

fn check_key(key: &str) -> Result<(), Problem> {
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        let detail = format!(
            "an idempotency key has 1 to {KEY_BYTES_MAX} bytes, this one has {}",
            key.len()
        );
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    if key.starts_with(KEY_RESERVED) {
        let detail = format!(
            "idempotency keys that begin with `{KEY_RESERVED}` are the host's own: use another one"
        );
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    Ok(())
}

fn check_size(shared: &Shared, input: &Payload) -> Result<(), Problem> {
    let (size, limit) = (input.text().len(), shared.options.input_bytes_max);
    if size > limit {
        let detail = format!("the input has {size} bytes of JSON; at most {limit} are taken");
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    if Extent::of(input.value()).depth > PAYLOAD_DEPTH_MAX {
        let detail = format!(
            "the input nests deeper than {PAYLOAD_DEPTH_MAX} levels: hand the inner part over as text"
        );
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    Ok(())
}

/// The deployment that the selector names, or what there is instead.
fn find(shared: &Shared, selector: &WorkflowSelector) -> Result<WorkflowRecord, Problem> {
    if let Some(record) = shared.catalogue.workflow(selector) {
        return Ok(record);
    }
    let names = shared.catalogue.workflow_names();
    let versions: Vec<String> = names
        .iter()
        .filter(|name| name.namespace == selector.namespace && name.name == selector.name)
        .map(|name| name.version.to_string())
        .collect();
    let hint = if versions.is_empty() {
        let wanted = format!("{}/{}", selector.namespace, selector.name);
        let known: Vec<String> = names
            .iter()
            .map(|name| format!("{}/{}", name.namespace, name.name))
            .collect();
        match nearest(&wanted, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "deploy it first, or list what there is".to_owned(),
        }
    } else {
        format!("deployed versions: {}", versions.join(", "))
    };
    Err(Problem::new(
        Kind::NotFound,
        format!("workflow `{selector}` is not deployed; {hint}"),
    ))
}

/// What a request asks for, as a digest: two requests with one idempotency key must agree
/// on it. The order of members of the input does not matter.
fn fingerprint(request: &StartRequest) -> Digest {
    let mut text = request.workflow.to_string();
    text.push('\n');
    canonical(&request.input, &mut text);
    Digest::of(text.as_bytes())
}

/// JSON with sorted members. The nesting of what was parsed is bounded by the parser.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            out.push('{');
            for (name, member) in members {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                canonical(member, out);
                out.push(',');
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// Whether a text is a `traceparent` of version 00 (W3C Trace Context, 3.2). As the
/// specification says, anything else is ignored.
fn is_trace_parent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, parent, flags] = parts.as_slice() else {
        return false;
    };
    let hex = |part: &str, len: usize| {
        part.len() == len
            && part
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let some = |part: &str| part.bytes().any(|b| b != b'0');
    *version == "00"
        && hex(trace, 32)
        && some(trace)
        && hex(parent, 16)
        && some(parent)
        && hex(flags, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(workflow: &str, input: Value) -> StartRequest {
        StartRequest {
            workflow: workflow.parse().unwrap(),
            input,
            key: None,
            trace_parent: None,
        }
    }

    #[test]
    fn a_fingerprint_sees_values_and_not_the_order_of_members() {
        let one = fingerprint(&request("a/b", json!({"x": 1, "y": [true, null]})));
        let same = fingerprint(&request("a/b", json!({"y": [true, null], "x": 1})));
        assert_eq!(one, same);
        for (workflow, input) in [
            ("a/b:1.0.0", json!({"x": 1, "y": [true, null]})),
            ("a/b", json!({"x": "1", "y": [true, null]})),
            ("a/b", json!({"x": 1, "y": [null, true]})),
        ] {
            assert_ne!(one, fingerprint(&request(workflow, input)));
        }
    }

    #[test]
    fn only_well_formed_trace_parents_travel() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(is_trace_parent(good));
        assert!(!is_trace_parent(&good.to_uppercase()));
        assert!(!is_trace_parent(
            &good.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32))
        ));
        assert!(!is_trace_parent("01-x") && !is_trace_parent(""));
    }
}
