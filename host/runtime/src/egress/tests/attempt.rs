//! An attempt whose guest is the test.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use segue_model::context::{AuthMembers, Authentication, StepContext};
use segue_model::ir::{AuthScheme, Auths, GrantsOf};
use segue_model::secret::SecretBinding;
use segue_model::{
    Digest, Grants, HttpGrant, IdempotencyKey, Invocation, Outcome, Payload, RunId, SecretPath,
    StepLimits, Timestamp, World,
};
use serde_json::{Value, json};
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpHooks};

use crate::egress::resolve::{Override, Overrides, Resolve, Resolving};
use crate::egress::{Confidential, Egress, Network, Refusal, client_config};
use crate::secrets::Redactor;
use crate::secrets::tests::Table;

/// An answer as the guest sees it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, _: &str) -> Resolving {
        Box::pin(async { Err(io::Error::other("no such host")) })
    }
}

/// A network whose secrets are the members of `secrets`.
pub(super) fn network(secrets: Value) -> Network {
    Network {
        resolver: Arc::new(NoNames),
        tls: client_config(None).unwrap(),
        secrets: Arc::new(Table(secrets)),
        tokens: Arc::default(),
    }
}

/// The same, with a name of its own.
pub(super) fn named(name: &str, to: SocketAddr) -> Network {
    let to = Override {
        address: to.ip(),
        port: Some(to.port()),
    };
    let resolver = Overrides::new([(name.to_owned(), to)], Arc::new(NoNames));
    Network {
        resolver: Arc::new(resolver),
        ..network(json!({}))
    }
}

/// What the workflow asks for.
pub(super) struct Plan {
    pub(super) invocation: Invocation,
}

pub(super) fn plan() -> Plan {
    Plan {
        invocation: invocation(),
    }
}

/// An attempt of a standard call that was granted and given nothing.
pub(crate) fn invocation() -> Invocation {
    let run = RunId::new(1_750_000_000_000, [3; 10]);
    Invocation {
        component: Digest::of(b"none"),
        plugin: "http:1.0.0".to_owned(),
        step: "request".to_owned(),
        input: Payload::new(json!({})),
        context: StepContext {
            idempotency_key: IdempotencyKey::derive(&run, "/do/0/call", "", 0),
            run,
            workflow: "shop/order:1.0.0".to_owned(),
            task: "/do/0/call".to_owned(),
            iteration: 0,
            attempt: 1,
            deadline: Timestamp(1_750_000_060_000),
            trace_parent: None,
        },
        limits: StepLimits::default(),
        grants: Grants::default(),
        grants_of: GrantsOf::Workflow,
        world: World::Real,
        auth: Auths::default(),
        secrets: Vec::new(),
    }
}

impl Plan {
    pub(super) fn grant(mut self, to: SocketAddr) -> Self {
        self.invocation.grants.http.push(HttpGrant {
            scheme: "http".to_owned(),
            host: to.ip().to_string(),
            port: to.port(),
            allow_private: true,
        });
        self
    }

    pub(super) fn auth(mut self, scheme: AuthScheme, members: Value) -> Self {
        let from = match members {
            Value::String(secret) => AuthMembers::Secret(secret),
            members => AuthMembers::Inline(Payload::new(members)),
        };
        self.invocation.auth.request = Some(Authentication { scheme, from });
        self
    }

    /// The authentication so far is that of the description, and not of the requests.
    pub(super) fn of_the_document(mut self) -> Self {
        let auth = &mut self.invocation.auth;
        auth.document = auth.request.take();
        self
    }

    /// Binds a placeholder to a secret, and has it stand in the input.
    pub(super) fn secret(mut self, placeholder: &str, name: &str) -> Self {
        self.invocation.secrets.push(SecretBinding {
            placeholder: placeholder.to_owned(),
            path: SecretPath::whole(name),
        });
        let mut input = self.invocation.input.value().clone();
        input[placeholder] = json!(placeholder);
        self.invocation.input = Payload::new(input);
        self
    }

    pub(super) async fn open(self, network: &Network) -> Result<Guest, Box<Outcome>> {
        let redactor = Redactor::default();
        let secrets = Confidential::open(network, &self.invocation, &redactor).await?;
        Ok(Guest(Egress::new(
            network.clone(),
            &self.invocation,
            secrets,
        )))
    }
}

/// A guest of an attempt under way.
pub(super) struct Guest(Egress);

impl Guest {
    pub(super) async fn get(&mut self, url: &str) -> Result<Answer, Error> {
        self.send(Request::get(url), &[]).await
    }

    pub(super) async fn send(
        &mut self,
        request: http::request::Builder,
        pieces: &[&[u8]],
    ) -> Result<Answer, Error> {
        let frames: Vec<Result<Frame<Bytes>, Error>> = pieces
            .iter()
            .map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        let body = StreamBody::new(futures_util::stream::iter(frames));
        let request: Request<WasiBody> = request.body(body.boxed_unsync()).unwrap();
        let sent = Box::new(async { Ok(()) });
        let sending = self.0.hooks.send_request(request, None, sent);
        let (response, drive) = Box::into_pin(sending).await?;
        tokio::spawn(Box::into_pin(drive));
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    pub(super) fn refusal(&self) -> Refusal {
        self.0.budget().refusal().expect("a refusal")
    }

    pub(super) fn refused_scheme(&self) -> Option<&'static str> {
        self.0.budget().refused_scheme()
    }

    pub(super) fn requests(&self) -> u32 {
        self.0.budget().requests()
    }
}
