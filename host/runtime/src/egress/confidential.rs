//! What one attempt may use of secrets: made before its sandbox is, so that a secret that is
//! missing ends the attempt before any of its code runs.

use segue_model::context::Authentication;
use segue_model::ir::Auths;
use segue_model::problem::Kind;
use segue_model::{Invocation, Outcome};

use super::Network;
use super::auth::{Authenticator, Failure};
use super::placing::place;
use crate::secrets::{Placeholders, Redactor};

/// The secrets of one attempt.
#[derive(Default)]
pub(crate) struct Confidential {
    pub(super) placeholders: Option<Placeholders>,
    pub(super) auth: Auths<Authenticator>,
    pub(super) redactor: Redactor,
}

impl Confidential {
    /// Reveals what the attempt was given placeholders for, and reads its authentications.
    /// `redactor` learns every value.
    ///
    /// # Errors
    ///
    /// The outcome of the attempt.
    pub(crate) async fn open(
        network: &Network,
        invocation: &Invocation,
        redactor: &Redactor,
    ) -> Result<Self, Box<Outcome>> {
        let source = &*network.secrets;
        let placeholders = Placeholders::reveal(source, invocation, redactor).await?;
        let read = async |auth: &Option<Authentication>| match auth {
            Some(auth) => Authenticator::new(auth, source, placeholders.as_ref(), redactor)
                .await
                .map(Some),
            None => Ok(None),
        };
        let auth = Auths {
            request: read(&invocation.auth.request).await?,
            document: read(&invocation.auth.document).await?,
        };
        Ok(Confidential {
            placeholders,
            auth,
            redactor: redactor.clone(),
        })
    }

    /// Puts values where their placeholders stand in the head of a request.
    pub(super) fn place<B>(&self, request: &mut http::Request<B>) -> Result<(), Failure> {
        match &self.placeholders {
            Some(placeholders) => place(request, placeholders, &self.redactor).map_err(|where_| {
                let detail = format!("a secret has characters that {where_} cannot hold");
                Failure::new(Kind::Configuration, detail)
            }),
            None => Ok(()),
        }
    }
}
