//! Bodies that count their bytes and end at the deadline of their exchange.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use wasmtime_wasi_http::Error;

use super::budget::Budget;

/// Which way a body goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    Request,
    Response,
}

/// A body within the attempt's budget.
pub(super) struct Metered<B> {
    inner: B,
    direction: Direction,
    /// What the bytes count against.
    budget: Option<Arc<Budget>>,
    deadline: Pin<Box<Sleep>>,
    /// The longest pause between two frames, and when it ends.
    pause: Option<(Duration, Pin<Box<Sleep>>)>,
}

impl<B> Metered<B> {
    pub(super) fn new(
        inner: B,
        direction: Direction,
        budget: Option<Arc<Budget>>,
        deadline: Instant,
    ) -> Self {
        Metered {
            inner,
            direction,
            budget,
            deadline: Box::pin(sleep_until(deadline)),
            pause: None,
        }
    }

    /// Fails as well when no frame comes for that long.
    pub(super) fn with_pause(mut self, pause: Option<Duration>) -> Self {
        self.pause = pause.map(|p| (p, Box::pin(tokio::time::sleep(p))));
        self
    }

    fn too_large(&self) -> Error {
        match self.direction {
            Direction::Request => Error::HttpRequestBodySize(None),
            Direction::Response => Error::HttpResponseBodySize(None),
        }
    }

    fn poll_time(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(match self.direction {
                Direction::Request => Error::ConnectionWriteTimeout,
                Direction::Response => Error::HttpResponseTimeout,
            });
        }
        match &mut self.pause {
            Some((_, pause)) => pause
                .as_mut()
                .poll(cx)
                .map(|()| Error::ConnectionReadTimeout),
            None => Poll::Pending,
        }
    }
}

impl<B> Body for Metered<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Error>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) else {
            return self.poll_time(cx).map(|error| Some(Err(error)));
        };
        let Some(frame) = frame else {
            return Poll::Ready(None);
        };
        if let Some((span, pause)) = &mut self.pause {
            pause.as_mut().reset(Instant::now() + *span);
        }
        let frame = frame.map_err(Into::into);
        let len = match &frame {
            Ok(frame) => frame.data_ref().map_or(0, Bytes::len),
            Err(_) => 0,
        };
        if self
            .budget
            .as_ref()
            .is_none_or(|budget| budget.take_bytes(len))
        {
            Poll::Ready(Some(frame))
        } else {
            Poll::Ready(Some(Err(self.too_large())))
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
