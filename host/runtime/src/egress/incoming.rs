//! Responses on their way in: what a server echoes of a secret does not reach the guest.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, Result, WasiBody};

use crate::secrets::{Redactor, Rewriter, Rewriting};

/// The coding that leaves bytes as they are.
const IDENTITY: &str = "identity";

/// Asks for an answer that can be read: values do not show in compressed bytes.
pub(super) fn ask_for_plain(headers: &mut HeaderMap) {
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(IDENTITY));
}

/// The content coding of a response that cannot be read, if it has one.
pub(super) fn unreadable(headers: &HeaderMap) -> Option<String> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let codings = codings.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let mut others = codings.filter(|coding| !coding.trim().eq_ignore_ascii_case(IDENTITY));
    others.next()
}

/// The response without values in its fields, its body and its trailers.
pub(super) fn redacted(response: Response<WasiBody>, redactor: &Redactor) -> Response<WasiBody> {
    let Some(rules) = redactor.rules() else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    // What is taken out changes the length.
    if !body.is_end_stream() {
        parts.headers.remove(CONTENT_LENGTH);
    }
    parts.headers = fields(&parts.headers, &rules);
    let body = Redacting {
        inner: body,
        redactor: redactor.clone(),
        rewriting: Rewriting::default(),
        last: None,
        ended: false,
    };
    Response::from_parts(parts, body.boxed_unsync())
}

/// Fields whose name holds a value are left out.
fn fields(headers: &HeaderMap, rules: &Rewriter) -> HeaderMap {
    let mut out = HeaderMap::with_capacity(headers.keys_len());
    for (name, value) in headers {
        if rules.text(name.as_str()).is_some() {
            continue;
        }
        let rewritten = rules.whole(value.as_bytes());
        let rewritten = rewritten.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
        out.append(name, rewritten.unwrap_or_else(|| value.clone()));
    }
    out
}

struct Redacting {
    inner: WasiBody,
    /// Not its rules: another request of the attempt may learn a value while this body comes.
    redactor: Redactor,
    rewriting: Rewriting,
    /// What follows the data, once that has ended.
    last: Option<Frame<Bytes>>,
    ended: bool,
}

impl Redacting {
    fn end(&mut self, last: Option<Frame<Bytes>>) -> Bytes {
        let rules = self.redactor.rules();
        self.ended = true;
        self.last = last.and_then(|frame| {
            let trailers = frame.into_trailers().ok()?;
            Some(Frame::trailers(match &rules {
                Some(rules) => fields(&trailers, rules),
                None => trailers,
            }))
        });
        self.rewriting.finish(rules.as_deref())
    }

    fn push(&mut self, data: Bytes) -> Bytes {
        match self.redactor.rules() {
            Some(rules) => self.rewriting.push(&rules, &data),
            None => data,
        }
    }
}

impl Body for Redacting {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>>>> {
        while !self.ended {
            let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) else {
                return Poll::Pending;
            };
            let data = match frame.transpose()?.map(Frame::into_data) {
                Some(Ok(data)) => self.push(data),
                Some(Err(trailers)) => self.end(Some(trailers)),
                None => self.end(None),
            };
            if !data.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
        }
        Poll::Ready(self.last.take().map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::StreamBody;

    fn redactor() -> Redactor {
        let redactor = Redactor::default();
        redactor.learn("hunter2");
        redactor
    }

    fn body(frames: Vec<Frame<Bytes>>) -> WasiBody {
        let frames = frames.into_iter().map(Ok::<_, Error>);
        StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync()
    }

    #[tokio::test]
    async fn an_echo_is_taken_out_of_fields_body_and_trailers() {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", HeaderValue::from_static("of hunter2"));
        let response = Response::builder()
            .header("x-echo", "Bearer hunter2")
            .header("x-hunter2", "1")
            .header(CONTENT_LENGTH, "17")
            .body(body(vec![
                Frame::data(Bytes::from_static(b"<hun")),
                Frame::data(Bytes::from_static(b"ter")),
                Frame::data(Bytes::from_static(b"2> hunter")),
                Frame::trailers(trailers),
            ]))
            .unwrap();
        let response = redacted(response, &redactor());
        assert_eq!(response.headers()["x-echo"], "Bearer [redacted]");
        assert_eq!(response.headers().len(), 1);
        let collected = response.into_body().collect().await.unwrap();
        assert_eq!(collected.trailers().unwrap()["x-sum"], "of [redacted]");
        assert_eq!(collected.to_bytes(), "<[redacted]> hunter");
    }

    #[tokio::test]
    async fn without_values_a_response_is_left_alone() {
        let response = Response::builder()
            .header(CONTENT_LENGTH, "1")
            .body(body(vec![Frame::data(Bytes::from_static(b"x"))]))
            .unwrap();
        let response = redacted(response, &Redactor::default());
        assert_eq!(response.headers()[CONTENT_LENGTH], "1");
    }

    #[test]
    fn a_compressed_answer_cannot_be_read() {
        let mut headers = HeaderMap::new();
        assert_eq!(unreadable(&headers), None);
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
        assert_eq!(unreadable(&headers), None);
        headers.append(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(unreadable(&headers).unwrap(), "gzip");
    }
}
