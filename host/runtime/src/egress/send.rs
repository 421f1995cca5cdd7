//! One exchange: connect, send, and hand back a response whose body is still within the
//! budget. Redirects are answers like any other: nobody follows them here.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use http::Request;
use http::uri::PathAndQuery;
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use tokio::time::{Instant, timeout_at};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody};

use super::body::{Direction, Metered};
use super::dial::connect;
use super::policy::Destination;
use super::{Exchange, Shared};

/// The most bytes of a response's header section that are buffered.
const RESPONSE_HEADER_BYTES_MAX: usize = 64 << 10;
/// The most header fields of a response.
const RESPONSE_HEADERS_MAX: usize = 128;

/// A request that may be sent, and where to.
pub(super) struct Outbound {
    pub(super) request: Request<WasiBody>,
    pub(super) destination: Destination,
    pub(super) allow_private: bool,
    /// Whether its bytes count against the attempt's budget: the guest's do.
    pub(super) metered: bool,
}

/// When an exchange has to be over, whatever it consists of.
pub(super) struct Timing {
    pub(super) deadline: Instant,
    options: RequestOptions,
}

impl Timing {
    pub(super) fn new(time: Duration, options: RequestOptions) -> Self {
        Timing {
            deadline: Instant::now() + time,
            options,
        }
    }

    /// The deadline, or an earlier one that the guest wished for.
    fn until(&self, wish: Option<Duration>) -> Instant {
        let wish = wish.map(|wish| Instant::now() + wish);
        wish.map_or(self.deadline, |wish| wish.min(self.deadline))
    }
}

/// Sends a checked request. Every wait ends with the exchange's deadline or, where the
/// guest set shorter ones, with those.
pub(super) async fn send(
    mut outbound: Outbound,
    shared: &Shared,
    timing: &Timing,
) -> Result<Exchange> {
    let deadline = timing.deadline;
    let connecting = connect(
        &outbound.destination,
        outbound.allow_private,
        &shared.network,
        &shared.budget,
    );
    let stream = timeout_at(timing.until(timing.options.connect_timeout), connecting)
        .await
        .map_err(|_| Error::ConnectionTimeout)??;
    let mut builder = http1::Builder::new();
    builder
        .max_buf_size(RESPONSE_HEADER_BYTES_MAX)
        .max_headers(RESPONSE_HEADERS_MAX);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await?;

    to_origin_form(&mut outbound.request)?;
    let budget = outbound.metered.then(|| shared.budget.clone());
    let request = outbound
        .request
        .map(|body| Metered::new(body, Direction::Request, budget.clone(), deadline));
    let until = timing.until(timing.options.first_byte_timeout);
    let mut connection = Some(Box::pin(connection));
    let exchange = drive_until_answer(sender.send_request(request), &mut connection);
    let answered = timeout_at(until, exchange);
    let response = answered.await.map_err(|_| Error::HttpResponseTimeout)??;
    let response = response.map(|body| {
        Metered::new(body, Direction::Response, budget, deadline)
            .with_pause(timing.options.between_bytes_timeout)
            .boxed_unsync()
    });
    let drive = async move {
        match connection {
            Some(connection) => connection.await.map_err(Error::from),
            None => Ok(()),
        }
    };
    Ok((response, Box::new(drive)))
}

/// Waits for the response while moving the connection, which goes only while somebody
/// polls it. A connection that ended is taken out.
async fn drive_until_answer<R>(
    answer: impl Future<Output = hyper::Result<R>>,
    connection: &mut Option<Pin<Box<impl Future<Output = hyper::Result<()>>>>>,
) -> Result<R> {
    let mut answer = pin!(answer);
    poll_fn(|cx| {
        if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
            return Poll::Ready(answer.map_err(body_error));
        }
        let Some(Poll::Ready(end)) = connection.as_mut().map(|c| c.as_mut().poll(cx)) else {
            return Poll::Pending;
        };
        *connection = None;
        // A short response and the end of the connection may come in one go.
        if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
            return Poll::Ready(answer.map_err(body_error));
        }
        let error = end.err().map_or(Error::HttpResponseIncomplete, body_error);
        Poll::Ready(Err(error))
    })
    .await
}

/// An error of a metered body comes back wrapped in hyper's: unwrap it.
fn body_error(error: hyper::Error) -> Error {
    use std::error::Error as _;
    let cause = error.source().and_then(|s| s.downcast_ref::<Error>());
    match cause {
        Some(Error::HttpRequestBodySize(size)) => Error::HttpRequestBodySize(*size),
        Some(Error::ConnectionWriteTimeout) => Error::ConnectionWriteTimeout,
        _ => Error::from(error),
    }
}

/// Only path and query go on the wire (RFC 9112, section 3.2.1).
fn to_origin_form(request: &mut Request<WasiBody>) -> Result<()> {
    let uri = request.uri();
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };
    *request.uri_mut() = path.parse().map_err(|_| Error::HttpRequestUriInvalid)?;
    Ok(())
}
