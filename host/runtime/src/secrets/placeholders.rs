//! The placeholders that an attempt was given, and the values that take their place on the way
//! out.

use std::sync::Arc;

use segue_model::context::AuthMembers;
use segue_model::ir::AuthScheme;
use segue_model::problem::Kind;
use segue_model::secret::SecretBinding;
use segue_model::{Invocation, Outcome, Problem, SecretPath};
use zeroize::Zeroizing;

use super::forms::{json, percent};
use super::redact::Redactor;
use super::rewrite::Rewriter;
use super::source::{SecretSource, SecretValue};

/// How a value is written where its placeholder stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// As it is: header fields, plain bodies.
    Raw,
    /// Percent-encoded: paths and queries.
    Percent,
    /// Encoded as in a form (`application/x-www-form-urlencoded`).
    Form,
    /// Escaped as inside of a JSON string.
    Json,
}

/// What replaces what.
pub(crate) struct Placeholders {
    raw: Arc<Rewriter>,
    percent: Arc<Rewriter>,
    form: Arc<Rewriter>,
    json: Arc<Rewriter>,
}

impl Placeholders {
    /// Reveals the secrets whose placeholders stand in the attempt's input or authentication,
    /// and has `redactor` learn their values. `None` where none stands there: what an attempt
    /// was not given, it cannot use.
    ///
    /// # Errors
    ///
    /// The outcome of the attempt: `authorization` for a secret that is missing.
    pub(crate) async fn reveal(
        source: &dyn SecretSource,
        invocation: &Invocation,
        redactor: &Redactor,
    ) -> Result<Option<Self>, Box<Outcome>> {
        let (texts, own) = (texts(invocation), own(invocation));
        let mut values = Vec::new();
        let used =
            |binding: &&SecretBinding| texts.iter().any(|text| text.contains(&binding.placeholder));
        for binding in invocation.secrets.iter().filter(used) {
            let path = &binding.path;
            let secret = reveal(source, &path.name).await?;
            let parameter = own
                .filter(|(name, _)| *name == path.name && path.members.is_empty())
                .and_then(|(_, scheme)| secret.parameter(scheme));
            let Some(text) = parameter.or_else(|| secret.text(path)) else {
                return Err(no_member(path));
            };
            redactor.learn(&text);
            values.push((binding.placeholder.clone(), text));
        }
        Ok(Self::new(&values))
    }

    fn new(values: &[(String, Zeroizing<String>)]) -> Option<Self> {
        let rules = |written: fn(&str) -> String| {
            let rule = |(placeholder, value): &(String, Zeroizing<String>)| {
                (
                    placeholder.clone().into_bytes(),
                    written(value).into_bytes(),
                )
            };
            Rewriter::new(values.iter().map(rule)).map(Arc::new)
        };
        Some(Placeholders {
            raw: rules(str::to_owned)?,
            percent: rules(|value| percent(value, "%20"))?,
            form: rules(|value| percent(value, "+"))?,
            json: rules(json)?,
        })
    }

    /// The rules for one place.
    pub(crate) fn rules(&self, coding: Coding) -> &Arc<Rewriter> {
        match coding {
            Coding::Raw => &self.raw,
            Coding::Percent => &self.percent,
            Coding::Form => &self.form,
            Coding::Json => &self.json,
        }
    }
}

/// Where placeholders may stand.
fn texts(invocation: &Invocation) -> Vec<&str> {
    let mut texts = vec![invocation.input.text()];
    texts.extend(invocation.auth.iter().filter_map(|auth| match &auth.from {
        AuthMembers::Inline(members) => Some(members.text()),
        AuthMembers::Secret(_) => None,
    }));
    texts
}

/// The secret that the attempt's requests authenticate with.
fn own(invocation: &Invocation) -> Option<(&str, AuthScheme)> {
    let auth = invocation.auth.request.as_ref()?;
    match &auth.from {
        AuthMembers::Secret(name) => Some((name.as_str(), auth.scheme)),
        AuthMembers::Inline(_) => None,
    }
}

/// The secret of that name.
///
/// # Errors
///
/// The outcome of the attempt that needs it.
pub(crate) async fn reveal(
    source: &dyn SecretSource,
    name: &str,
) -> Result<SecretValue, Box<Outcome>> {
    match source.reveal(name).await {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(missing(format!(
            "there is no secret `{name}`; store it with `segue secrets put {name}`"
        ))),
        Err(error) => Err(Box::new(Outcome::HostFault {
            detail: format!("the secret `{name}` cannot be revealed: {error}"),
        })),
    }
}

fn no_member(path: &SecretPath) -> Box<Outcome> {
    missing(format!(
        "the secret `{}` has no member `{}`; store it as a JSON object that has one",
        path.name,
        path.members.join(".")
    ))
}

/// The language: a secret that is missing is an `authorization` error, 403.
fn missing(detail: String) -> Box<Outcome> {
    Box::new(Outcome::StepError {
        problem: Problem::new(Kind::Authorization, detail),
        retryable: false,
        retry_after_ms: None,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::secrets::SecretError;
    use async_trait::async_trait;
    use segue_model::Payload;
    use segue_model::context::Authentication;
    use serde_json::{Value, json};

    /// A source with the members of an object; `broken` cannot be revealed.
    pub(crate) struct Table(pub(crate) Value);

    #[async_trait]
    impl SecretSource for Table {
        async fn reveal(&self, name: &str) -> Result<Option<SecretValue>, SecretError> {
            if name == "broken" {
                return Err(SecretError("sealed with another key".to_owned()));
            }
            Ok(self.0.get(name).cloned().map(SecretValue::new))
        }
    }

    fn binding(placeholder: &str, name: &str, members: &[&str]) -> SecretBinding {
        SecretBinding {
            placeholder: placeholder.to_owned(),
            path: SecretPath {
                name: name.to_owned(),
                members: members.iter().map(|m| (*m).to_owned()).collect(),
            },
        }
    }

    async fn open(
        binding: SecretBinding,
        text: &str,
    ) -> Result<Option<Placeholders>, Box<Outcome>> {
        let source = Table(json!({"mail": {"password": "a b\"/ü", "token": "t0ken"}}));
        let mut invocation = crate::egress::tests::invocation();
        invocation.input = Payload::new(json!(text));
        invocation.secrets = vec![binding];
        invocation.auth.request = Some(Authentication {
            scheme: AuthScheme::Bearer,
            from: AuthMembers::Secret("mail".to_owned()),
        });
        Placeholders::reveal(&source, &invocation, &Redactor::default()).await
    }

    #[tokio::test]
    async fn the_secret_of_the_authentication_stands_for_its_parameter() {
        let found = open(binding("@1", "mail", &[]), "@1").await.unwrap();
        let rules = found.unwrap();
        assert_eq!(rules.rules(Coding::Raw).text("@1").unwrap(), "t0ken");
    }

    #[tokio::test]
    async fn a_value_is_written_as_its_place_needs_it() {
        let found = open(binding("@1", "mail", &["password"]), "x @1").await;
        let found = found.unwrap().unwrap();
        let written = |coding| found.rules(coding).text("<@1>").unwrap();
        assert_eq!(written(Coding::Raw), "<a b\"/ü>");
        assert_eq!(written(Coding::Percent), "<a%20b%22%2F%C3%BC>");
        assert_eq!(written(Coding::Form), "<a+b%22%2F%C3%BC>");
        assert_eq!(written(Coding::Json), "<a b\\\"/ü>");
    }

    #[tokio::test]
    async fn a_missing_secret_or_member_is_an_authorization_error_that_names_it() {
        for (name, member, want) in [("gone", "x", "`gone`"), ("mail", "user", "`user`")] {
            let Err(outcome) = open(binding("@1", name, &[member]), "@1").await else {
                panic!("revealed")
            };
            let Outcome::StepError { problem, .. } = *outcome else {
                panic!("{outcome:?}")
            };
            assert!(problem.is(Kind::Authorization) && problem.status == 403);
            assert!(problem.detail.unwrap().contains(want));
        }
    }

    #[tokio::test]
    async fn what_the_attempt_was_not_given_is_not_revealed() {
        let found = open(binding("@1", "gone", &[]), "no placeholder").await;
        assert!(found.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_vault_that_fails_is_the_hosts_fault() {
        let Err(outcome) = open(binding("@1", "broken", &[]), "@1").await else {
            panic!("revealed")
        };
        assert!(matches!(*outcome, Outcome::HostFault { .. }), "{outcome:?}");
    }
}
