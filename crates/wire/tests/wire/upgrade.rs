//! Connections that become something else.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::{Server, read_response, read_to_end, run, statuses};

const UPGRADE: &str =
    "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
const ASKED: &str =
    "GET /unread HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
const LAST: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn after_101_the_guard_looks_no_more() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(UPGRADE.as_bytes()).await.unwrap();
        assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 101"));
        for message in [b"\x00\nGET / no HTTP\r\n\r\n".as_slice(), &[0xff; 700]] {
            stream.write_all(message).await.unwrap();
            let mut echo = vec![0; message.len()];
            stream.read_exact(&mut echo).await.unwrap();
            assert_eq!(echo, message);
        }
        assert_eq!(server.counters.upgraded.get(), 1);
        drop(stream);
        server.until(|counters| counters.open() == 0).await;
    });
}

#[test]
fn bytes_sent_too_early_belong_to_the_tunnel() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(format!("{UPGRADE}early\0").as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"early\0") {
            assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0);
        }
        assert_eq!(statuses(&bytes), [101]);
    });
}

#[test]
fn bytes_after_a_declined_upgrade_are_requests() {
    run(async {
        let server = Server::start();
        let both = format!("{ASKED}{LAST}");
        assert_eq!(statuses(&server.exchange(both.as_bytes()).await), [200, 200]);
        let wrong = format!("{ASKED}GET / HTTP/1.1\r\n\r\n");
        assert_eq!(statuses(&server.exchange(wrong.as_bytes()).await), [200, 400]);

        let mut stream = server.connect().await;
        stream.write_all(ASKED.as_bytes()).await.unwrap();
        assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));
        stream.write_all(LAST.as_bytes()).await.unwrap();
        assert_eq!(statuses(&read_to_end(&mut stream).await), [200]);
    });
}

#[test]
fn a_tunnel_is_cut_at_the_drain_deadline() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(UPGRADE.as_bytes()).await.unwrap();
        read_response(&mut stream).await;
        stream.write_all(b"x").await.unwrap();
        stream.read_exact(&mut [0]).await.unwrap();
        assert_eq!(server.drain.finish(std::time::Duration::from_millis(1)).await.cut, 1);
        assert!(read_to_end(&mut stream).await.is_empty());
    });
}

#[test]
fn a_connection_that_was_declined_is_still_timed() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(ASKED.as_bytes()).await.unwrap();
        assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));
        server.let_time_pass();
        assert!(read_to_end(&mut stream).await.is_empty());
        assert_eq!(server.counters.timeouts(wire::Timeout::Idle).get(), 1);
    });
}
