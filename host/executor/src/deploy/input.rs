//! Checking what is known of a call's input against the schema of its step, before it runs.
//!
//! What stands in the document is held against the schema and each fault points at the very
//! value. Where an expression computes a part, that part is left to the run.

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use segue_dsl::{Code, Diagnostic, Located, Severity, locate};
use segue_model::ir::{Call, GrantsOf, Task, TaskKind, Template, Workflow};
use serde_json::{Map, Value};

use super::nearest;
use super::resolve::Resolved;

/// Faults of one input that are told: enough to mend it.
const FAULTS_MAX: usize = 5;
/// Keywords behind which a fault depends on values that may not be known.
const CONDITIONAL: [&str; 10] = [
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependentRequired",
    "propertyNames",
];

/// What of the inputs of all calls does not match the schemas of their steps.
pub(super) fn misfits(
    source: &str,
    workflow: &Workflow,
    steps: &[Option<Resolved>],
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (task, call) in calls(workflow) {
        let step = steps.get(call.step.index()).and_then(Option::as_ref);
        let Some((step, with)) = step.zip(call.with.as_ref()) else {
            continue;
        };
        // The front end has checked what standard calls are given, and rewritten it.
        if call.grants == GrantsOf::Workflow {
            continue;
        }
        let faults = faults(&step.step.input_schema, with);
        found.extend(faults.into_iter().map(|fault| {
            let pointer = format!("{}/with{}", task.pointer, fault.path);
            (pointer, fault, step)
        }));
    }
    if found.is_empty() {
        return Vec::new();
    }
    let pointers: Vec<String> = found.iter().map(|(pointer, ..)| pointer.clone()).collect();
    let places = locate(source, &pointers).unwrap_or_default();
    found
        .iter()
        .enumerate()
        .map(|(at, (_, fault, step))| finding(places.get(at), fault, step))
        .collect()
}

/// The calls of a workflow with the task that makes each.
fn calls(workflow: &Workflow) -> impl Iterator<Item = (&Task, &Call)> {
    workflow.tasks.iter().filter_map(|task| match &task.kind {
        TaskKind::Call(call) => Some((task, call)),
        _ => None,
    })
}

fn finding(place: Option<&Located>, fault: &Fault, step: &Resolved) -> Diagnostic {
    let plugin = &step.record.descriptor;
    let message = format!(
        "{}, in the input of `{}/{}` {}",
        fault.message, plugin.name, step.step.name, plugin.version
    );
    let span = place.map_or(0..0, |place| match (&place.key, fault.at_key) {
        (Some(key), true) => key.clone(),
        _ => place.span.clone(),
    });
    Diagnostic {
        code: Code::InvalidInput,
        severity: Severity::Error,
        message,
        span,
        labels: Vec::new(),
        help: fault.help.clone(),
        pointer: place.map(|place| place.pointer.clone()).unwrap_or_default(),
    }
}

/// One thing that does not match.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    /// Where in the input, as a JSON pointer.
    path: String,
    /// Whether the key is wrong, not the value.
    at_key: bool,
    message: String,
    help: Option<String>,
}

/// What of `with` does not match `schema`; empty where all of it matches, and where the schema
/// is none that can be checked (the step itself then has the last word).
fn faults(schema: &Value, with: &Template) -> Vec<Fault> {
    let Some(validator) = validator(schema) else {
        return Vec::new();
    };
    let mut holes = Vec::new();
    let known = known(with, &mut String::new(), &mut holes);
    let errors = validator.iter_errors(&known);
    let sure = errors.filter(|error| is_sure(error, &holes));
    let faults = sure.flat_map(|error| explain(schema, &error));
    faults.take(FAULTS_MAX).collect()
}

/// The schema comes from a plugin, which may mean harm: one that could overflow the stack,
/// run for ages or fetch something is not evaluated.
fn validator(schema: &Value) -> Option<Validator> {
    if segue_dsl::schema_fault(schema).is_some() {
        return None;
    }
    segue_dsl::schema_options().build(schema).ok()
}

/// The input with null where an expression stands, and the pointers of those places.
fn known(template: &Template, path: &mut String, holes: &mut Vec<String>) -> Value {
    match template {
        Template::Literal(value) => value.clone(),
        Template::Expr(_) | Template::Uri(_) => {
            holes.push(path.clone());
            Value::Null
        }
        Template::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| below(item, &at.to_string(), path, holes))
            .collect(),
        Template::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let segment = key.replace('~', "~0").replace('/', "~1");
                (key.clone(), below(value, &segment, path, holes))
            })
            .collect::<Map<_, _>>()
            .into(),
    }
}

fn below(part: &Template, segment: &str, path: &mut String, holes: &mut Vec<String>) -> Value {
    let end = path.len();
    path.push('/');
    path.push_str(segment);
    let value = known(part, path, holes);
    path.truncate(end);
    value
}

/// Whether a fault is one, whatever the expressions give: the value is known whole, or the
/// keys are what is wrong with it.
fn is_sure(error: &ValidationError<'_>, holes: &[String]) -> bool {
    if holes.is_empty() {
        return true;
    }
    let path = error.instance_path().as_str();
    let within = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let conditional = error
        .evaluation_path()
        .as_str()
        .split('/')
        .any(|segment| CONDITIONAL.contains(&segment));
    let of_keys = matches!(
        error.kind(),
        ValidationErrorKind::Required { .. } | ValidationErrorKind::AdditionalProperties { .. }
    );
    let computed = holes.iter().any(|hole| within(path, hole));
    let contains = holes.iter().any(|hole| within(hole, path));
    !conditional && !computed && (of_keys || !contains)
}

/// A fault in words, with the fix where it is known.
fn explain(schema: &Value, error: &ValidationError<'_>) -> Vec<Fault> {
    let path = error.instance_path().as_str().to_owned();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = properties(schema, error);
            let unknown = unexpected.iter().map(|name| Fault {
                path: format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")),
                at_key: true,
                message: format!("there is no argument `{}`", short(name)),
                help: suggestion(name, &known),
            });
            unknown.collect()
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Fault {
                at_key: true,
                message: format!("the argument `{}` is missing", short(name)),
                help: description(schema, error, name),
                path,
            }]
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<&str> = options
                .as_array()
                .map_or(&[] as &[Value], Vec::as_slice)
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let found = error.instance().as_str();
            vec![Fault {
                path,
                at_key: false,
                message: short(&error.to_string()),
                help: found.and_then(|found| suggestion(found, &options)),
            }]
        }
        _ => vec![Fault {
            path,
            at_key: false,
            message: short(&error.to_string()),
            help: None,
        }],
    }
}

/// The schema of the object that a fault is about, where no reference lies between.
fn around<'s>(schema: &'s Value, error: &ValidationError<'_>) -> Option<&'s Value> {
    let keyword = error.schema_path().as_str();
    schema.pointer(keyword.rsplit_once('/')?.0)
}

fn properties<'s>(schema: &'s Value, error: &ValidationError<'_>) -> Vec<&'s str> {
    let members = around(schema, error).and_then(|object| object.get("properties"));
    let members = members.and_then(Value::as_object);
    members.map_or_else(Vec::new, |members| {
        members.keys().map(String::as_str).collect()
    })
}

/// What the author of the step says about an argument.
fn description(schema: &Value, error: &ValidationError<'_>, name: &str) -> Option<String> {
    let object = around(schema, error)?;
    let text = object.get("properties")?.get(name)?.get("description")?;
    Some(format!("`{}`: {}", short(name), short(text.as_str()?)))
}

fn suggestion(wanted: &str, known: &[&str]) -> Option<String> {
    /// Names that a message lists: more would hide what it says.
    const LISTED_MAX: usize = 12;
    if let Some(near) = nearest(wanted, known.iter().copied()) {
        return Some(format!("did you mean `{}`?", short(near)));
    }
    let listed = known
        .iter()
        .take(LISTED_MAX)
        .map(|name| format!("`{}`", short(name)));
    let listed = listed.collect::<Vec<_>>().join(", ");
    (!known.is_empty() && known.len() <= LISTED_MAX).then(|| format!("it takes {listed}"))
}

/// Text of a plugin or a document, as a message shows it.
fn short(text: &str) -> String {
    /// Characters that a reader takes in.
    const CHARS_MAX: usize = 200;
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut out: String = text.chars().take(CHARS_MAX).map(clean).collect();
    if text.chars().nth(CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::ir::ExprId;
    use serde_json::json;

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "amount": {"type": "integer"},
                "card": {"type": "string", "description": "The number of the card."},
                "kind": {"enum": ["debit", "credit"]},
                "lines": {"type": "array", "items": {
                    "type": "object", "properties": {"sku": {"type": "string"}}, "additionalProperties": false,
                }},
            },
            "required": ["card"],
            "additionalProperties": false,
        })
    }

    fn found(with: &Template) -> Vec<(String, String, Option<String>)> {
        let faults = faults(&schema(), with).into_iter();
        faults
            .map(|fault| (fault.path, fault.message, fault.help))
            .collect()
    }

    fn object(members: Vec<(&str, Template)>) -> Template {
        Template::Object(
            members
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect(),
        )
    }

    #[test]
    fn what_does_not_match_is_told_with_its_place_and_the_fix() {
        let with =
            json!({"amount": "5", "crad": "c", "kind": "credt", "lines": [{}, {"skus": "x"}]});
        let found = found(&Template::Literal(with));
        let fault = |path: &str| {
            found
                .iter()
                .find(|(p, ..)| p == path)
                .unwrap_or_else(|| panic!("{path}: {found:?}"))
        };
        assert!(fault("/amount").1.contains("integer"));
        assert_eq!(fault("/crad").2.as_deref(), Some("did you mean `card`?"));
        assert_eq!(fault("/kind").2.as_deref(), Some("did you mean `credit`?"));
        assert_eq!(
            fault("/lines/1/skus").2.as_deref(),
            Some("did you mean `sku`?")
        );
        assert_eq!(fault("").1, "the argument `card` is missing");
        assert_eq!(
            fault("").2.as_deref(),
            Some("`card`: The number of the card.")
        );
        let fits = json!({"amount": 5, "card": "c", "kind": "debit"});
        assert!(super::tests::found(&Template::Literal(fits)).is_empty());
    }

    #[test]
    fn what_an_expression_computes_is_left_to_the_run() {
        let expression = || Template::Expr(ExprId(0));
        let with = object(vec![
            ("amount", expression()),
            (
                "lines",
                Template::Array(vec![expression(), object(vec![("sku", expression())])]),
            ),
            ("kind", Template::Literal(json!("cash"))),
            ("crad", expression()),
        ]);
        let paths: Vec<String> = found(&with).into_iter().map(|(path, ..)| path).collect();
        assert_eq!(paths.len(), 3, "{paths:?}");
        for path in ["/kind", "/crad", ""] {
            assert!(paths.iter().any(|p| p == path), "{path} in {paths:?}");
        }
        assert!(found(&expression()).is_empty());
    }

    #[test]
    fn a_condition_on_what_is_not_known_finds_nothing() {
        let schema = json!({
            "if": {"properties": {"kind": {"const": "card"}}},
            "else": {"required": ["iban"]},
            "minProperties": 9,
        });
        let with = object(vec![("kind", Template::Expr(ExprId(0)))]);
        assert!(faults(&schema, &with).is_empty());
        let with = Template::Literal(json!({"kind": "cash"}));
        assert_eq!(faults(&schema, &with).len(), 2);
    }

    #[test]
    fn a_schema_that_would_overflow_the_stack_is_not_evaluated() {
        let mut definitions = Map::new();
        for n in 0..500 {
            let next = format!("#/$defs/d{}", (n + 1) % 500);
            definitions.insert(format!("d{n}"), json!({ "$ref": next }));
        }
        let schema = json!({ "$defs": definitions, "$ref": "#/$defs/d0" });
        assert!(faults(&schema, &Template::Literal(json!({"a": 1}))).is_empty());
    }

    #[test]
    fn a_schema_that_would_be_fetched_is_not_checked() {
        let schema = json!({"$ref": "https://schemas.example/a.json"});
        assert!(faults(&schema, &Template::Literal(json!(1))).is_empty());
    }
}
