//! Data flow: expressions, templates, schemas and durations, evaluated where a run stands.

mod uri;
mod variables;

use std::borrow::Cow;

use segue_expr::{Bounds, EvalError, Program};
use segue_model::ir::{Duration, Export, ExprId, SchemaId, Template};
use segue_model::outcome::Retry;
use segue_model::payload::{Extent, PAYLOAD_BYTES_MAX, PAYLOAD_DEPTH_MAX};
use segue_model::problem::Kind;
use segue_model::{Payload, Problem, Span, Timestamp};
use serde_json::{Map, Value};

use crate::plan::Plan;
use crate::run::Run;
use crate::state::ScopeId;

/// An error of a task on its way to whoever catches it.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) problem: Problem,
    pub(crate) retry: Retry,
}

impl Fault {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Fault {
        Fault {
            problem: Problem::new(kind, detail),
            retry: Retry::After(0),
        }
    }

    /// The same error, but trying again would meet it again.
    pub(crate) fn for_good(self) -> Fault {
        Fault {
            retry: Retry::Never,
            ..self
        }
    }

    pub(crate) fn damaged(what: &str) -> Fault {
        Fault::new(
            Kind::Internal,
            format!("the plan and the run disagree: {what}"),
        )
    }
}

pub(crate) type Evaluated<T> = Result<T, Fault>;

/// A place in a run from which expressions are evaluated: it knows the value of every
/// variable that the slot offers.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a Run,
    /// The scope whose variables are visible.
    pub(crate) scope: Option<ScopeId>,
    /// `$task`.
    pub(crate) task: Option<TaskView<'a>>,
    /// `$input`.
    pub(crate) input: Option<&'a Value>,
    /// `$output`.
    pub(crate) output: Option<&'a Value>,
    /// Variables that are bound just here: of a loop that decides whether to go on, of a
    /// catch that decides whether it wants the error.
    pub(crate) extra: &'a [(String, Value)],
}

/// What `$task` shows.
#[derive(Clone, Copy)]
pub(crate) struct TaskView<'a> {
    pub(crate) task: &'a segue_model::ir::Task,
    pub(crate) raw_input: &'a Value,
    pub(crate) raw_output: Option<&'a Value>,
    pub(crate) started_at: Timestamp,
}

impl<'a> Place<'a> {
    /// A place that sees nothing of a task.
    pub(crate) fn new(plan: &'a Plan, run: &'a Run, scope: Option<ScopeId>) -> Place<'a> {
        Place {
            plan,
            run,
            scope,
            task: None,
            input: None,
            output: None,
            extra: &[],
        }
    }

    /// The place of a task's own definition: it sees `$input` and the task.
    pub(crate) fn within(
        plan: &'a Plan,
        run: &'a Run,
        scope: ScopeId,
        input: &'a Value,
    ) -> Place<'a> {
        let view = || {
            let state = run.scopes.get(&scope)?;
            Some(TaskView {
                task: plan.task(plan.task_at(state.block, state.at)?)?,
                raw_input: state.input.value(),
                raw_output: None,
                started_at: state.active.as_ref()?.started_at,
            })
        };
        Place {
            task: view(),
            input: Some(input),
            ..Place::new(plan, run, Some(scope))
        }
    }

    /// The value of an expression: exactly one output.
    pub(crate) fn value(&self, id: ExprId, dot: &Value) -> Evaluated<Value> {
        let (program, values) = self.prepare(id)?;
        let values: Vec<&Value> = values.iter().map(Cow::as_ref).collect();
        let result = program.value_of(dot, &values, Bounds::default());
        result.map_err(|error| failed(program, error))
    }

    /// A condition: none and null are false, true and false are themselves.
    pub(crate) fn condition(&self, id: ExprId, dot: &Value) -> Evaluated<bool> {
        let (program, values) = self.prepare(id)?;
        let values: Vec<&Value> = values.iter().map(Cow::as_ref).collect();
        let result = program.condition_of(dot, &values, Bounds::default());
        result.map_err(|error| failed(program, error))
    }

    /// `when` and `except_when` together: absent ones do not object.
    pub(crate) fn allows(
        &self,
        when: Option<ExprId>,
        except_when: Option<ExprId>,
        dot: &Value,
    ) -> Evaluated<bool> {
        let wanted = when.map_or(Ok(true), |id| self.condition(id, dot))?;
        let unwanted = except_when.map_or(Ok(false), |id| self.condition(id, dot))?;
        Ok(wanted && !unwanted)
    }

    /// A template with its expressions evaluated. What a single expression gives is bounded
    /// by its own limits; what is put together from several, here.
    pub(crate) fn fill(&self, template: &Template, dot: &Value) -> Evaluated<Value> {
        match template {
            Template::Literal(value) => Ok(value.clone()),
            Template::Expr(id) => self.value(*id, dot),
            Template::Uri(template) => uri::expand(template, dot).map(Value::String),
            Template::Array(_) | Template::Object(_) => {
                let mut bytes = 0;
                let value = self.fill_part(template, dot, &mut bytes)?;
                if Extent::of(&value).depth > PAYLOAD_DEPTH_MAX {
                    let detail = format!("the data nests deeper than {PAYLOAD_DEPTH_MAX} levels");
                    return Err(Fault::new(Kind::Expression, detail));
                }
                Ok(value)
            }
        }
    }

    /// `bytes` counts what expressions have given so far; literals are as many as the
    /// document holds.
    fn fill_part(&self, template: &Template, dot: &Value, bytes: &mut usize) -> Evaluated<Value> {
        Ok(match template {
            Template::Literal(value) => value.clone(),
            Template::Expr(_) | Template::Uri(_) => {
                let value = self.fill(template, dot)?;
                *bytes = bytes.saturating_add(Extent::of(&value).bytes);
                if *bytes > PAYLOAD_BYTES_MAX {
                    let detail =
                        format!("the data has more than {PAYLOAD_BYTES_MAX} bytes of JSON");
                    return Err(Fault::new(Kind::Expression, detail));
                }
                value
            }
            Template::Array(items) => {
                let items = items.iter().map(|t| self.fill_part(t, dot, bytes));
                Value::Array(items.collect::<Evaluated<_>>()?)
            }
            Template::Object(members) => {
                let members = members
                    .iter()
                    .map(|(k, t)| Ok((k.clone(), self.fill_part(t, dot, bytes)?)));
                Value::Object(members.collect::<Evaluated<Map<_, _>>>()?)
            }
        })
    }

    /// A duration; an expression may give an ISO 8601 string or a duration object.
    pub(crate) fn span(&self, duration: &Duration, dot: &Value) -> Evaluated<Span> {
        match duration {
            Duration::Fixed(span) => Ok(*span),
            Duration::Dynamic(id) => span_of(&self.value(*id, dot)?),
        }
    }

    /// The new `$context`, if the task exports one.
    pub(crate) fn export(&self, export: &Export, output: &Value) -> Evaluated<Option<Value>> {
        let context = match &export.transform {
            Some(template) => Some(self.fill(template, output)?),
            None => None,
        };
        if let Some(id) = export.schema {
            let value = context.as_ref().unwrap_or_else(|| self.context());
            self.validate(id, value, "the exported context")?;
        }
        Ok(context)
    }

    /// Checks a value against a schema.
    pub(crate) fn validate(&self, id: SchemaId, value: &Value, what: &str) -> Evaluated<()> {
        let validator = self
            .plan
            .schema(id)
            .ok_or_else(|| Fault::damaged("unknown schema"))?;
        let mut errors = validator
            .iter_errors(value)
            .take(SHOWN_ERRORS_MAX)
            .map(|error| {
                let path = error.instance_path().to_string();
                let at = if path.is_empty() {
                    "the value itself".to_owned()
                } else {
                    path
                };
                format!("{at}: {}", clip(&error.to_string()))
            });
        let Some(first) = errors.next() else {
            return Ok(());
        };
        let all = std::iter::once(first)
            .chain(errors)
            .collect::<Vec<_>>()
            .join("; ");
        Err(Fault::new(
            Kind::Validation,
            format!("{what} does not match its schema: {all}"),
        ))
    }
}

impl Run {
    /// `$context` as it is seen from a scope: of the innermost that has one of its own, else
    /// the workflow's.
    pub(crate) fn context(&self, scope: Option<ScopeId>) -> Option<&Payload> {
        let mut next = scope;
        while let Some(scope) = next.and_then(|id| self.scopes.get(&id)) {
            if let Some(context) = &scope.context {
                return Some(context);
            }
            next = scope.parent;
        }
        Some(&self.root.as_ref()?.context)
    }
}

/// Schema violations that a problem lists.
const SHOWN_ERRORS_MAX: usize = 5;
/// Characters of one foreign message inside a problem.
const SHOWN_CHARS_MAX: usize = 300;

fn clip(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

fn failed(program: &Program, error: EvalError) -> Fault {
    let source = clip(program.source());
    Fault::new(
        Kind::Expression,
        format!("`{source}`: {}", clip(&error.to_string())),
    )
}

/// The members of a duration object and their milliseconds.
const DURATION_UNITS: [(&str, u64); 5] = [
    ("days", 86_400_000),
    ("hours", 3_600_000),
    ("minutes", 60_000),
    ("seconds", 1_000),
    ("milliseconds", 1),
];

fn span_of(value: &Value) -> Evaluated<Span> {
    let wrong = |why: String| Fault::new(Kind::Expression, why);
    match value {
        Value::String(text) => Span::parse_iso(text).map_err(|e| wrong(e.to_string())),
        Value::Object(members) if !members.is_empty() => {
            let mut ms = 0u64;
            for (name, amount) in members {
                let unit = DURATION_UNITS.iter().find(|(unit, _)| unit == name);
                let more = unit.and_then(|(_, unit)| amount.as_u64()?.checked_mul(*unit));
                ms = more.and_then(|more| ms.checked_add(more)).ok_or_else(|| {
                    wrong(format!(
                        "`{}` is no member of a duration with a whole number",
                        clip(name)
                    ))
                })?;
            }
            Ok(Span::from_ms(ms))
        }
        other => Err(wrong(format!(
            "`{}` is not a duration: give an ISO 8601 string or an object such as {{seconds: 5}}",
            clip(&other.to_string())
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn durations_come_as_text_or_object() {
        assert_eq!(span_of(&json!("PT2S")).unwrap(), Span::from_ms(2000));
        assert_eq!(
            span_of(&json!({"minutes": 1, "seconds": 1})).unwrap(),
            Span::from_ms(61_000)
        );
        for wrong in [
            json!(5),
            json!({}),
            json!({"weeks": 1}),
            json!({"days": -1}),
            json!("5s"),
        ] {
            assert!(span_of(&wrong).is_err(), "{wrong}");
        }
    }
}
