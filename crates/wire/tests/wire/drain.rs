//! Stopping under clients that keep their connections.

use std::io::Write;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::{Clock, ManualClock, Moment, Timestamp};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::server::{Server, Settings, read_response, read_to_end, run};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LONG: Duration = Duration::from_secs(50);

#[test]
fn a_kept_alive_client_is_told_with_its_next_answer() {
    run(async {
        let server = Server::start();
        let mut clients = Vec::new();
        for _ in 0..20 {
            let mut stream = server.connect().await;
            stream.write_all(REQUEST).await.unwrap();
            assert!(!read_response(&mut stream).await.contains("connection: close"));
            clients.push(stream);
        }
        server.drain.start();
        tokio::task::yield_now().await;
        for stream in &mut clients {
            stream.write_all(REQUEST).await.unwrap();
            let answer = read_response(stream).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert!(answer.contains("connection: close"), "{answer}");
            assert!(read_to_end(stream).await.is_empty());
        }
        drop(clients);
        assert_eq!(server.drain.finish(LONG).await.cut, 0);
    });
}

#[test]
fn an_idle_connection_is_closed_after_a_quiet_while() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(REQUEST).await.unwrap();
        read_response(&mut stream).await;
        server.drain.start();
        server.let_time_pass();
        assert!(read_to_end(&mut stream).await.is_empty());
        assert_eq!(server.drain.finish(LONG).await.cut, 0);
    });
}

/// The request is there, unread, when the sweep finds that the connection has rested for long.
#[test]
fn a_request_that_meets_the_end_of_a_rest_is_answered() {
    run(async {
        let server = Server::start();
        let mut clients = Vec::new();
        for _ in 0..200 {
            let mut stream = server.connect().await;
            stream.write_all(REQUEST).await.unwrap();
            read_response(&mut stream).await;
            clients.push(stream);
        }
        server.drain.start();
        server.let_time_pass();
        // All at once: while these are read, time goes on.
        for stream in &clients {
            assert_eq!(stream.try_write(REQUEST).unwrap(), REQUEST.len());
        }
        for stream in &mut clients {
            let answer = read_response(stream).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    });
}

/// Clients send while the server looks at its clock: the kernel has their requests, and the runtime has
/// not heard of them, when the sweep finds that their connections have rested for long.
#[derive(Debug)]
struct Meanwhile {
    clock: Arc<ManualClock>,
    senders: Arc<Mutex<Vec<std::net::TcpStream>>>,
}

impl Clock for Meanwhile {
    fn moment(&self) -> Moment {
        for mut sender in self.senders.lock().unwrap().drain(..) {
            sender.write_all(REQUEST).unwrap();
        }
        self.clock.moment()
    }

    fn timestamp(&self) -> Timestamp {
        self.clock.timestamp()
    }
}

#[test]
fn a_request_that_only_the_kernel_knows_of_is_answered() {
    run(async {
        let senders = Arc::default();
        let shared = Arc::clone(&senders);
        let server = Server::start_with(Settings {
            clock: Some(Box::new(move |clock| {
                Arc::new(Meanwhile { clock: Arc::clone(clock), senders: shared })
            })),
            ..Settings::default()
        });
        let mut clients = Vec::new();
        for is_first in [true, false].repeat(10) {
            let mut stream = server.connect().await;
            if !is_first {
                stream.write_all(REQUEST).await.unwrap();
                read_response(&mut stream).await;
            }
            clients.push(stream);
        }
        server.drain.start();
        tokio::task::yield_now().await;
        server.clock.advance(LONG);
        let sender = |stream: &TcpStream| stream.as_fd().try_clone_to_owned().unwrap().into();
        *senders.lock().unwrap() = clients.iter().map(sender).collect();
        for stream in &mut clients {
            let answer = read_response(stream).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert!(answer.contains("connection: close"), "{answer}");
        }
    });
}

#[test]
fn what_is_still_busy_at_the_deadline_is_cut_and_counted() {
    run(async {
        let server = Server::start();
        let mut stream = server.connect().await;
        stream.write_all(b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        server.until(|counters| counters.open() == 1).await;
        assert_eq!(server.drain.finish(Duration::from_millis(1)).await.cut, 1);
        assert!(read_to_end(&mut stream).await.is_empty());
        assert_eq!(server.counters.open(), 0);
    });
}

#[test]
fn a_drained_listener_is_closed() {
    run(async {
        let server = Server::start();
        assert_eq!(server.drain.finish(LONG).await.cut, 0);
        assert!(tokio::net::TcpStream::connect(server.address).await.is_err());
    });
}
