//! WebSockets through the proxy.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::{Chain, error_of, raw, run, upstream};

async fn echo() -> std::net::SocketAddr {
    raw(|stream, _| async move {
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        while let Some(Ok(message)) = socket.next().await {
            if message.is_close() || socket.send(message).await.is_err() {
                return;
            }
        }
    })
    .await
}

#[test]
fn a_websocket_passes_through() {
    run(async {
        let chain = Chain::to(&upstream(&[echo().await]));
        let url = format!("ws://{}/socket", chain.address);
        let stream = TcpStream::connect(chain.address).await.unwrap();
        let (mut socket, response) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        assert_eq!(response.status(), 101);
        for size in [1, 1000, 300_000] {
            let message = Message::binary(vec![7; size]);
            socket.send(message.clone()).await.unwrap();
            assert_eq!(socket.next().await.unwrap().unwrap(), message);
        }
        let traffic = chain.proxy.upstreams.traffic();
        assert_eq!(traffic.tunnels(), 1);
        socket.close(None).await.unwrap();
        drop(socket);
        while traffic.tunnels() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_tunnel_is_cut_at_the_drain_deadline() {
    run(async {
        let chain = Chain::to(&upstream(&[echo().await]));
        let url = format!("ws://{}/socket", chain.address);
        let stream = TcpStream::connect(chain.address).await.unwrap();
        let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        socket.send(Message::text("hello")).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("hello"));
        assert_eq!(chain.drain.finish(Duration::from_millis(1)).await.cut, 1);
        assert!(!matches!(socket.next().await, Some(Ok(_))));
        while chain.proxy.upstreams.traffic().tunnels() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_silent_tunnel_is_closed() {
    run(async {
        let mut definition = upstream(&[echo().await]);
        definition.timeouts.idle = Duration::from_millis(30);
        let chain = Chain::to(&definition);
        let url = format!("ws://{}/socket", chain.address);
        let stream = TcpStream::connect(chain.address).await.unwrap();
        let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        assert!(!matches!(socket.next().await, Some(Ok(_))));
    });
}

#[test]
fn an_upgrade_nobody_asked_for_is_502() {
    run(async {
        let address = raw(|mut stream, _| async move {
            super::read_head(&mut stream).await;
            let answer =
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            let mut scrap = Vec::new();
            let _ = stream.read_to_end(&mut scrap).await;
        })
        .await;
        let chain = Chain::to(&upstream(&[address]));
        assert_eq!(error_of(&chain.get("/").await).0, 502);
    });
}
