//! Connections that are used again, and what happens when one has died.

use std::cell::Cell;
use std::rc::Rc;

use tokio::io::AsyncWriteExt;

use super::{Chain, OK, Site, error_of, raw, read_head, run, text, upstream};

#[test]
fn a_connection_serves_many_requests() {
    run(async {
        let site = Site::saying("ok").await;
        let chain = Chain::to(&upstream(&[site.address]));
        for _ in 0..5 {
            assert_eq!(text(chain.get("/").await).await, "ok");
            assert_eq!(text(chain.post("/", "body").await).await, "ok");
        }
        assert_eq!(site.connections(), 1);
        assert_eq!(chain.proxy.upstreams.traffic().opened(), 1);
        assert_eq!(chain.proxy.upstreams.traffic().reused(), 9);
    });
}

#[test]
fn no_more_connections_are_kept_than_allowed() {
    run(async {
        let site = Site::saying("ok").await;
        let mut definition = upstream(&[site.address]);
        definition.keep_alive = 0;
        let chain = Chain::to(&definition);
        for _ in 0..3 {
            assert_eq!(text(chain.get("/").await).await, "ok");
        }
        assert_eq!(site.connections(), 3);
    });
}

#[test]
fn a_connection_closed_while_idle_is_not_used() {
    run(async {
        let address = raw(|mut stream, _| async move {
            read_head(&mut stream).await;
            stream.write_all(OK).await.unwrap();
        })
        .await;
        let chain = Chain::to(&upstream(&[address]));
        for _ in 0..3 {
            assert_eq!(text(chain.post("/", "").await).await, "ok");
        }
    });
}

/// Answers once per connection and drops the second request of the first connection unanswered.
async fn drops_second() -> std::net::SocketAddr {
    raw(|mut stream, number| async move {
        let answers = if number == 0 { 1 } else { 9 };
        for _ in 0..answers {
            if read_head(&mut stream).await.is_none() {
                return;
            }
            stream.write_all(OK).await.unwrap();
        }
        read_head(&mut stream).await;
    })
    .await
}

#[test]
fn a_safe_request_that_met_a_closing_connection_is_sent_again() {
    run(async {
        let chain = Chain::to(&upstream(&[drops_second().await]));
        for _ in 0..4 {
            assert_eq!(text(chain.get("/").await).await, "ok");
        }
        assert_eq!(chain.proxy.upstreams.traffic().opened(), 2);
    });
}

#[test]
fn an_unsafe_one_is_not() {
    run(async {
        let chain = Chain::to(&upstream(&[drops_second().await]));
        assert_eq!(text(chain.post("/", "").await).await, "ok");
        assert_eq!(error_of(&chain.post("/", "").await), (502, "closed"));
        assert_eq!(chain.proxy.upstreams.traffic().opened(), 1);
    });
}

#[test]
fn an_answer_followed_by_something_is_the_last_of_its_connection() {
    run(async {
        let address = raw(|mut stream, number| async move {
            while read_head(&mut stream).await.is_some() {
                let poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
                let answer = if number == 0 { [OK, poison].concat() } else { OK.to_vec() };
                stream.write_all(&answer).await.unwrap();
            }
        })
        .await;
        let chain = Chain::to(&upstream(&[address]));
        for _ in 0..4 {
            assert_eq!(text(chain.get("/").await).await, "ok");
        }
        assert_eq!(chain.proxy.upstreams.traffic().opened(), 2);
    });
}

#[test]
fn what_comes_while_nobody_asked_is_not_taken_for_an_answer() {
    run(async {
        let sent = Rc::new(Cell::new(false));
        let has_sent = Rc::clone(&sent);
        let address = raw(move |mut stream, number| {
            let sent = Rc::clone(&has_sent);
            async move {
                while read_head(&mut stream).await.is_some() {
                    stream.write_all(OK).await.unwrap();
                    if number == 0 {
                        let late = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate";
                        stream.write_all(late).await.unwrap();
                        sent.set(true);
                    }
                }
            }
        })
        .await;
        let chain = Chain::to(&upstream(&[address]));
        for _ in 0..4 {
            assert_eq!(text(chain.post("/", "").await).await, "ok");
            while !sent.get() {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(chain.proxy.upstreams.traffic().opened(), 2);
    });
}

#[test]
fn answers_of_every_framing_leave_a_connection_that_serves_on() {
    run(async {
        let address = raw(|mut stream, _| async move {
            let answers: [&[u8]; 4] = [
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\nA: b\r\n\r\n",
                b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
            ];
            for answer in answers {
                read_head(&mut stream).await;
                for byte in answer {
                    stream.write_all(&[*byte]).await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        })
        .await;
        let chain = Chain::to(&upstream(&[address]));
        for _ in 0..4 {
            assert_eq!(text(chain.get("/").await).await, "ok");
        }
        assert_eq!(chain.proxy.upstreams.traffic().opened(), 1);
    });
}
