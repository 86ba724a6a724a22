//! A connection that can be cut while it answers: before the first byte, or in the middle of the body.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// How an answer is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Not one byte of it leaves, and the connection is reset.
    Silent,
    /// Its head and that many bytes of its body leave, then the connection is closed.
    After {
        /// How many bytes of the body still leave.
        body: usize,
    },
}

/// The switch by which a request's answer cuts its own connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Switch(Arc<Mutex<Option<Cut>>>);

impl Switch {
    /// Cuts the connection from the next byte written.
    pub(super) fn cut(&self, cut: Cut) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(cut);
    }

    fn state(&self) -> Option<Cut> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listener whose connections carry a [`Switch`].
pub(super) struct SwitchedListener(pub(super) TcpListener);

/// A TCP connection with its switch.
pub(super) struct SwitchedStream {
    stream: TcpStream,
    switch: Switch,
    /// How many bytes may still leave; none while the connection is whole.
    left: Option<usize>,
}

impl Listener for SwitchedListener {
    type Io = SwitchedStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (SwitchedStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Only a matter of speed: without it small answers may wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let stream = SwitchedStream {
            stream,
            switch: Switch::default(),
            left: None,
        };
        (stream, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, SwitchedListener>> for Switch {
    fn connect_info(stream: IncomingStream<'_, SwitchedListener>) -> Self {
        stream.io().switch.clone()
    }
}

impl SwitchedStream {
    /// How many of these bytes may leave.
    fn allowance(&mut self, bytes: &[u8]) -> usize {
        if self.left.is_none() {
            self.left = match self.switch.state() {
                None => return bytes.len(),
                Some(Cut::Silent) => Some(0),
                // The whole head is in the first write, because this stream does not offer vectored writes.
                Some(Cut::After { body }) => Some(head_length(bytes) + body),
            };
        }
        self.left.map_or(0, |left| left.min(bytes.len()))
    }

    fn end(&self) -> io::Error {
        if self.switch.state() == Some(Cut::Silent) {
            // Without it the peer sees an orderly end instead of a reset; either way no answer came.
            let _ = self.stream.set_zero_linger();
        }
        io::Error::from(io::ErrorKind::ConnectionReset)
    }
}

impl AsyncWrite for SwitchedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let allowed = self.allowance(bytes);
        let Some(bytes) = bytes.get(..allowed).filter(|bytes| !bytes.is_empty()) else {
            return Poll::Ready(Err(self.end()));
        };
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let (Poll::Ready(Ok(count)), Some(left)) = (&written, &mut self.left) {
            *left = left.saturating_sub(*count);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for SwitchedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

/// The length of an answer's head, its blank line included.
fn head_length(bytes: &[u8]) -> usize {
    const BLANK_LINE: &[u8] = b"\r\n\r\n";
    bytes
        .windows(BLANK_LINE.len())
        .position(|window| window == BLANK_LINE)
        .map_or(0, |at| at + BLANK_LINE.len())
}
