//! The arguments of a call: each is used, or it is a mistake.

use segue_plugin::StepError;
use serde_json::{Map, Value};

use crate::operation::{nearest, quoted};

/// The arguments, and which of them were used.
pub(crate) struct Arguments {
    all: Map<String, Value>,
    used: Vec<String>,
}

impl Arguments {
    pub(crate) fn new(all: Map<String, Value>) -> Self {
        Arguments {
            all,
            used: Vec::new(),
        }
    }

    /// The argument of that name, which is used now. Null is none.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let value = self.all.get(name)?.clone();
        self.used.push(name.to_owned());
        (!value.is_null()).then_some(value)
    }

    /// What was not used, and now is.
    pub(crate) fn rest(&mut self) -> Map<String, Value> {
        let used = &self.used;
        let rest: Map<String, Value> = self
            .all
            .iter()
            .filter(|(name, _)| !used.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        self.used.extend(rest.keys().cloned());
        rest
    }

    /// Refuses what nobody used.
    pub(crate) fn check(mut self, operation: &str, known: &[&str]) -> Result<(), StepError> {
        let unknown = self.rest();
        match unknown.keys().next() {
            None => Ok(()),
            Some(name) => Err(unknown_argument(operation, name, known)),
        }
    }
}

/// An argument that an operation does not take.
pub(crate) fn unknown_argument(operation: &str, name: &str, known: &[&str]) -> StepError {
    let near = nearest(name, known.iter().copied());
    let hint = if !near.is_empty() {
        format!("; did you mean {}?", quoted(&near))
    } else if known.is_empty() {
        "; it takes none".to_owned()
    } else {
        format!("; it takes {}", quoted(known))
    };
    StepError::invalid_input(format!(
        "the operation `{operation}` has no parameter `{name}`{hint}"
    ))
}

/// Arguments that an operation needs.
pub(crate) fn missing_arguments(operation: &str, names: &[&str]) -> StepError {
    let (what, verb) = match names {
        [_] => ("parameter", "is"),
        _ => ("parameters", "are"),
    };
    StepError::invalid_input(format!(
        "the operation `{operation}` needs the {what} {}, which {verb} missing",
        quoted(names)
    ))
}
