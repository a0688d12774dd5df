//! Certificates and what is negotiated over them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wire::{Timeout, Tls};

use crate::server::{Server, Settings, read_to_end, run, statuses};

struct Files {
    _folder: tempfile::TempDir,
    certificate: PathBuf,
    key: PathBuf,
    der: rustls_pki_types::CertificateDer<'static>,
}

fn files() -> Files {
    let made = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("a.crt"), folder.path().join("a.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    Files { _folder: folder, certificate, key, der: made.cert.der().clone() }
}

async fn connect(server: &Server, files: &Files, alpn: &[u8]) -> TlsStream<tokio::net::TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(files.der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let name = ServerName::try_from("a").unwrap();
    let stream = server.connect().await;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

fn serve(files: &Files) -> (Server, Arc<Tls>) {
    let tls = Arc::new(Tls::load(&files.certificate, &files.key).unwrap());
    let settings = Settings { tls: Some(Arc::clone(&tls)), ..Default::default() };
    (Server::start_with(settings), tls)
}

#[test]
fn http1_over_tls_is_guarded_too() {
    run(async {
        let files = files();
        let (server, _) = serve(&files);
        let mut stream = connect(&server, &files, b"http/1.1").await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n").await.unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        assert_eq!(statuses(&bytes), [200, 400]);
    });
}

#[test]
fn http2_is_negotiated() {
    run(async {
        let files = files();
        let (server, _) = serve(&files);
        let stream = connect(&server, &files, b"h2").await;
        let mut sender = crate::http2::handshake(stream).await;
        let answer = sender.send_request(crate::http2::request("https://a/")).await.unwrap();
        assert_eq!(answer.status(), 200);
    });
}

#[test]
fn a_certificate_is_replaced_while_serving() {
    run(async {
        let (old, new) = (files(), files());
        let (server, tls) = serve(&old);
        connect(&server, &old, b"http/1.1").await;
        tls.reload(&new.certificate, &new.key).unwrap();
        connect(&server, &new, b"http/1.1").await;
        assert!(tls.reload(&old.certificate, &new.key).is_err());
        connect(&server, &new, b"http/1.1").await;
    });
}

#[test]
fn a_silent_handshake_is_cut() {
    run(async {
        let files = files();
        let (server, _) = serve(&files);
        let mut stream = server.connect().await;
        server.until(|counters| counters.open() == 1).await;
        server.let_time_pass();
        assert!(read_to_end(&mut stream).await.is_empty());
        assert_eq!(server.counters.timeouts(Timeout::TlsHandshake).get(), 1);
    });
}

#[test]
fn a_problem_names_its_file() {
    let files = files();
    let load = |certificate: &Path, key: &Path| {
        Tls::load(certificate, key).map(drop).unwrap_err().to_string()
    };
    let missing = load(Path::new("/nowhere/a.crt"), &files.key);
    assert!(missing.starts_with("cannot read certificate `/nowhere/a.crt`: "), "{missing}");
    let swapped = load(&files.key, &files.key);
    assert!(swapped.contains("a.key` holds no certificate; give a PEM file with one"), "{swapped}");
    let keyless = load(&files.certificate, &files.certificate);
    assert!(keyless.contains("a.crt` holds no private key"), "{keyless}");
    let other = self::files();
    let mismatch = load(&files.certificate, &other.key);
    assert!(mismatch.starts_with("the key `"), "{mismatch}");
}
