//! Bodies on their way through the listener: a request's must keep a pace, a response's marks the
//! end of its request when it is dropped. Sizes are the API's business, not ours.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{limits::Limits, watch::Watch};

/// A request body that fails with `TimedOut` when it comes slower than the limits allow.
///
/// A body that is already in the buffer, the usual case, is never timed at all.
pub(super) struct Paced {
    inner: Incoming,
    grace: Duration,
    pace: u64,
    received: u64,
    /// Since the first time that we had to wait.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Paced {
    pub(super) fn new(inner: Incoming, limits: &Limits) -> Self {
        let (grace, pace) = (limits.body_grace, limits.body_pace.max(1));
        Self {
            inner,
            grace,
            pace,
            received: 0,
            waiting: None,
        }
    }

    /// Ready when the body has fallen behind its pace.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let span = self.grace + Duration::from_secs_f64(self.received as f64 / self.pace as f64);
        let (began, sleep) = self.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(sleep_until(now + span)))
        });
        let due = *began + span;
        if sleep.deadline() != due {
            sleep.as_mut().reset(due);
        }
        sleep.as_mut().poll(cx)
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) else {
            ready!(this.poll_late(cx));
            let late = io::Error::new(io::ErrorKind::TimedOut, "the body came too slowly");
            return Poll::Ready(Some(Err(axum::Error::new(late))));
        };
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            this.received += data.len() as u64;
        }
        Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Keeps its connection from looking idle for as long as it lives.
pub(super) struct InFlight(Arc<Watch>);

impl InFlight {
    /// A request has begun on the connection of `watch`.
    pub(super) fn begin(watch: &Arc<Watch>) -> Self {
        watch.request_started();
        Self(Arc::clone(watch))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.request_ended();
    }
}

/// A response body that holds its request in flight until it is written or given up.
pub(super) struct Tracked {
    inner: Body,
    _request: InFlight,
}

impl Tracked {
    pub(super) fn new(inner: Body, request: InFlight) -> Self {
        Self {
            inner,
            _request: request,
        }
    }
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
