//! How many connections are let in.

use std::num::NonZeroU32;

use tokio::io::AsyncWriteExt;
use wire::TurnedAway;

use crate::server::{Server, Settings, read_response, read_to_end, run};

#[test]
fn a_client_over_its_cap_is_turned_away_until_it_lets_go() {
    run(async {
        let per_client = NonZeroU32::new(2);
        let server = Server::start_with(Settings { per_client, ..Default::default() });
        let (first, second) = (server.connect().await, server.connect().await);
        server.until(|counters| counters.open() == 2).await;
        assert!(read_to_end(&mut server.connect().await).await.is_empty());
        assert_eq!(server.counters.turned_away(TurnedAway::ClientCap).get(), 1);
        drop(first);
        server.until(|counters| counters.open() == 1).await;
        let mut again = server.connect().await;
        again.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        assert!(read_response(&mut again).await.starts_with("HTTP/1.1 200"));
        drop(second);
    });
}

#[test]
fn a_full_server_turns_everyone_away() {
    run(async {
        let in_all = NonZeroU32::new(1);
        let server = Server::start_with(Settings { in_all, ..Default::default() });
        let first = server.connect().await;
        server.until(|counters| counters.open() == 1).await;
        assert!(read_to_end(&mut server.connect().await).await.is_empty());
        assert_eq!(server.counters.turned_away(TurnedAway::ServerCap).get(), 1);
        drop(first);
    });
}
