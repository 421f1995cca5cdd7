//! How calls prove who they are: evaluated here, with placeholders where there are secrets;
//! applied by the host.

use segue_model::context::{AuthMembers, Authentication};
use segue_model::ir::{Auth, AuthScheme, AuthSource, Auths, Call, Task, TaskKind};
use segue_model::problem::Kind;
use segue_model::secret::SecretBinding;
use segue_model::{Payload, SecretPath, Seed};
use serde_json::{Value, json};

use super::Machine;
use crate::data::{Evaluated, Fault};
use crate::plan::Plan;
use crate::state::ScopeId;

impl Machine<'_> {
    /// The members of a call's authentications, where they stand in the document.
    pub(super) fn members_of_all(
        &self,
        scope: ScopeId,
        auths: &Auths<Auth>,
        input: &Payload,
    ) -> Evaluated<Auths<Payload>> {
        let members = |auth: &Option<Auth>| match auth {
            Some(auth) => self.auth_members(scope, auth, input),
            None => Ok(None),
        };
        Ok(Auths {
            request: members(&auths.request)?,
            document: members(&auths.document)?,
        })
    }

    /// The members of an authentication, where they stand in the document.
    fn auth_members(
        &self,
        scope: ScopeId,
        auth: &Auth,
        input: &Payload,
    ) -> Evaluated<Option<Payload>> {
        let AuthSource::Members(template) = &auth.from else {
            return Ok(None);
        };
        let members = self.evaluate(scope, template, input)?;
        if !members.is_object() {
            let what = "the members of an authentication must be an object";
            return Err(Fault::new(Kind::Expression, what));
        }
        Ok(Some(Payload::new(members)))
    }

    /// `$authorization` of a call whose requests have an authentication, as a variable.
    pub(super) fn authorization_of(
        &self,
        scope: ScopeId,
        task: &Task,
        input: &Payload,
    ) -> Evaluated<Vec<(String, Value)>> {
        let TaskKind::Call(Call { auth, .. }) = &task.kind else {
            return Ok(Vec::new());
        };
        let Some(auth) = &auth.request else {
            return Ok(Vec::new());
        };
        let members = self.auth_members(scope, auth, input)?;
        Ok(self.authorization(auth, members.as_ref()))
    }

    /// `$authorization`: the scheme, and as parameter the token or the placeholder of the
    /// secret, where there is just one.
    pub(super) fn authorization(
        &self,
        auth: &Auth,
        members: Option<&Payload>,
    ) -> Vec<(String, Value)> {
        let parameter = match (&auth.from, auth.scheme, &self.run.root) {
            (AuthSource::Secret(name), _, Some(root)) => {
                Value::String(SecretPath::whole(name).placeholder(&root.seed))
            }
            (AuthSource::Members(_), AuthScheme::Bearer, _) => members
                .and_then(|members| members.value().get("token"))
                .cloned()
                .unwrap_or_default(),
            _ => Value::Null,
        };
        let value = json!({"scheme": auth.scheme.name(), "parameter": parameter});
        vec![("authorization".to_owned(), value)]
    }
}

/// What the host needs of a call's authentications.
pub(super) fn authentications(call: &Call, members: &Auths<Payload>) -> Auths<Authentication> {
    Auths {
        request: authentication(call.auth.request.as_ref(), members.request.as_ref()),
        document: authentication(call.auth.document.as_ref(), members.document.as_ref()),
    }
}

fn authentication(auth: Option<&Auth>, members: Option<&Payload>) -> Option<Authentication> {
    let auth = auth?;
    let from = match &auth.from {
        AuthSource::Secret(name) => AuthMembers::Secret(name.clone()),
        AuthSource::Members(_) => {
            AuthMembers::Inline(members.cloned().unwrap_or_else(Payload::null))
        }
    };
    Some(Authentication {
        scheme: auth.scheme,
        from,
    })
}

/// The secrets that may replace their placeholders in a call's requests: those that the
/// workflow names, and the one that the call's requests authenticate with.
pub(super) fn bindings(plan: &Plan, call: &Call, seed: &Seed) -> Vec<SecretBinding> {
    let own = call
        .auth
        .request
        .as_ref()
        .and_then(|auth| match &auth.from {
            AuthSource::Secret(name) => Some(SecretPath::whole(name)),
            AuthSource::Members(_) => None,
        });
    let named = plan.workflow().secret_paths.iter().cloned();
    let mut paths: Vec<SecretPath> = named.collect();
    paths.extend(own.filter(|own| !plan.workflow().secret_paths.contains(own)));
    let bind = |path: SecretPath| SecretBinding {
        placeholder: path.placeholder(seed),
        path,
    };
    paths.into_iter().map(bind).collect()
}
