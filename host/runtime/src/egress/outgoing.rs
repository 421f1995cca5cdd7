//! Request bodies on their way out: with values in the place of placeholders, and kept where
//! the request may have to be sent again.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::{Error, Result, WasiBody};

use crate::secrets::{Coding, Rewriter, Rewriting};

/// The most of a body that is kept, to send it again or to know its length. Longer ones are
/// sent as they come.
const HELD_BYTES_MAX: usize = 1 << 20;

/// A body that is about to be sent.
pub(super) enum Outgoing {
    /// All of it is here.
    Held(Bytes),
    /// It comes while it is sent.
    Streaming(WasiBody),
}

impl Outgoing {
    /// Takes a body in: as a whole where that is short enough. Sets the length that it has
    /// now.
    pub(super) async fn take(
        body: WasiBody,
        rules: Option<&Arc<Rewriter>>,
        headers: &mut HeaderMap,
    ) -> Result<Self> {
        let had_length = headers.remove(CONTENT_LENGTH).is_some();
        match hold(body).await? {
            Gathered::Whole(bytes) => {
                let placed = rules.and_then(|rules| rules.whole(&bytes));
                let bytes = placed.map_or(bytes, Bytes::from);
                if had_length || !bytes.is_empty() {
                    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
                }
                Ok(Outgoing::Held(bytes))
            }
            Gathered::Part(body) => Ok(Outgoing::Streaming(match rules {
                Some(rules) => Placed::new(body, rules.clone()).boxed_unsync(),
                None => body.boxed_unsync(),
            })),
        }
    }

    /// The body, and another one for a second request where there is one.
    pub(super) fn split(self) -> (WasiBody, Option<Bytes>) {
        match self {
            Outgoing::Held(bytes) => (whole(bytes.clone()), Some(bytes)),
            Outgoing::Streaming(body) => (body, None),
        }
    }
}

/// A body of these bytes.
pub(super) fn whole(bytes: Bytes) -> WasiBody {
    Full::new(bytes).map_err(Into::into).boxed_unsync()
}

/// How values are written in a body of this type.
pub(super) fn coding(headers: &HeaderMap) -> Coding {
    let media = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media = media
        .and_then(|text| text.split(';').next())
        .unwrap_or("")
        .trim();
    let media = media.to_ascii_lowercase();
    if media == "application/json" || media.ends_with("+json") {
        Coding::Json
    } else if media == "application/x-www-form-urlencoded" {
        Coding::Form
    } else {
        Coding::Raw
    }
}

enum Gathered {
    Whole(Bytes),
    Part(Resumed),
}

async fn hold(mut body: WasiBody) -> Result<Gathered> {
    let mut bytes = BytesMut::new();
    while bytes.len() <= HELD_BYTES_MAX {
        let Some(frame) = body.frame().await else {
            return Ok(Gathered::Whole(bytes.freeze()));
        };
        match frame?.into_data() {
            Ok(data) => bytes.extend_from_slice(&data),
            // Trailers: nothing follows, and they have no place in a whole body.
            Err(trailers) => return Ok(Gathered::Part(Resumed::new(bytes, Some(trailers), body))),
        }
    }
    Ok(Gathered::Part(Resumed::new(bytes, None, body)))
}

/// What was gathered, and then the rest.
struct Resumed {
    before: VecDeque<Frame<Bytes>>,
    rest: WasiBody,
}

impl Resumed {
    fn new(bytes: BytesMut, frame: Option<Frame<Bytes>>, rest: WasiBody) -> Self {
        let mut before = VecDeque::from([Frame::data(bytes.freeze())]);
        before.extend(frame);
        Resumed { before, rest }
    }
}

impl Body for Resumed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>>>> {
        match self.before.pop_front() {
            Some(frame) => Poll::Ready(Some(Ok(frame))),
            None => Pin::new(&mut self.rest).poll_frame(cx),
        }
    }
}

/// A body in which values take the place of placeholders.
struct Placed {
    inner: Resumed,
    rules: Arc<Rewriter>,
    rewriting: Rewriting,
    /// What follows the data, once that has ended.
    last: Option<Frame<Bytes>>,
    ended: bool,
}

impl Placed {
    fn new(inner: Resumed, rules: Arc<Rewriter>) -> Self {
        Placed {
            inner,
            rules,
            rewriting: Rewriting::default(),
            last: None,
            ended: false,
        }
    }

    fn end(&mut self, last: Option<Frame<Bytes>>) -> Bytes {
        self.ended = true;
        self.last = last;
        self.rewriting.finish(Some(&self.rules))
    }
}

impl Body for Placed {
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
            let this = &mut *self;
            let data = match frame.transpose()?.map(Frame::into_data) {
                Some(Ok(data)) => this.rewriting.push(&this.rules, &data),
                Some(Err(trailers)) => this.end(Some(trailers)),
                None => this.end(None),
            };
            if !data.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
        }
        Poll::Ready(self.last.take().map(Ok))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::StreamBody;

    fn body(pieces: &[&[u8]]) -> WasiBody {
        let frames: Vec<Result<Frame<Bytes>>> = pieces
            .iter()
            .map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync()
    }

    fn rules() -> Arc<Rewriter> {
        let rule = (b"@key@".to_vec(), b"long value".to_vec());
        Arc::new(Rewriter::new([rule]).unwrap())
    }

    async fn taken(pieces: &[&[u8]], length: Option<usize>) -> (Outgoing, HeaderMap) {
        let mut headers = HeaderMap::new();
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        let taken = Outgoing::take(body(pieces), Some(&rules()), &mut headers).await;
        (taken.unwrap(), headers)
    }

    #[tokio::test]
    async fn a_short_body_is_rewritten_and_its_length_is_right() {
        let (outgoing, headers) = taken(&[b"a @k", b"ey@ b"], Some(9)).await;
        assert_eq!(headers[CONTENT_LENGTH], "14");
        let (body, again) = outgoing.split();
        assert_eq!(body.collect().await.unwrap().to_bytes(), "a long value b");
        assert_eq!(again.unwrap(), "a long value b");
    }

    #[tokio::test]
    async fn a_long_body_is_rewritten_while_it_is_sent() {
        let filler = vec![b'x'; HELD_BYTES_MAX];
        let (outgoing, headers) = taken(&[b"@ke", &filler, b"y@ @key", b"@"], Some(1)).await;
        assert!(!headers.contains_key(CONTENT_LENGTH));
        let (body, again) = outgoing.split();
        assert!(again.is_none() && body.size_hint().exact().is_none());
        let bytes = body.collect().await.unwrap().to_bytes();
        let mut want = b"@ke".to_vec();
        want.extend_from_slice(&filler);
        want.extend_from_slice(b"y@ long value");
        assert!(bytes == want, "{} bytes", bytes.len());
    }

    #[tokio::test]
    async fn no_body_stays_none() {
        let (outgoing, headers) = taken(&[], None).await;
        assert!(headers.is_empty());
        assert!(matches!(outgoing, Outgoing::Held(bytes) if bytes.is_empty()));
    }

    #[test]
    fn the_type_of_a_body_says_how_values_are_written() {
        for (media, want) in [
            ("application/json; charset=utf-8", Coding::Json),
            ("application/problem+JSON", Coding::Json),
            ("application/x-www-form-urlencoded", Coding::Form),
            ("text/plain", Coding::Raw),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
            assert_eq!(coding(&headers), want, "{media}");
        }
        assert_eq!(coding(&HeaderMap::new()), Coding::Raw);
    }
}
