//! Requests that the host makes for an attempt: to its authorization server. They need a grant
//! of the attempt like its own requests, and go the same checked way.

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::header::{ACCEPT, HOST, HeaderValue};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use segue_model::Problem;
use segue_model::problem::Kind;
use serde_json::Value;
use wasmtime_wasi_http::Error;

use super::client::{Client, Moment};
use crate::egress::policy::Destination;
use crate::egress::send::{Outbound, Timing, send};
use crate::egress::{Shared, random_hex};
use crate::world::clock::real_seconds;

/// The largest answer of an authorization server: configurations have a few kilobytes.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// Why a request was not authenticated.
#[derive(Debug)]
pub(in crate::egress) enum Failure {
    /// The attempt ends with this problem.
    Problem {
        problem: Box<Problem>,
        retryable: bool,
    },
    /// The budget has recorded why.
    Recorded,
}

impl Failure {
    /// What trying again does not mend.
    pub(in crate::egress) fn new(kind: Kind, detail: String) -> Self {
        Failure::Problem {
            problem: Box::new(Problem::new(kind, detail)),
            retryable: false,
        }
    }

    /// A server that cannot be reached or does not answer as it should.
    pub(in crate::egress) fn unreachable(detail: String) -> Self {
        Failure::Problem {
            problem: Box::new(Problem::new(Kind::Communication, detail)),
            retryable: true,
        }
    }
}

/// The way to an authorization server, for one exchange of an attempt.
pub(in crate::egress) struct Fetch<'a> {
    pub(in crate::egress) shared: &'a Shared,
    pub(in crate::egress) timing: &'a Timing,
}

impl Fetch<'_> {
    /// Whether the attempt may send requests there; if not, that is recorded.
    pub(super) fn granted(&self, url: &str) -> Result<(Destination, bool), Failure> {
        let uri = url.parse().ok();
        let Some(to) = uri.and_then(|uri| Destination::of(&uri).ok()) else {
            let detail = format!("the authority is no http or https URL: `{url}`");
            return Err(Failure::new(Kind::Configuration, detail));
        };
        match to.grant(&self.shared.grants.http) {
            Some(grant) => Ok((to, grant.allow_private)),
            None => {
                self.shared.budget.refuse_destination(&to);
                Err(Failure::Recorded)
            }
        }
    }

    /// The token endpoint that OpenID Connect's discovery names (OpenID Connect Discovery 1.0,
    /// section 4).
    pub(super) async fn discover(&self, client: &Client) -> Result<String, Failure> {
        let url = client.discovery_url();
        let request = Request::get(&url)
            .header(ACCEPT, "application/json")
            .body(Bytes::new());
        let (status, body) = self.send(&url, request.ok()).await?;
        let found: Option<Value> = serde_json::from_slice(&body).ok();
        let text = |name: &str| {
            found
                .as_ref()
                .and_then(|f| f.get(name))
                .and_then(Value::as_str)
        };
        let (Some(issuer), Some(endpoint), true) =
            (text("issuer"), text("token_endpoint"), status.is_success())
        else {
            return Err(Failure::unreachable(format!(
                "{url} answered with status {} and no configuration of OpenID Connect",
                status.as_u16()
            )));
        };
        let plain = |url: &str| url.trim_end_matches('/').to_owned();
        let expected = match client.issuers.is_empty() {
            true => plain(issuer) == client.authority,
            false => client.issuers.iter().any(|known| known == issuer),
        };
        if !expected {
            let detail = format!("{url} names another issuer than was asked: `{issuer}`");
            return Err(Failure::new(Kind::Authentication, detail));
        }
        if client.authority.starts_with("https://") && !endpoint.starts_with("https://") {
            let detail = format!("{url} names a token endpoint without TLS: `{endpoint}`");
            return Err(Failure::new(Kind::Authentication, detail));
        }
        Ok(endpoint.to_owned())
    }

    /// Asks for a token.
    pub(super) async fn token(
        &self,
        client: &Client,
        endpoint: &str,
    ) -> Result<(StatusCode, Bytes), Failure> {
        let moment = Moment {
            now: real_seconds(),
            id: random_hex()?,
        };
        self.send(endpoint, client.request(endpoint, &moment)).await
    }

    async fn send(
        &self,
        url: &str,
        request: Option<Request<Bytes>>,
    ) -> Result<(StatusCode, Bytes), Failure> {
        let (destination, allow_private) = self.granted(url)?;
        let failed = |why: &dyn std::fmt::Display| {
            Failure::unreachable(format!("the authority cannot be reached at {url}: {why}"))
        };
        let host = HeaderValue::from_str(&destination.host_field());
        let (Some(mut request), Ok(host)) = (request, host) else {
            let detail = format!("no token can be asked for at {url} with these credentials");
            return Err(Failure::new(Kind::Configuration, detail));
        };
        request.headers_mut().insert(HOST, host);
        let outbound = Outbound {
            request: request.map(|body| Full::new(body).map_err(Into::into).boxed_unsync()),
            destination,
            allow_private,
            metered: false,
        };
        let sent = Box::pin(send(outbound, self.shared, self.timing)).await;
        let (response, drive) = sent.map_err(|error| match error {
            Error::DestinationIpProhibited => Failure::Recorded,
            error => failed(&error),
        })?;
        let (parts, body) = response.into_parts();
        let body = Box::pin(Limited::new(body, ANSWER_BYTES_MAX).collect());
        // The connection moves only while somebody polls it, and may outlive the body.
        let body = match select(body, Box::into_pin(drive)).await {
            Either::Left((body, _)) => body,
            Either::Right((_, body)) => body.await,
        };
        let body = body.map_err(|error| failed(&error))?;
        Ok((parts.status, body.to_bytes()))
    }
}
