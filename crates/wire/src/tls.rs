//! Certificates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem};

/// A listener's certificate, which can be replaced while it serves: connections that exist keep
/// the one they were made with.
#[derive(Debug)]
pub struct Tls {
    current: ArcSwap<ServerConfig>,
}

#[derive(Debug, thiserror::Error)]
pub enum TlsProblem {
    #[error("cannot read {what} `{}`: {reason}", path.display())]
    Unreadable { what: &'static str, path: PathBuf, reason: String },
    #[error("`{}` holds no {what}; give a PEM file with one", path.display())]
    Missing { what: &'static str, path: PathBuf },
    #[error("the key `{}` does not serve the certificate `{}`: {reason}", key.display(), certificate.display())]
    Mismatch { certificate: PathBuf, key: PathBuf, reason: rustls::Error },
}

impl Tls {
    /// Reads a certificate chain and its private key from PEM files.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsProblem> {
        Ok(Self { current: ArcSwap::from(read(certificate, key)?) })
    }

    /// Serves new connections with what the files hold now; on a problem the old ones stay.
    pub fn reload(&self, certificate: &Path, key: &Path) -> Result<(), TlsProblem> {
        self.current.store(read(certificate, key)?);
        Ok(())
    }

    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsProblem> {
    let chain = read_chain(certificate)?;
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|problem| unreadable("private key", key, problem))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|reason| TlsProblem::Mismatch {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            reason,
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsProblem> {
    let chain = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|problem| unreadable("certificate", path, problem))?;
    if chain.is_empty() {
        return Err(TlsProblem::Missing { what: "certificate", path: path.to_owned() });
    }
    Ok(chain)
}

fn unreadable(what: &'static str, path: &Path, problem: pem::Error) -> TlsProblem {
    match problem {
        pem::Error::NoItemsFound => TlsProblem::Missing { what, path: path.to_owned() },
        pem::Error::Io(problem) => {
            TlsProblem::Unreadable { what, path: path.to_owned(), reason: problem.to_string() }
        }
        other => TlsProblem::Unreadable { what, path: path.to_owned(), reason: other.to_string() },
    }
}
