//! Bodies that are interrupted half-way.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use super::reset_switch::ResetSwitch;

/// What happens after the first half of a body.
#[derive(Debug)]
pub(crate) enum Interruption {
    /// The connection is closed.
    Cut,
    /// The connection is reset.
    Reset(ResetSwitch),
    /// The second half follows later.
    Stall(Duration),
}

/// A body that announces its whole length, sends the first half and is then interrupted.
#[derive(Debug)]
pub(crate) struct InterruptedBody {
    first: Option<Bytes>,
    rest: Option<Bytes>,
    total: u64,
    flushed: bool,
    then: Interruption,
    stall: Option<Pin<Box<Sleep>>>,
}

impl InterruptedBody {
    pub(crate) fn new(mut whole: Bytes, then: Interruption) -> Self {
        let total = whole.len() as u64;
        let rest = whole.split_off(whole.len() / 2);
        Self {
            first: Some(whole).filter(|half| !half.is_empty()),
            rest: Some(rest),
            total,
            flushed: false,
            then,
            stall: None,
        }
    }
}

impl Body for InterruptedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let body = self.get_mut();
        if let Some(first) = body.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if !body.flushed {
            // Returning once without data lets the connection flush the first half.
            body.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        match &body.then {
            Interruption::Cut => Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
            Interruption::Reset(switch) => {
                switch.reset();
                Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
            }
            Interruption::Stall(delay) => {
                let stall = body.stall.get_or_insert_with(|| Box::pin(tokio::time::sleep(*delay)));
                ready!(stall.as_mut().poll(context));
                Poll::Ready(body.rest.take().map(|rest| Ok(Frame::data(rest))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let left = match (&self.first, &self.rest) {
            (Some(_), _) => self.total,
            (None, Some(rest)) => rest.len() as u64,
            (None, None) => 0,
        };
        SizeHint::with_exact(left)
    }
}
