//! Each way an upstream can fail, and what is tried again.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::Body;

use super::{Chain, OK, Site, error_of, raw, read_head, refusing, run, text, upstream};

const SHORT: Duration = Duration::from_millis(30);

#[test]
fn a_refused_connection_is_503() {
    run(async {
        let chain = Chain::to(&upstream(&[refusing().await]));
        assert_eq!(error_of(&chain.get("/").await), (503, "connect"));
    });
}

#[test]
fn a_name_without_address_is_503() {
    run(async {
        let mut definition = upstream(&[refusing().await]);
        definition.addresses[0].host = "nowhere.invalid".to_owned();
        let chain = Chain::to(&definition);
        assert_eq!(error_of(&chain.get("/").await), (503, "resolve"));
    });
}

#[test]
fn a_name_is_resolved() {
    run(async {
        let site = Site::saying("ok").await;
        let mut definition = upstream(&[site.address]);
        definition.addresses[0].host = "localhost".to_owned();
        assert_eq!(text(Chain::to(&definition).get("/").await).await, "ok");
    });
}

#[test]
fn connecting_too_long_is_504() {
    run(async {
        // With a full queue the kernel drops further attempts.
        let socket =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let mut filling = Vec::new();
        while let Ok(stream) = tokio::time::timeout(SHORT, TcpStream::connect(address)).await {
            filling.push(stream.unwrap());
        }
        let mut definition = upstream(&[address]);
        definition.timeouts.connect = SHORT;
        let chain = Chain::to(&definition);
        assert_eq!(error_of(&chain.get("/").await), (504, "connect_timeout"));
    });
}

#[test]
fn no_answer_in_time_is_504() {
    run(async {
        let address = raw(|mut stream, _| async move {
            let mut scrap = Vec::new();
            let _ = stream.read_to_end(&mut scrap).await;
        })
        .await;
        let mut definition = upstream(&[address]);
        definition.timeouts.response = SHORT;
        let chain = Chain::to(&definition);
        assert_eq!(error_of(&chain.get("/").await), (504, "response_timeout"));
        assert_eq!(error_of(&chain.post("/", "body").await), (504, "response_timeout"));
    });
}

#[test]
fn an_address_that_did_not_answer_in_time_is_not_asked_again() {
    run(async {
        let asked = Rc::new(Cell::new(0));
        let count = Rc::clone(&asked);
        let address = raw(move |mut stream, _| {
            count.set(count.get() + 1);
            async move {
                let mut scrap = Vec::new();
                let _ = stream.read_to_end(&mut scrap).await;
            }
        })
        .await;
        let well = Site::saying("ok").await;
        let mut definition = upstream(&[address]);
        (definition.timeouts.response, definition.retries) = (SHORT, 2);
        assert_eq!(error_of(&Chain::to(&definition).get("/").await), (504, "response_timeout"));
        assert_eq!(asked.get(), 1);
        let mut definition = upstream(&[address, well.address]);
        (definition.timeouts.response, definition.retries) = (SHORT, 2);
        let chain = Chain::to(&definition);
        for _ in 0..10 {
            assert_eq!(text(chain.get("/").await).await, "ok");
        }
    });
}

#[test]
fn a_connection_closed_without_answer_is_502() {
    run(async {
        let address = raw(|mut stream, _| async move {
            read_head(&mut stream).await;
        })
        .await;
        let chain = Chain::to(&upstream(&[address]));
        assert_eq!(error_of(&chain.get("/").await), (502, "closed"));
    });
}

#[test]
fn an_answer_that_is_not_http_is_502() {
    run(async {
        let address = raw(|mut stream, _| async move {
            read_head(&mut stream).await;
            stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await.unwrap();
        })
        .await;
        let chain = Chain::to(&upstream(&[address]));
        assert_eq!(error_of(&chain.get("/").await), (502, "malformed"));
    });
}

#[test]
fn a_body_that_stands_still_ends_the_answer() {
    run(async {
        let address = raw(|mut stream, _| async move {
            read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart").await.unwrap();
            let mut scrap = Vec::new();
            let _ = stream.read_to_end(&mut scrap).await;
        })
        .await;
        let mut definition = upstream(&[address]);
        definition.timeouts.idle = SHORT;
        let response = Chain::to(&definition).get("/").await;
        assert_eq!(response.status(), 200);
        assert!(response.into_body().collect().await.is_err());
    });
}

/// Closes after reading a head, and counts how often.
async fn closing(asked: &Rc<Cell<u32>>) -> std::net::SocketAddr {
    let asked = Rc::clone(asked);
    raw(move |mut stream, _| {
        let asked = Rc::clone(&asked);
        async move {
            if read_head(&mut stream).await.is_some() {
                asked.set(asked.get() + 1);
            }
        }
    })
    .await
}

#[test]
fn a_safe_request_is_tried_as_often_as_allowed() {
    run(async {
        let asked = Rc::new(Cell::new(0));
        let mut definition = upstream(&[closing(&asked).await]);
        definition.retries = 2;
        let chain = Chain::to(&definition);
        assert_eq!(error_of(&chain.get("/").await), (502, "closed"));
        assert_eq!(asked.get(), 3);
        assert_eq!(error_of(&chain.post("/", "").await), (502, "closed"));
        assert_eq!(asked.get(), 4);
    });
}

#[test]
fn what_was_never_sent_is_tried_elsewhere_whatever_it_is() {
    run(async {
        let site = Site::saying("ok").await;
        let mut definition = upstream(&[refusing().await, site.address]);
        definition.retries = 1;
        let chain = Chain::to(&definition);
        for _ in 0..10 {
            assert_eq!(text(chain.post("/", "body").await).await, "ok");
            assert_eq!(site.last().body, "body");
        }
    });
}

#[test]
fn nothing_is_tried_again_after_the_head_of_an_answer() {
    run(async {
        let asked = Rc::new(Cell::new(0));
        let counted = Rc::clone(&asked);
        let address = raw(move |mut stream, _| {
            let asked = Rc::clone(&counted);
            async move {
                read_head(&mut stream).await;
                asked.set(asked.get() + 1);
                let part = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart";
                stream.write_all(part).await.unwrap();
            }
        })
        .await;
        let mut definition = upstream(&[address]);
        definition.retries = 5;
        let request = Request::get("/").header("host", "a").body(Body::empty()).unwrap();
        let answer = Chain::to(&definition).connect().await.send_request(request).await;
        // The head may be on its way to the client or not; the whole answer never is.
        let is_whole = match answer {
            Ok(response) => response.into_body().collect().await.is_ok(),
            Err(_) => false,
        };
        assert!(!is_whole);
        assert_eq!(asked.get(), 1);
    });
}

#[test]
fn a_clients_broken_body_is_the_clients_fault() {
    run(async {
        let site = Site::saying("ok").await;
        let mut definition = upstream(&[site.address]);
        definition.max_failures = 1;
        let chain = Chain::to(&definition);
        let mut stream = TcpStream::connect(chain.address).await.unwrap();
        let request = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert_eq!(chain.proxy.upstreams.traffic().ejected(), 0);
    });
}

#[test]
fn an_answer_before_the_whole_request_is_passed_on() {
    run(async {
        let address = raw(|mut stream, _| async move {
            let mut scrap = [0; 64];
            let _ = stream.read(&mut scrap).await;
            stream.write_all(OK).await.unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        })
        .await;
        let chain = Chain::to(&upstream(&[address]));
        let mut stream = TcpStream::connect(chain.address).await.unwrap();
        let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nbegun";
        stream.write_all(request).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
    });
}

#[test]
fn no_answer_within_the_routes_time_is_504_and_nobodys_fault() {
    run(async {
        let address = raw(|mut stream, _| async move {
            let mut scrap = Vec::new();
            let _ = stream.read_to_end(&mut scrap).await;
        })
        .await;
        let mut definition = upstream(&[address]);
        definition.max_failures = 1;
        definition.retries = 3;
        let chain = Chain::with(&definition, |proxy| proxy.patience = SHORT);
        assert_eq!(error_of(&chain.get("/").await), (504, "deadline"));
        assert_eq!(error_of(&chain.post("/", "body").await), (504, "deadline"));
        let traffic = chain.proxy.upstreams.traffic();
        assert_eq!((traffic.ejected(), traffic.retried()), (0, 0));
    });
}

#[test]
fn an_answer_that_could_be_read_in_two_ways_is_502() {
    run(async {
        let address = raw(|mut stream, _| async move {
            read_head(&mut stream).await;
            let answer =
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n\
                2\r\nok\r\n0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        })
        .await;
        let chain = Chain::to(&upstream(&[address]));
        assert_eq!(error_of(&chain.get("/").await), (502, "malformed"));
    });
}
