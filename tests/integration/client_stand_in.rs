//! A stand-in of the API that does what it is told, request by request, down to bytes no API would send.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the stand-in of the API does with one request.
pub(crate) enum Act {
    /// Answers with these bytes and closes the connection.
    Say(Vec<u8>),
    /// Closes the connection without a word.
    HangUp,
    /// Reads and never answers.
    Brood,
}

/// The requests that the stand-in has seen, as they came.
pub(crate) type Seen = Arc<Mutex<Vec<String>>>;

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Act {
    let length = body.len();
    Act::Say(
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
            .into_bytes(),
    )
}

/// A stand-in that does one act for each request, in order.
pub(crate) async fn stand_in(acts: Vec<Act>) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, play(listener, acts))
}

pub(crate) fn play(listener: TcpListener, acts: Vec<Act>) -> Seen {
    let seen = Seen::default();
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        let mut brooding = Vec::new();
        for act in acts {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = read(&mut stream).await;
            log.lock().unwrap().push(request);
            match act {
                // The client may have hung up on a long answer by then.
                Act::Say(bytes) => drop(stream.write_all(&bytes).await),
                Act::HangUp => drop(stream),
                Act::Brood => brooding.push(stream),
            }
        }
        std::future::pending::<()>().await;
    });
    seen
}

/// A request to its end.
async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "{text}");
    }
}
