//! Proving who a request comes from. The host does it on the way out, so that no guest ever
//! sees a credential.

mod challenge;
mod client;
mod digest;
mod fetch;
mod members;
mod token;

use std::sync::{Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use segue_model::Outcome;
use segue_model::context::Authentication;
use segue_model::problem::Kind;
use zeroize::Zeroizing;

pub(super) use fetch::{Failure, Fetch};
pub(crate) use token::Tokens;

use super::policy::Destination;
use super::random_hex;
use crate::secrets::{Placeholders, Redactor, SecretSource};
use digest::{Asked, Session};
use members::{Credentials, Login, read};

/// The authentication of one attempt.
pub(super) struct Authenticator {
    credentials: Credentials,
    /// The destination that they are for: that of the first request that carries them.
    origin: OnceLock<Destination>,
    /// The latest challenge of digest authentication.
    session: Mutex<Option<Session>>,
    redactor: Redactor,
}

/// What a request carries: its `Authorization`, and the token in it.
#[derive(Default)]
pub(super) struct Proof {
    pub(super) field: Option<HeaderValue>,
    /// A token that was kept, and may have ended before its time.
    kept: Option<Zeroizing<String>>,
}

/// The parts of a request that digest authentication covers.
pub(super) struct Line {
    pub(super) method: String,
    /// As it stands in the request line.
    pub(super) target: String,
}

impl Authenticator {
    /// Reads the members, reveals secrets.
    ///
    /// # Errors
    ///
    /// The outcome of the attempt.
    pub(super) async fn new(
        auth: &Authentication,
        source: &dyn SecretSource,
        placeholders: Option<&Placeholders>,
        redactor: &Redactor,
    ) -> Result<Self, Box<Outcome>> {
        Ok(Authenticator {
            credentials: read(auth, source, placeholders, redactor).await?,
            origin: OnceLock::new(),
            session: Mutex::default(),
            redactor: redactor.clone(),
        })
    }

    /// Whether requests to there carry the credentials: the first destination only, so that no
    /// document or answer can lead them to another.
    pub(super) fn covers(&self, to: &Destination) -> bool {
        self.origin.get_or_init(|| to.clone()) == to
    }

    /// Whether a request may have to be sent twice.
    pub(super) fn may_ask_again(&self) -> bool {
        matches!(
            self.credentials,
            Credentials::Digest(_) | Credentials::Client(_)
        )
    }

    /// What the request carries at first.
    pub(super) async fn prove(&self, line: &Line, fetch: &Fetch<'_>) -> Result<Proof, Failure> {
        match &self.credentials {
            Credentials::Basic(login) => self.basic(login),
            Credentials::Bearer(token) => self.bearer(token),
            Credentials::Digest(login) => self.digest(login, line),
            Credentials::Client(client) => {
                let tokens = &fetch.shared.network.tokens;
                let token = tokens.obtain(client, fetch, None).await?;
                self.redactor.learn(&token.value);
                let proof = self.bearer(&token.value)?;
                Ok(Proof {
                    kept: (!token.fresh).then_some(token.value),
                    ..proof
                })
            }
        }
    }

    /// What it carries after a 401 with these fields; `None` where trying again is of no use.
    pub(super) async fn again(
        &self,
        refused: &Proof,
        answer: &HeaderMap,
        line: &Line,
        fetch: &Fetch<'_>,
    ) -> Result<Option<Proof>, Failure> {
        match &self.credentials {
            Credentials::Digest(login) => {
                let Some(session) = Session::of(answer) else {
                    return Ok(None);
                };
                *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
                self.digest(login, line).map(Some)
            }
            Credentials::Client(client) => {
                let Some(kept) = &refused.kept else {
                    return Ok(None);
                };
                let tokens = &fetch.shared.network.tokens;
                let token = tokens.obtain(client, fetch, Some(kept)).await?;
                self.redactor.learn(&token.value);
                self.bearer(&token.value).map(Some)
            }
            Credentials::Basic(_) | Credentials::Bearer(_) => Ok(None),
        }
    }

    /// The scheme, for messages.
    pub(super) fn scheme(&self) -> &'static str {
        match self.credentials {
            Credentials::Basic(_) => "basic",
            Credentials::Bearer(_) => "bearer",
            Credentials::Digest(_) => "digest",
            Credentials::Client(_) => "token",
        }
    }

    fn basic(&self, login: &Login) -> Result<Proof, Failure> {
        if login.user.contains(':') {
            let detail = "a user name with a colon cannot be used for basic authentication";
            return Err(Failure::new(Kind::Configuration, detail.to_owned()));
        }
        let pair = Zeroizing::new(format!("{}:{}", &*login.user, &*login.password));
        let encoded = Zeroizing::new(STANDARD.encode(&*pair));
        self.redactor.learn(&encoded);
        self.field(&format!("Basic {}", &*encoded))
    }

    fn bearer(&self, token: &str) -> Result<Proof, Failure> {
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            let detail = "the token is empty, or has characters that no bearer token has";
            return Err(Failure::new(Kind::Configuration, detail.to_owned()));
        }
        self.field(&format!("Bearer {token}"))
    }

    fn digest(&self, login: &Login, line: &Line) -> Result<Proof, Failure> {
        let cnonce = random_hex()?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = Asked {
            method: &line.method,
            target: &line.target,
            cnonce: &cnonce,
        };
        match session
            .as_mut()
            .map(|session| session.answer(login, &asked))
        {
            Some(answer) => self.field(&answer),
            None => Ok(Proof::default()),
        }
    }

    /// The field, which nobody may see again.
    fn field(&self, text: &str) -> Result<Proof, Failure> {
        self.redactor.learn(text);
        let mut value = HeaderValue::from_str(text).map_err(|_| {
            let detail = "the credentials have characters that a header field cannot hold";
            Failure::new(Kind::Configuration, detail.to_owned())
        })?;
        value.set_sensitive(true);
        Ok(Proof {
            field: Some(value),
            kept: None,
        })
    }
}
