//! Posts to an HTTP endpoint: one connection for one message, no redirects.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// AWS's bound on one attempt, connecting included.
const PATIENCE: Duration = Duration::from_secs(15);

/// The answer's status, or why there is none.
pub(super) async fn post(
    url: &str,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
) -> Result<StatusCode, String> {
    let exchange = exchange(url, headers, body);
    match tokio::time::timeout(PATIENCE, exchange).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

async fn exchange(
    url: &str,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
) -> Result<StatusCode, String> {
    let uri: Uri = url.parse().map_err(|error| format!("not a URL: {error}"))?;
    let host = uri.host().ok_or("the URL has no host")?;
    let is_tls = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stream =
        TcpStream::connect((bare, port)).await.map_err(|e| format!("no connection: {e}"))?;
    let request = request(&uri, headers, body)?;
    if !is_tls {
        return send(stream, request).await;
    }
    let name = ServerName::try_from(bare.to_owned()).map_err(|e| format!("no server name: {e}"))?;
    let connector = TlsConnector::from(trust()?);
    let stream = connector.connect(name, stream).await.map_err(|e| format!("no TLS: {e}"))?;
    send(stream, request).await
}

fn request(
    uri: &Uri,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, String> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    // A URL may carry a user and a password, which are no part of the host.
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(u, h)| (Some(u), h));
    let mut request = Request::builder().method(Method::POST).uri(path).header(HOST, host);
    request = request.header(CONTENT_LENGTH, body.len());
    if let Some(user) = user {
        use base64::Engine;
        let encoded = base64::prelude::BASE64_STANDARD.encode(user);
        request = request.header(http::header::AUTHORIZATION, format!("Basic {encoded}"));
    }
    for (name, value) in headers {
        let value =
            HeaderValue::try_from(value).map_err(|_| format!("{name} has no such value"))?;
        request = request.header(name, value);
    }
    request.body(Full::new(body)).map_err(|error| error.to_string())
}

async fn send<S>(stream: S, request: Request<Full<Bytes>>) -> Result<StatusCode, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| format!("no answer: {error}");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let mut answer = std::pin::pin!(sender.send_request(request));
    let answer = tokio::select! {
        biased;
        answer = &mut answer => answer,
        // It may have ended behind the answer, which is there then.
        _ended = connection => answer.await,
    };
    answer.map(|answer| answer.status()).map_err(failed)
}

/// The certificates this machine trusts, read once.
fn trust() -> Result<Arc<ClientConfig>, String> {
    static TRUST: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = TRUST.get() {
        return Ok(Arc::clone(config));
    }
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("this machine has no certificates to trust; install ca-certificates".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::clone(TRUST.get_or_init(|| Arc::new(config))))
}
