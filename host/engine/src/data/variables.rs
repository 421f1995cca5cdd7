//! The variables of expressions: what each shows.

use std::borrow::Cow;

use segue_expr::Program;
use segue_model::ir::ExprId;
use segue_model::{SecretPath, Seed, Timestamp};
use serde_json::{Map, Value, json};

use super::{Evaluated, Fault, Place, TaskView};
use crate::ENGINE_VERSION;

impl<'a> Place<'a> {
    /// A program with the values of its variables. One that it does not use is not built:
    /// `$task` and `$workflow` hold whole definitions.
    pub(super) fn prepare(&self, id: ExprId) -> Evaluated<(&'a Program, Vec<Cow<'a, Value>>)> {
        let (program, expression) = self
            .plan
            .program(id)
            .ok_or_else(|| Fault::damaged("unknown expression"))?;
        let values = expression
            .variables
            .iter()
            .map(|name| match program.uses(name) {
                true => self.variable(name),
                false => Cow::Owned(Value::Null),
            });
        Ok((program, values.collect()))
    }

    /// What the run holds is lent; only what is put together here is owned.
    fn variable(&self, name: &str) -> Cow<'a, Value> {
        if let Some((_, value)) = self.extra.iter().find(|(n, _)| n == name) {
            return Cow::Borrowed(value);
        }
        if let Some(value) = self.bound(name) {
            return Cow::Borrowed(value);
        }
        let lent = match name {
            "context" => Some(self.context()),
            "input" => self.input,
            "output" => self.output,
            "task" => return Cow::Owned(self.task.map(task_value).unwrap_or_default()),
            "workflow" => return Cow::Owned(self.workflow_value()),
            "runtime" => return Cow::Owned(runtime_value()),
            "secrets" => return Cow::Owned(self.secrets_value()),
            _ => None,
        };
        Cow::Borrowed(lent.unwrap_or(&Value::Null))
    }

    /// A loop or catch variable, from the innermost scope outwards; a function sees none of
    /// what is outside of it.
    fn bound(&self, name: &str) -> Option<&'a Value> {
        let mut next = self.scope;
        while let Some(scope) = next.and_then(|id| self.run.scopes.get(&id)) {
            if let Some((_, value)) = scope.bindings.iter().find(|(n, _)| n == name) {
                return Some(value.value());
            }
            next = scope.parent.filter(|_| !scope.function);
        }
        None
    }

    /// `$context`.
    pub(super) fn context(&self) -> &'a Value {
        self.run
            .context(self.scope)
            .map_or(&Value::Null, |context| context.value())
    }

    fn workflow_value(&self) -> Value {
        let Some(root) = &self.run.root else {
            return Value::Null;
        };
        json!({
            "id": self.run.id.as_str(),
            "definition": self.plan.workflow().definition,
            "input": root.input.value(),
            "startedAt": moment(root.started_at),
        })
    }

    fn secrets_value(&self) -> Value {
        match &self.run.root {
            Some(root) => placeholders(&self.plan.workflow().secret_paths, &root.seed),
            None => Value::Null,
        }
    }
}

/// `$secrets`: objects along the paths that the workflow names, and placeholders at their
/// ends. Where one path goes on from the end of another, it wins.
fn placeholders(paths: &[SecretPath], seed: &Seed) -> Value {
    let mut all = Map::new();
    for path in paths {
        put(&mut all, &path.name, &path.members, path.placeholder(seed));
    }
    Value::Object(all)
}

fn put(members: &mut Map<String, Value>, name: &str, inner: &[String], placeholder: String) {
    let member = members.entry(name.to_owned()).or_insert(Value::Null);
    match inner {
        [] if member.is_null() => *member = Value::String(placeholder),
        [] => {}
        [next, rest @ ..] => {
            if !member.is_object() {
                *member = Value::Object(Map::new());
            }
            if let Value::Object(object) = member {
                put(object, next, rest, placeholder);
            }
        }
    }
}

/// `$task`: the descriptor of the specification's prose, and the definition's own members
/// beside it, as its examples use them (`$task.with`, `$task.call`).
fn task_value(view: TaskView<'_>) -> Value {
    let mut members = view
        .task
        .definition
        .as_object()
        .cloned()
        .unwrap_or_default();
    members.insert("name".to_owned(), json!(view.task.name));
    members.insert("reference".to_owned(), json!(view.task.pointer));
    members.insert("definition".to_owned(), view.task.definition.clone());
    members.insert("input".to_owned(), view.raw_input.clone());
    members.insert(
        "output".to_owned(),
        view.raw_output.cloned().unwrap_or_default(),
    );
    members.insert("startedAt".to_owned(), moment(view.started_at));
    Value::Object(members)
}

fn runtime_value() -> Value {
    json!({"name": "segue", "version": ENGINE_VERSION.to_string(), "metadata": {}})
}

fn moment(at: Timestamp) -> Value {
    json!({
        "iso8601": at.rfc3339(),
        "epoch": {"seconds": at.0 / 1000, "milliseconds": at.0},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_objects_along_their_paths_with_placeholders_at_the_ends() {
        let path = |members: &[&str]| SecretPath {
            name: "mail".to_owned(),
            members: members.iter().map(|m| (*m).to_owned()).collect(),
        };
        let seed = Seed([1; 32]);
        let (user, pass) = (path(&["user"]), path(&["smtp", "password"]));
        let token = SecretPath::whole("token");
        let paths = [
            user.clone(),
            SecretPath::whole("mail"),
            pass.clone(),
            token.clone(),
        ];
        let expected = json!({
            "mail": {"user": user.placeholder(&seed), "smtp": {"password": pass.placeholder(&seed)}},
            "token": token.placeholder(&seed),
        });
        assert_eq!(placeholders(&paths, &seed), expected);
        let mut turned = paths.to_vec();
        turned.reverse();
        assert_eq!(placeholders(&turned, &seed), expected);
    }
}
