//! Bodies that are never held whole.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::{Body, BodyError};

use super::{Chain, Site, raw, read_head, run, upstream};

const PIECE: usize = 64 << 10;

/// What lies in the buffers of a socket's two ends at most, and in hyper's own at four.
fn flat() -> usize {
    let most = |name: &str| -> usize {
        let sizes = std::fs::read_to_string(format!("/proc/sys/net/ipv4/{name}")).expect("sizes");
        sizes.split_whitespace().last().and_then(|size| size.parse().ok()).expect("the largest")
    };
    most("tcp_rmem") + most("tcp_wmem") + (8 << 20)
}

/// Far above [`flat`].
fn whole() -> usize {
    (3 * flat()).next_multiple_of(PIECE)
}

/// The whole, made as it is asked for.
struct Flow {
    made: Rc<Cell<usize>>,
    whole: usize,
}

impl http_body::Body for Flow {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.made.get() == self.whole {
            return Poll::Ready(None);
        }
        self.made.set(self.made.get() + PIECE);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; PIECE])))))
    }
}

#[test]
fn a_download_goes_as_fast_as_the_client_reads() {
    run(async {
        let (flat, whole) = (flat(), whole());
        let made = Rc::new(Cell::new(0));
        let flow = Rc::clone(&made);
        let site = Site::serve(move |_| {
            let made = Rc::clone(&flow);
            async move { Response::new(Body::wrap(Flow { made, whole })) }
        })
        .await;
        let mut body = Chain::to(&upstream(&[site.address])).get("/").await.into_body();
        let mut read = 0;
        while let Some(frame) = body.frame().await {
            read += frame.unwrap().into_data().unwrap().len();
            assert!(made.get() - read < flat, "made {} and read {read}", made.get());
        }
        assert_eq!(read, whole);
    });
}

#[test]
fn an_upload_goes_as_fast_as_the_upstream_reads() {
    run(async {
        let (flat, whole) = (flat(), whole());
        let made = Rc::new(Cell::new(0));
        let flow = Rc::clone(&made);
        let site = Site::serve(move |request: Request<Incoming>| {
            let made = Rc::clone(&flow);
            async move {
                let mut body = request.into_body();
                let mut read = 0;
                while let Some(frame) = body.frame().await {
                    read += frame.unwrap().into_data().unwrap().len();
                    assert!(made.get() - read < flat, "made {} and read {read}", made.get());
                }
                Response::new(Body::full(read.to_string()))
            }
        })
        .await;
        let request = Request::post("/").header("host", "a").body(Body::wrap(Flow { made, whole }));
        let response = Chain::to(&upstream(&[site.address])).send(request.unwrap()).await;
        assert_eq!(super::text(response).await, whole.to_string());
    });
}

#[test]
fn trailers_cross_both_ways() {
    run(async {
        let site = Site::serve(|request: Request<Incoming>| async move {
            assert_eq!(request.headers()["te"], "trailers");
            let whole = request.into_body().collect().await.unwrap();
            let sum = whole.trailers().expect("trailers")["x-sum"].clone();
            let mut trailers = HeaderMap::new();
            trailers.insert("x-back", sum);
            let frames = [
                Ok(Frame::data(Bytes::from_static(b"ok"))),
                Ok::<_, BodyError>(Frame::trailers(trailers)),
            ];
            let body = StreamBody::new(futures_util::stream::iter(frames));
            Response::builder().header("trailer", "x-back").body(Body::wrap(body)).unwrap()
        })
        .await;
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", "42".parse().unwrap());
        let frames = [
            Ok(Frame::data(Bytes::from_static(b"hello"))),
            Ok::<_, BodyError>(Frame::trailers(trailers)),
        ];
        let request = Request::post("/")
            .header("host", "a")
            .header("te", "trailers")
            .header("trailer", "x-sum")
            .body(Body::wrap(StreamBody::new(futures_util::stream::iter(frames))))
            .unwrap();
        let response = Chain::to(&upstream(&[site.address])).send(request).await;
        let whole = response.into_body().collect().await.unwrap();
        assert_eq!(whole.trailers().expect("trailers")["x-back"], "42");
        assert_eq!(whole.to_bytes(), "ok");
    });
}

/// An upstream that answers without end until it is left.
async fn endless(left: &Rc<Cell<bool>>) -> std::net::SocketAddr {
    let left = Rc::clone(left);
    raw(move |mut stream, _| {
        let left = Rc::clone(&left);
        async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 1024]).await.is_ok() {
                tokio::task::yield_now().await;
            }
            left.set(true);
        }
    })
    .await
}

#[test]
fn a_client_that_leaves_a_download_takes_the_upstreams_connection_along() {
    run(async {
        let left = Rc::new(Cell::new(false));
        let chain = Chain::to(&upstream(&[endless(&left).await]));
        let mut stream = TcpStream::connect(chain.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        stream.read_exact(&mut [0; 4096]).await.unwrap();
        drop(stream);
        while !left.get() {
            tokio::task::yield_now().await;
        }
        while chain.counters.open() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_client_that_leaves_an_upload_takes_the_upstreams_connection_along() {
    run(async {
        let (begun, left) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let (has_begun, is_left) = (Rc::clone(&begun), Rc::clone(&left));
        let address = raw(move |mut stream, _| {
            let (begun, left) = (Rc::clone(&has_begun), Rc::clone(&is_left));
            async move {
                let mut scrap = [0; 4096];
                while stream.read(&mut scrap).await.unwrap_or(0) > 0 {
                    begun.set(true);
                }
                left.set(true);
            }
        })
        .await;
        let chain = Chain::to(&upstream(&[address]));
        let mut stream = TcpStream::connect(chain.address).await.unwrap();
        let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbegun";
        stream.write_all(request).await.unwrap();
        while !begun.get() {
            tokio::task::yield_now().await;
        }
        drop(stream);
        while !left.get() {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_body_of_known_length_keeps_it() {
    run(async {
        let site = Site::serve(|request: Request<Incoming>| async move {
            assert_eq!(request.headers()["content-length"], (PIECE * 5).to_string());
            let read = request.into_body().collect().await.unwrap().to_bytes();
            Response::new(Body::full(read.len().to_string()))
        })
        .await;
        let request =
            Request::post("/").header("host", "a").body(Body::full(vec![b'x'; PIECE * 5]));
        let response = Chain::to(&upstream(&[site.address])).send(request.unwrap()).await;
        assert_eq!(super::text(response).await, (PIECE * 5).to_string());
    });
}

#[test]
fn both_bodies_flow_at_once() {
    run(async {
        // Answers each piece as it comes; the next is sent when the last has come back.
        let site = Site::serve(|request: Request<Incoming>| async move {
            let body = request.into_body().map_err(BodyError::from);
            Response::new(Body::wrap(body))
        })
        .await;
        let chain = Chain::to(&upstream(&[site.address]));
        let mut stream = TcpStream::connect(chain.address).await.unwrap();
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut seen = Vec::new();
        for piece in ["1\r\na\r\n", "1\r\nb\r\n", "1\r\nc\r\n", "0\r\n\r\n"] {
            stream.write_all(piece.as_bytes()).await.unwrap();
            while !seen.ends_with(piece.as_bytes()) {
                assert!(stream.read_buf(&mut seen).await.unwrap() > 0);
            }
        }
        assert!(seen.starts_with(b"HTTP/1.1 200 OK\r\n"));
    });
}
