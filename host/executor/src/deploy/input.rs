//! Checking literal inputs against the schemas of the steps that they are for.

use jsonschema::Validator;
use segue_model::ir::{Call, Task, TaskKind, Template, Workflow};
use serde_json::Value;

/// Errors of one input that are told: enough to mend it.
const ERRORS_MAX: usize = 5;

/// The calls of a workflow with the task that makes each.
pub(super) fn calls(workflow: &Workflow) -> impl Iterator<Item = (&Task, &Call)> {
    workflow.tasks.iter().filter_map(|task| match &task.kind {
        TaskKind::Call(call) => Some((task, call)),
        _ => None,
    })
}

/// The input of a call where it is known now: all of `with` is literal.
pub(super) fn literal(call: &Call) -> Option<&Value> {
    match &call.with {
        Some(Template::Literal(value)) => Some(value),
        _ => None,
    }
}

/// What of `input` does not match `schema`, in one line each; empty where it matches, or
/// where the schema is none that can be checked (the step itself then has the last word).
pub(super) fn mismatches(schema: &Value, input: &Value) -> Vec<String> {
    let Some(validator) = validator(schema) else {
        return Vec::new();
    };
    let errors = validator.iter_errors(input).map(|error| {
        let path = error.instance_path().to_string();
        let place = if path.is_empty() {
            "with"
        } else {
            path.as_str()
        };
        format!("{place}: {error}")
    });
    errors.take(ERRORS_MAX).collect()
}

/// The schema comes from a plugin, which may mean harm: one that could overflow the stack,
/// run for ages or fetch something is not evaluated.
fn validator(schema: &Value) -> Option<Validator> {
    if segue_dsl::schema_fault(schema).is_some() {
        return None;
    }
    segue_dsl::schema_options().build(schema).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_match_is_told_with_its_place() {
        let schema = json!({
            "type": "object",
            "properties": {"amount": {"type": "integer"}},
            "required": ["card"],
        });
        let found = mismatches(&schema, &json!({"amount": "5"}));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|text| text.starts_with("/amount: ")));
        assert!(mismatches(&schema, &json!({"amount": 5, "card": "c"})).is_empty());
    }

    #[test]
    fn a_schema_that_would_overflow_the_stack_is_not_evaluated() {
        let mut definitions = serde_json::Map::new();
        for n in 0..500 {
            let next = format!("#/$defs/d{}", (n + 1) % 500);
            definitions.insert(format!("d{n}"), json!({ "$ref": next }));
        }
        let schema = json!({ "$defs": definitions, "$ref": "#/$defs/d0" });
        assert!(mismatches(&schema, &json!({"a": 1})).is_empty());
    }

    #[test]
    fn a_schema_that_would_be_fetched_is_not_checked() {
        let schema = json!({"$ref": "https://schemas.example/a.json"});
        assert!(mismatches(&schema, &json!(1)).is_empty());
    }
}
