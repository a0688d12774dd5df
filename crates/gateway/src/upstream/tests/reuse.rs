//! Connections that are used again, and what happens when one has died.

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
