//! Where the values of secrets come from. A port: the vault stands behind it.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segue_model::SecretPath;
use segue_model::ir::AuthScheme;
use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

/// Reveals secrets to the egress, for the time of one attempt.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// The value of the secret of that name; `None` where there is none.
    async fn reveal(&self, name: &str) -> Result<Option<SecretValue>, SecretError>;
}

/// Why a secret could not be revealed although it may exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SecretError(pub String);

/// A source that has no secret.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSecrets;

#[async_trait]
impl SecretSource for NoSecrets {
    async fn reveal(&self, _: &str) -> Result<Option<SecretValue>, SecretError> {
        Ok(None)
    }
}

/// The value of a secret: JSON, wiped from memory when it is dropped. It prints as nothing.
pub struct SecretValue(Value);

impl SecretValue {
    /// Takes a value over.
    pub fn new(value: Value) -> Self {
        SecretValue(value)
    }

    /// The text at `path` below this secret: a string as it is, anything else as JSON.
    pub(crate) fn text(&self, path: &SecretPath) -> Option<Zeroizing<String>> {
        let found = path
            .members
            .iter()
            .try_fold(&self.0, |value, member| value.get(member));
        found.map(|value| match value {
            Value::String(text) => Zeroizing::new(text.clone()),
            other => Zeroizing::new(other.to_string()),
        })
    }

    /// What follows the scheme in `Authorization`, where this is an object of such members:
    /// `$authorization.parameter` of a call that authenticates with this secret.
    pub(crate) fn parameter(&self, scheme: AuthScheme) -> Option<Zeroizing<String>> {
        let member = |name: &str| self.0.get(name).and_then(Value::as_str);
        match scheme {
            AuthScheme::Bearer => member("token").map(|token| Zeroizing::new(token.to_owned())),
            AuthScheme::Basic => {
                let (user, password) = (member("username")?, member("password")?);
                let pair = Zeroizing::new(format!("{user}:{password}"));
                Some(Zeroizing::new(STANDARD.encode(&*pair)))
            }
            AuthScheme::Digest | AuthScheme::Oauth2 | AuthScheme::Oidc => None,
        }
    }

    /// The value itself, for those who read its members.
    pub(crate) fn value(&self) -> &Value {
        &self.0
    }
}

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretValue(..)")
    }
}

impl Drop for SecretValue {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(value: Value, members: &[&str]) -> Option<String> {
        let path = SecretPath {
            name: "s".to_owned(),
            members: members.iter().map(|m| (*m).to_owned()).collect(),
        };
        SecretValue::new(value)
            .text(&path)
            .map(|text| text.to_string())
    }

    #[test]
    fn a_path_leads_to_a_text() {
        assert_eq!(at(json!("plain"), &[]).unwrap(), "plain");
        let mail = json!({"smtp": {"password": "p", "port": 25}});
        assert_eq!(at(mail.clone(), &["smtp", "password"]).unwrap(), "p");
        assert_eq!(at(mail.clone(), &["smtp", "port"]).unwrap(), "25");
        assert_eq!(at(mail.clone(), &["smtp", "user"]), None);
        assert_eq!(
            at(mail, &["smtp"]).unwrap(),
            r#"{"password":"p","port":25}"#
        );
        assert_eq!(at(json!("plain"), &["x"]), None);
    }

    #[test]
    fn a_secret_to_authenticate_with_has_a_parameter() {
        let login = SecretValue::new(
            json!({"username": "Aladdin", "password": "open sesame", "token": "t"}),
        );
        let parameter = |scheme| login.parameter(scheme).map(|text| text.to_string());
        assert_eq!(parameter(AuthScheme::Bearer).unwrap(), "t");
        assert_eq!(
            parameter(AuthScheme::Basic).unwrap(),
            "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        assert_eq!(parameter(AuthScheme::Digest), None);
        assert!(
            SecretValue::new(json!("text"))
                .parameter(AuthScheme::Bearer)
                .is_none()
        );
    }

    #[test]
    fn a_value_prints_as_nothing() {
        let shown = format!("{:?}", SecretValue::new(json!("hunter2")));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
