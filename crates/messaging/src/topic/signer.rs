//! Signs what topics send, so that receivers can tell it from forgeries.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html>

use std::fmt::{self, Write as _};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use model::topic::SignatureVersion;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::rand_core::{OsRng, RngCore as _};
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use sha1::Sha1;
use sha2::{Digest, Sha256};

const BITS: usize = 2048;

/// A key and its certificate, which receivers fetch from us.
pub struct Signer {
    sha1: SigningKey<Sha1>,
    sha256: SigningKey<Sha256>,
    certificate: String,
    file: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key that signs topics' messages cannot be used: {0}")]
pub struct SignerProblem(String);

impl SignerProblem {
    pub fn of(problem: impl fmt::Display) -> Self {
        Self(problem.to_string())
    }
}

impl Signer {
    /// Makes a key, which takes a moment, and a certificate of its own. The text is for
    /// [`Signer::from_pem`]; it is a secret.
    pub fn generate() -> Result<(Self, String), SignerProblem> {
        let key = RsaPrivateKey::new(&mut OsRng, BITS).map_err(SignerProblem::of)?;
        let key = key.to_pkcs8_pem(LineEnding::LF).map_err(SignerProblem::of)?;
        let pair = rcgen::KeyPair::from_pem(&key).map_err(SignerProblem::of)?;
        let mut parameters = rcgen::CertificateParams::new(vec!["sns.amazonaws.com".to_owned()])
            .map_err(SignerProblem::of)?;
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "sns.amazonaws.com");
        let certificate = parameters.self_signed(&pair).map_err(SignerProblem::of)?.pem();
        let text = format!("{}{certificate}", key.as_str());
        Ok((Self::from_pem(&text)?, text))
    }

    pub fn from_pem(text: &str) -> Result<Self, SignerProblem> {
        let at = text.find("-----BEGIN CERTIFICATE-----");
        let (key, certificate) =
            text.split_at(at.ok_or_else(|| SignerProblem::of("no certificate"))?);
        let key = RsaPrivateKey::from_pkcs8_pem(key).map_err(SignerProblem::of)?;
        let fingerprint = format!("{:x}", Sha256::digest(certificate));
        Ok(Self {
            sha1: SigningKey::new(key.clone()),
            sha256: SigningKey::new(key),
            certificate: certificate.to_owned(),
            file: format!("SimpleNotificationService-{}.pem", &fingerprint[..32]),
        })
    }

    /// The certificate, in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The name under which receivers fetch it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// In Base64.
    pub(super) fn sign(&self, version: SignatureVersion, text: &str) -> String {
        let text = text.as_bytes();
        let signature = match version {
            SignatureVersion::Sha1 => self.sha1.sign_with_rng(&mut OsRng, text).to_vec(),
            SignatureVersion::Sha256 => self.sha256.sign_with_rng(&mut OsRng, text).to_vec(),
        };
        BASE64_STANDARD.encode(signature)
    }
}

/// 320 bits from the machine's source of randomness, in hexadecimal.
pub(super) fn token() -> String {
    let mut bytes = [0; 40];
    OsRng.fill_bytes(&mut bytes);
    bytes.iter().fold(String::with_capacity(80), |mut text, byte| {
        // Text can always be written into memory.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("file", &self.file).finish_non_exhaustive()
    }
}

/// What is signed: names and values, each on a line of its own.
pub(super) fn text_of(members: &[(&str, Option<&str>)]) -> String {
    let mut text = String::new();
    for (name, value) in members {
        let Some(value) = value else { continue };
        for part in [name, value] {
            text.push_str(part);
            text.push('\n');
        }
    }
    text
}

/// One key for all tests of a process.
#[cfg(test)]
pub(super) fn pem_for_tests() -> &'static str {
    static PEM: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    PEM.get_or_init(|| Signer::generate().expect("a key").1)
}

#[cfg(test)]
pub(super) fn for_tests() -> Signer {
    Signer::from_pem(pem_for_tests()).expect("a key")
}

#[cfg(test)]
mod tests {
    use rsa::RsaPublicKey;
    use rsa::pkcs1v15::VerifyingKey;
    use rsa::signature::Verifier;

    use super::*;

    fn verifies<D>(signer: &SigningKey<D>, signature: &str, text: &str) -> bool
    where
        D: rsa::signature::digest::Digest + rsa::pkcs8::AssociatedOid,
    {
        let key: &RsaPrivateKey = signer.as_ref();
        let key = VerifyingKey::<D>::new(RsaPublicKey::from(key));
        let bytes = BASE64_STANDARD.decode(signature).expect("Base64");
        let signature = rsa::pkcs1v15::Signature::try_from(bytes.as_slice()).expect("a signature");
        key.verify(text.as_bytes(), &signature).is_ok()
    }

    #[test]
    fn both_versions_are_verified_with_the_public_key() {
        let signer = for_tests();
        let one = signer.sign(SignatureVersion::Sha1, "text");
        assert!(verifies(&signer.sha1, &one, "text"));
        assert!(!verifies(&signer.sha1, &one, "other"));
        let two = signer.sign(SignatureVersion::Sha256, "text");
        assert!(verifies(&signer.sha256, &two, "text"));
    }

    #[test]
    fn a_key_comes_back_from_its_text_with_its_certificate() {
        let signer = for_tests();
        let again = Signer::from_pem(pem_for_tests()).expect("a key");
        assert_eq!(again.file(), signer.file());
        assert!(again.certificate().starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(Signer::from_pem("nothing").is_err());
        assert!(!format!("{signer:?}").contains("PRIVATE"));
    }

    #[test]
    fn absent_members_are_not_signed() {
        let text = text_of(&[("Message", Some("m")), ("Subject", None), ("Type", Some("t"))]);
        assert_eq!(text, "Message\nm\nType\nt\n");
    }
}
