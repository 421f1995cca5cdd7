//! Keeping values out of what people and guests read.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use segue_model::{Outcome, Payload, Problem};
use serde_json::{Map, Value};

use super::forms::forms;
use super::rewrite::Rewriter;

/// What stands where a value was.
const REDACTED: &str = "[redacted]";

/// The values that an attempt has learned, and how to take them out of texts. Clones share
/// them.
#[derive(Clone, Default)]
pub(crate) struct Redactor(Arc<RwLock<Learned>>);

#[derive(Default)]
struct Learned {
    forms: BTreeSet<Vec<u8>>,
    rules: Option<Arc<Rewriter>>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor(..)")
    }
}

impl Redactor {
    /// From now on, this value is taken out wherever it stands.
    pub(crate) fn learn(&self, value: &str) {
        let mut learned = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = learned.forms.len();
        learned.forms.extend(forms(value));
        if learned.forms.len() > before {
            let rules = learned.forms.iter();
            let rules = rules.map(|form| (form.clone(), REDACTED.as_bytes().to_vec()));
            learned.rules = Rewriter::new(rules).map(Arc::new);
        }
    }

    /// The rules as they are now; `None` while there is nothing to take out.
    pub(crate) fn rules(&self) -> Option<Arc<Rewriter>> {
        let learned = self.0.read().unwrap_or_else(PoisonError::into_inner);
        learned.rules.clone()
    }

    /// The text without the values.
    pub(crate) fn text<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        match self.rules().and_then(|rules| rules.text(text)) {
            Some(rewritten) => rewritten.into(),
            None => text.into(),
        }
    }

    /// How an attempt ended, without the values.
    pub(crate) fn outcome(&self, outcome: Outcome) -> Outcome {
        let Some(rules) = self.rules() else {
            return outcome;
        };
        let text = |text: String| rules.text(&text).unwrap_or(text);
        match outcome {
            Outcome::Completed { output } => Outcome::Completed {
                output: payload(&rules, output),
            },
            Outcome::StepError {
                problem: found,
                retryable,
                retry_after_ms,
            } => Outcome::StepError {
                problem: problem(&rules, found),
                retryable,
                retry_after_ms,
            },
            Outcome::Stopped { stop, detail } => Outcome::Stopped {
                stop,
                detail: text(detail),
            },
            Outcome::Denied { detail } => Outcome::Denied {
                detail: text(detail),
            },
            Outcome::HostFault { detail } => Outcome::HostFault {
                detail: text(detail),
            },
        }
    }
}

fn payload(rules: &Rewriter, payload: Payload) -> Payload {
    if rules.text(payload.text()).is_none() && !payload.text().contains('\\') {
        return payload;
    }
    // In the value and not in the text: a value that looks like JSON must not break it.
    let mut value = payload.value().clone();
    redact(rules, &mut value);
    Payload::new(value)
}

fn problem(rules: &Rewriter, mut problem: Problem) -> Problem {
    let text = |text: &mut String| {
        if let Some(rewritten) = rules.text(text) {
            *text = rewritten;
        }
    };
    text(&mut problem.kind);
    problem.title.iter_mut().for_each(text);
    problem.detail.iter_mut().for_each(text);
    problem.instance.iter_mut().for_each(text);
    let mut extensions = Value::Object(problem.extensions);
    redact(rules, &mut extensions);
    problem.extensions = match extensions {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    problem
}

/// Takes values out of the strings and keys of JSON. Recursion is bounded by the depth that
/// payloads have.
fn redact(rules: &Rewriter, value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(rewritten) = rules.text(text) {
                *text = rewritten;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact(rules, item)),
        Value::Object(members) => {
            members.values_mut().for_each(|item| redact(rules, item));
            let told = |(name, _): (&String, &Value)| rules.text(name).is_some();
            if members.iter().any(told) {
                let before = std::mem::take(members);
                members.extend(
                    before
                        .into_iter()
                        .map(|(name, item)| (rules.text(&name).unwrap_or(name), item)),
                );
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::problem::Kind;
    use serde_json::json;

    fn redactor() -> Redactor {
        let redactor = Redactor::default();
        redactor.learn("hunter2");
        redactor
    }

    #[test]
    fn texts_lose_what_was_learned_and_nothing_else() {
        let redactor = redactor();
        assert_eq!(
            redactor.text("x hunter2, aHVudGVyMg=="),
            "x [redacted], [redacted]=="
        );
        assert_eq!(redactor.text("hunter"), "hunter");
        redactor.learn("abc");
        assert_eq!(redactor.text("abc"), "abc", "too short to be looked for");
    }

    #[test]
    fn outcomes_lose_it_in_every_member() {
        let redactor = redactor();
        let output = Payload::new(json!({"hunter2": ["a", {"b": "hunter2!"}], "n": 2}));
        let Outcome::Completed { output } = redactor.outcome(Outcome::Completed { output }) else {
            panic!("not completed")
        };
        let want = json!({"[redacted]": ["a", {"b": "[redacted]!"}], "n": 2});
        assert_eq!(output.value(), &want);
        let problem = Problem::new(Kind::Runtime, "said hunter2").with("echo", "hunter2");
        let ended = redactor.outcome(Outcome::StepError {
            problem,
            retryable: false,
            retry_after_ms: None,
        });
        assert!(!format!("{ended:?}").contains("hunter2"), "{ended:?}");
    }

    #[test]
    fn an_escaped_echo_in_an_output_is_found() {
        let redactor = Redactor::default();
        redactor.learn("pä\"ss");
        // Written with an escape that no form has.
        let output = Payload::parse(r#"{"echo": "\u0070ä\"ss"}"#).unwrap();
        let Outcome::Completed { output } = redactor.outcome(Outcome::Completed { output }) else {
            panic!("not completed")
        };
        assert_eq!(output.value(), &json!({"echo": "[redacted]"}));
    }
}
