//! Which fields cross, and what is added.

use http::Request;
use http::header::HeaderMap;
use tokio::io::AsyncWriteExt;
use wire::Body;

use super::{Chain, Site, raw, read_head, run, text, upstream};

fn field<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("-", |value| value.to_str().unwrap())
}

#[test]
fn fields_of_the_clients_connection_stay_there() {
    run(async {
        let site = Site::saying("ok").await;
        let chain = Chain::to(&upstream(&[site.address]));
        let request = Request::post("/a?b=%2f")
            .header("host", "client.example")
            .header("connection", "x-private, keep-alive")
            .header("x-private", "1")
            .header("keep-alive", "timeout=5")
            .header("proxy-authorization", "Basic eA==")
            .header("proxy-connection", "keep-alive")
            .header("te", "gzip")
            .header("upgrade", "h2c")
            .header("http2-settings", "AAA")
            .header("x-kept", "yes")
            .body(Body::full("hello"))
            .unwrap();
        assert_eq!(text(chain.send(request).await).await, "ok");
        let asked = site.last();
        assert_eq!((asked.path.as_str(), asked.body.as_str()), ("/a?b=%2f", "hello"));
        assert_eq!(field(&asked.headers, "x-kept"), "yes");
        assert_eq!(field(&asked.headers, "content-length"), "5");
        assert_eq!(field(&asked.headers, "host"), site.address.to_string());
        for gone in [
            "connection",
            "x-private",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "upgrade",
            "http2-settings",
            "transfer-encoding",
        ] {
            assert_eq!(field(&asked.headers, gone), "-", "{gone}");
        }
    });
}

#[test]
fn fields_of_the_upstreams_connection_stay_there() {
    run(async {
        let address = raw(|mut stream, _| async move {
            read_head(&mut stream).await;
            let answer = b"HTTP/1.1 200 OK\r\nConnection: x-private, close\r\nX-Private: 1\r\n\
                Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n\
                X-Kept: yes\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        })
        .await;
        let response = Chain::to(&upstream(&[address])).get("/").await;
        assert_eq!(field(response.headers(), "x-kept"), "yes");
        for gone in ["connection", "x-private", "keep-alive", "proxy-authenticate", "upgrade"] {
            assert_eq!(field(response.headers(), gone), "-", "{gone}");
        }
        assert_eq!(text(response).await, "ok");
    });
}

fn claims() -> Request<Body> {
    Request::get("/")
        .header("host", "client.example")
        .header("x-forwarded-for", "203.0.113.9")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "edge.example")
        .header("x-forwarded-port", "443")
        .header("x-real-ip", "203.0.113.9")
        .header("x_forwarded_for", "203.0.113.9")
        .header("forwarded", "for=203.0.113.9")
        .body(Body::empty())
        .unwrap()
}

#[test]
fn what_an_untrusted_peer_claims_is_replaced() {
    run(async {
        let site = Site::saying("ok").await;
        Chain::to(&upstream(&[site.address])).send(claims()).await;
        let headers = site.last().headers;
        assert_eq!(field(&headers, "x-forwarded-for"), "127.0.0.1");
        assert_eq!(field(&headers, "x-forwarded-proto"), "http");
        assert_eq!(field(&headers, "x-forwarded-host"), "client.example");
        assert_eq!(field(&headers, "forwarded"), "for=127.0.0.1;host=client.example;proto=http");
        assert_eq!(field(&headers, "x-forwarded-port"), "-");
        assert_eq!(field(&headers, "x-real-ip"), "-");
        assert_eq!(field(&headers, "x_forwarded_for"), "-");
    });
}

#[test]
fn the_standard_header_is_sent_where_it_was_received() {
    run(async {
        let site = Site::saying("ok").await;
        Chain::to(&upstream(&[site.address])).get("/").await;
        let headers = site.last().headers;
        assert_eq!(field(&headers, "x-forwarded-for"), "127.0.0.1");
        assert_eq!(field(&headers, "forwarded"), "-");
    });
}

#[test]
fn what_a_trusted_proxy_says_is_kept_and_extended() {
    run(async {
        let site = Site::saying("ok").await;
        let chain = Chain::with(&upstream(&[site.address]), |proxy| {
            proxy.trusted = true;
            proxy.preserve_host = true;
        });
        chain.send(claims()).await;
        let headers = site.last().headers;
        assert_eq!(field(&headers, "host"), "client.example");
        assert_eq!(field(&headers, "x-forwarded-for"), "203.0.113.9, 127.0.0.1");
        assert_eq!(field(&headers, "x-forwarded-proto"), "https");
        assert_eq!(field(&headers, "x-forwarded-host"), "edge.example");
        let forwarded = "for=203.0.113.9, for=127.0.0.1;host=client.example;proto=http";
        assert_eq!(field(&headers, "forwarded"), forwarded);
    });
}

#[test]
fn a_base_path_comes_first_on_every_attempt() {
    run(async {
        let site = Site::saying("ok").await;
        let mut definition = upstream(&[super::refusing().await, site.address]);
        definition.retries = 1;
        for address in &mut definition.addresses {
            address.base_path = "/v1".to_owned();
        }
        let chain = Chain::to(&definition);
        for _ in 0..8 {
            assert_eq!(text(chain.get("/users?a=b").await).await, "ok");
            assert_eq!(site.last().path, "/v1/users?a=b");
        }
    });
}

#[test]
fn an_empty_post_says_so() {
    run(async {
        let site = Site::saying("ok").await;
        Chain::to(&upstream(&[site.address])).post("/", "").await;
        assert_eq!(field(&site.last().headers, "content-length"), "0");
    });
}

#[test]
fn the_version_an_upstream_speaks_stays_there() {
    run(async {
        let address = raw(|mut stream, _| async move {
            read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nold").await.unwrap();
        })
        .await;
        let response = Chain::to(&upstream(&[address])).get("/").await;
        assert_eq!(response.version(), http::Version::HTTP_11);
        assert_eq!(text(response).await, "old");
    });
}
