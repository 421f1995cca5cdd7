//! One exchange of a guest, whole: values are placed, the request is authenticated and sent,
//! once more where the server asks for it, and the answer is redacted.

use std::sync::Arc;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::uri::PathAndQuery;
use http::{HeaderMap, Request, StatusCode};
use segue_model::problem::Kind;
use tokio::time::timeout_at;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody};

use super::auth::{Authenticator, Failure, Fetch, Line, Proof};
use super::budget::Refusal;
use super::headers::Use;
use super::outgoing::{Outgoing, coding, whole};
use super::send::{Outbound, Timing, send};
use super::{Checked, Exchange, Shared, incoming};

/// Performs a checked request.
pub(super) async fn exchange(
    checked: Checked,
    shared: Arc<Shared>,
    options: RequestOptions,
) -> Result<Exchange> {
    let timing = Timing::new(shared.budget.exchange_time, options);
    let secrets = &shared.secrets;
    let auth = match checked.of {
        Use::Request => secrets.auth.request.as_ref(),
        Use::Document => secrets.auth.document.as_ref(),
    };
    let auth = auth.filter(|auth| auth.covers(&checked.outbound.destination));
    let plain = secrets.redactor.rules().is_none();
    if auth.is_none() && secrets.placeholders.is_none() && plain {
        return send(checked.outbound, &shared, &timing).await;
    }
    let attended = Attended {
        shared: &shared,
        timing: &timing,
        auth,
    };
    let (response, drive) = Box::pin(attended.exchange(checked.outbound)).await?;
    if let Some(coding) = incoming::unreadable(response.headers()) {
        shared.budget.refuse(Refusal::problem(
            Kind::Communication,
            format!(
                "the server answered in the coding `{coding}` although it was asked not to; answers to requests that carry secrets are only taken where an echo can be seen"
            ),
        ));
        return Err(Error::HttpResponseContentCoding(Some(coding)));
    }
    Ok((incoming::redacted(response, &secrets.redactor), drive))
}

/// An exchange that carries secrets.
struct Attended<'a> {
    shared: &'a Shared,
    timing: &'a Timing,
    auth: Option<&'a Authenticator>,
}

impl Attended<'_> {
    async fn exchange(&self, mut outbound: Outbound) -> Result<Exchange> {
        let secrets = &self.shared.secrets;
        secrets
            .place(&mut outbound.request)
            .map_err(|failure| self.failed(failure))?;
        incoming::ask_for_plain(outbound.request.headers_mut());
        let (request, again) = self.take_body(outbound.request).await?;
        outbound.request = request;
        let Some(auth) = self.auth else {
            return send(outbound, self.shared, self.timing).await;
        };
        // A guest's own would be beside ours.
        outbound.request.headers_mut().remove(AUTHORIZATION);
        let line = line(&outbound.request);
        let proof = self.prove(auth, &line).await?;
        set(&mut outbound.request, &proof);
        let second = again.map(|body| copy(&outbound, body));
        let (response, drive) = Box::pin(send(outbound, self.shared, self.timing)).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok((response, drive));
        }
        let answer = response.headers().clone();
        let again = match second {
            Some(second) => {
                let proof = self.prove_again(auth, &proof, &answer, &line).await?;
                proof.map(|proof| (second, proof))
            }
            None => None,
        };
        let Some((mut second, proof)) = again else {
            self.shared.budget.unauthorized(auth.scheme());
            return Ok((response, drive));
        };
        set(&mut second.request, &proof);
        // Its connection is of no more use.
        drop((response, drive));
        let (response, drive) = Box::pin(send(second, self.shared, self.timing)).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.shared.budget.unauthorized(auth.scheme());
        }
        Ok((response, drive))
    }

    /// The request with its body rewritten, and the body again where the request may have to be
    /// sent twice.
    async fn take_body(
        &self,
        request: Request<WasiBody>,
    ) -> Result<(Request<WasiBody>, Option<Bytes>)> {
        let placeholders = self.shared.secrets.placeholders.as_ref();
        let twice = self.auth.is_some_and(Authenticator::may_ask_again);
        if placeholders.is_none() && !twice {
            return Ok((request, None));
        }
        let (mut parts, body) = request.into_parts();
        let rules = placeholders.map(|p| p.rules(coding(&parts.headers)));
        let taking = Outgoing::take(body, rules, &mut parts.headers);
        let taken = timeout_at(self.timing.deadline, taking).await;
        let (body, again) = taken.map_err(|_| Error::ConnectionWriteTimeout)??.split();
        Ok((Request::from_parts(parts, body), again.filter(|_| twice)))
    }

    async fn prove(&self, auth: &Authenticator, line: &Line) -> Result<Proof> {
        let fetch = self.fetch();
        let proving = Box::pin(auth.prove(line, &fetch));
        let proved = timeout_at(self.timing.deadline, proving).await;
        proved
            .unwrap_or_else(|_| Err(late()))
            .map_err(|f| self.failed(f))
    }

    async fn prove_again(
        &self,
        auth: &Authenticator,
        refused: &Proof,
        answer: &HeaderMap,
        line: &Line,
    ) -> Result<Option<Proof>> {
        let fetch = self.fetch();
        let proving = Box::pin(auth.again(refused, answer, line, &fetch));
        let proved = timeout_at(self.timing.deadline, proving).await;
        proved
            .unwrap_or_else(|_| Err(late()))
            .map_err(|f| self.failed(f))
    }

    fn fetch(&self) -> Fetch<'_> {
        Fetch {
            shared: self.shared,
            timing: self.timing,
        }
    }

    /// Records why, for the attempt; the guest learns that its request was denied.
    fn failed(&self, failure: Failure) -> Error {
        if let Failure::Problem { problem, retryable } = failure {
            let refusal = Refusal::Problem { problem, retryable };
            self.shared.budget.refuse(refusal);
        }
        Error::HttpRequestDenied
    }
}

fn late() -> Failure {
    Failure::unreachable("the authority did not answer within the time of one exchange".to_owned())
}

fn line(request: &Request<WasiBody>) -> Line {
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", PathAndQuery::as_str);
    Line {
        method: request.method().to_string(),
        target: if target.is_empty() { "/" } else { target }.to_owned(),
    }
}

fn set(request: &mut Request<WasiBody>, proof: &Proof) {
    if let Some(field) = &proof.field {
        request.headers_mut().insert(AUTHORIZATION, field.clone());
    }
}

/// The same request again.
fn copy(first: &Outbound, body: Bytes) -> Outbound {
    let mut request = Request::new(whole(body));
    request.method_mut().clone_from(first.request.method());
    request.uri_mut().clone_from(first.request.uri());
    request.headers_mut().clone_from(first.request.headers());
    Outbound {
        request,
        destination: first.destination.clone(),
        allow_private: first.allow_private,
        metered: first.metered,
    }
}
