//! `emit`: an event is made, goes out with the commit, and is the task's output.

use segue_model::Payload;
use segue_model::event::EVENT_NAME_BYTES_MAX;
use segue_model::ir::Emit;
use segue_model::problem::Kind;
use serde_json::{Map, Value};

use super::Machine;
use crate::data::{Evaluated, Fault};
use crate::effect::Note;
use crate::state::ScopeId;

/// Attributes that the host gives where the author does not.
const GIVEN: [&str; 5] = ["specversion", "id", "source", "type", "time"];

impl Machine<'_> {
    pub(super) fn emit(&mut self, scope: ScopeId, emit: &Emit, input: &Payload) {
        let event = self
            .evaluate(scope, &emit.event, input)
            .and_then(|given| self.event(scope, given));
        let Some(event) = self.or_fail(scope, event) else {
            return;
        };
        self.note(Note::Emitted {
            task: self.pointer_of(scope),
            id: text(&event, "id"),
            kind: text(&event, "type"),
        });
        let event = Payload::new(Value::Object(event));
        self.run.dirty.emitted.push(event.clone());
        self.returns(scope, event);
    }

    /// The envelope: what the author gives, completed. The id is the same whenever this
    /// activation of the task is made again, so that the event is accepted once.
    fn event(&self, scope: ScopeId, given: Value) -> Evaluated<Map<String, Value>> {
        let Value::Object(given) = given else {
            return Err(invalid("an event must be an object"));
        };
        let name = &self.plan.workflow().name;
        let default = |attribute: &str| match attribute {
            "specversion" => Some("1.0".to_owned()),
            "id" => Some(self.activation_key(scope)?.to_string()),
            "source" => Some(format!(
                "/{}/{}/{}",
                name.namespace, name.name, name.version
            )),
            "time" => Some(self.clock().rfc3339()),
            _ => None,
        };
        let mut event = Map::new();
        for attribute in GIVEN {
            let value = match given.get(attribute) {
                None | Some(Value::Null) => default(attribute).map(Value::String),
                Some(value) => Some(value.clone()),
            };
            match value {
                Some(Value::String(text)) if text.len() > EVENT_NAME_BYTES_MAX => {
                    return Err(invalid(format!(
                        "`{attribute}` of an event has {} bytes, the limit is {EVENT_NAME_BYTES_MAX}",
                        text.len()
                    )));
                }
                Some(Value::String(text)) if !text.is_empty() => {
                    event.insert(attribute.to_owned(), Value::String(text));
                }
                _ => return Err(invalid(format!("`{attribute}` of an event must be text"))),
            }
        }
        if event.get("specversion").and_then(Value::as_str) != Some("1.0") {
            return Err(invalid("`specversion` of an event must be 1.0"));
        }
        for (name, value) in given {
            if !GIVEN.contains(&name.as_str()) && !value.is_null() {
                check_attribute(&name, &value)?;
                event.insert(name, value);
            }
        }
        Ok(event)
    }
}

/// CloudEvents 1.0: names are lower-case letters and digits, values scalars; `data` is free.
fn check_attribute(name: &str, value: &Value) -> Evaluated<()> {
    if name == "data" {
        return Ok(());
    }
    let shown: String = name.chars().take(80).collect();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(invalid(format!(
            "`{shown}` is no attribute of an event: names are lower-case letters and digits"
        )));
    }
    if value.is_array() || value.is_object() {
        return Err(invalid(format!(
            "`{shown}` of an event must be text, a number or a boolean; structure belongs into `data`"
        )));
    }
    Ok(())
}

fn invalid(detail: impl Into<String>) -> Fault {
    Fault::new(Kind::Validation, detail)
}

/// An attribute of an event as text.
pub(super) fn text(event: &Map<String, Value>, attribute: &str) -> String {
    let value = event.get(attribute).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}
