//! Sending through `wasi:http/outgoing-handler`.

use std::time::Duration;

use super::url::Target;
use super::{HttpError, Method, Request, Response};
use crate::__private::bindings::wasi::http::outgoing_handler;
use crate::__private::bindings::wasi::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingResponse, Method as WasiMethod, OutgoingBody,
    OutgoingRequest, RequestOptions, Scheme,
};
use crate::__private::bindings::wasi::io::streams::StreamError;

/// `blocking-write-and-flush` takes no more at once (wasi:io/streams).
const WRITE_CHUNK: usize = 4096;
/// How much of a response is asked for at once.
const READ_CHUNK: u64 = 64 * 1024;

pub(super) fn send(request: Request, target: &Target) -> Result<Response, HttpError> {
    let outgoing = outgoing(&request, target)?;
    let body = outgoing
        .body()
        .map_err(|()| HttpError::Other("the request has no body".into()))?;
    let pending =
        outgoing_handler::handle(outgoing, Some(options(request.timeout)?)).map_err(failure)?;
    write(body, &request.body)?;
    pending.subscribe().block();
    let response = match pending.get() {
        Some(Ok(result)) => result.map_err(failure)?,
        _ => return Err(HttpError::Other("the host gave no response".into())),
    };
    read(response, request.max_response_bytes)
}

fn outgoing(request: &Request, target: &Target) -> Result<OutgoingRequest, HttpError> {
    let headers = Fields::new();
    for (name, value) in &request.headers {
        headers
            .append(name, value.as_bytes())
            .map_err(|error| HttpError::Request(format!("the header `{name}`: {error}")))?;
    }
    if let Some(length) = request.content_length() {
        headers
            .append("content-length", length.to_string().as_bytes())
            .map_err(|error| HttpError::Request(error.to_string()))?;
    }
    let outgoing = OutgoingRequest::new(headers);
    let scheme = if target.is_https {
        Scheme::Https
    } else {
        Scheme::Http
    };
    outgoing
        .set_method(&method(&request.method))
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(&target.authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&target.path_with_query)))
        .map_err(|()| {
            HttpError::Request(format!("`{}` is no URL that the host takes", request.url))
        })?;
    Ok(outgoing)
}

fn options(timeout: Duration) -> Result<RequestOptions, HttpError> {
    let options = RequestOptions::new();
    let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
    options
        .set_connect_timeout(Some(nanoseconds))
        .and_then(|()| options.set_first_byte_timeout(Some(nanoseconds)))
        .and_then(|()| options.set_between_bytes_timeout(Some(nanoseconds)))
        .map_err(|()| HttpError::Other("the host takes no timeouts".into()))?;
    Ok(options)
}

fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), HttpError> {
    if !bytes.is_empty() {
        let stream = body
            .write()
            .map_err(|()| HttpError::Other("the request takes no body".into()))?;
        for chunk in bytes.chunks(WRITE_CHUNK) {
            stream
                .blocking_write_and_flush(chunk)
                .map_err(|error| broken(&error))?;
        }
    }
    OutgoingBody::finish(body, None).map_err(failure)
}

fn read(response: IncomingResponse, max_bytes: usize) -> Result<Response, HttpError> {
    let status = response.status();
    let headers = response
        .headers()
        .entries()
        .into_iter()
        .map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned()))
        .collect();
    let incoming = response
        .consume()
        .map_err(|()| HttpError::Other("the response has no body".into()))?;
    let body = read_body(&incoming, max_bytes)?;
    Ok(Response {
        status,
        headers,
        body,
    })
}

fn read_body(incoming: &IncomingBody, max_bytes: usize) -> Result<Vec<u8>, HttpError> {
    let stream = incoming
        .stream()
        .map_err(|()| HttpError::Other("the body cannot be read".into()))?;
    let mut body = Vec::new();
    loop {
        match stream.blocking_read(READ_CHUNK) {
            Ok(part) => body.extend_from_slice(&part),
            Err(StreamError::Closed) => return Ok(body),
            Err(error) => return Err(broken(&error)),
        }
        if body.len() > max_bytes {
            return Err(HttpError::TooLong { max_bytes });
        }
    }
}

fn broken(error: &StreamError) -> HttpError {
    match error {
        StreamError::LastOperationFailed(error) => HttpError::Connection(error.to_debug_string()),
        StreamError::Closed => HttpError::Connection("it was closed".into()),
    }
}

fn method(method: &Method) -> WasiMethod {
    match method {
        Method::Get => WasiMethod::Get,
        Method::Head => WasiMethod::Head,
        Method::Post => WasiMethod::Post,
        Method::Put => WasiMethod::Put,
        Method::Patch => WasiMethod::Patch,
        Method::Delete => WasiMethod::Delete,
        Method::Options => WasiMethod::Options,
        Method::Other(name) => WasiMethod::Other(name.clone()),
    }
}

fn failure(code: ErrorCode) -> HttpError {
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => {
            HttpError::Denied("the operator has not granted this destination".into())
        }
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::DnsTimeout
        | ErrorCode::HttpResponseTimeout => HttpError::Timeout(named(&code)),
        ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestBodySize(_)
        | ErrorCode::HttpRequestHeaderSize(_)
        | ErrorCode::HttpRequestHeaderSectionSize(_) => HttpError::Request(named(&code)),
        ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionTerminated
        | ErrorCode::ConnectionLimitReached
        | ErrorCode::DestinationNotFound
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpUnroutable
        | ErrorCode::DnsError(_)
        | ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::TlsAlertReceived(_)
        | ErrorCode::HttpResponseIncomplete => HttpError::Connection(named(&code)),
        other => HttpError::Other(named(&other)),
    }
}

/// The code's name as WASI spells it, without the name of the type.
fn named(code: &ErrorCode) -> String {
    let text = format!("{code:?}");
    text.strip_prefix("ErrorCode::").unwrap_or(&text).to_owned()
}
