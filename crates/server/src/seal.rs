//! Seals secrets with a key in the state folder, which its owner alone can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

use crate::start::StartError;
use crate::trouble::Trouble;

const KEY_BYTES: usize = 32;

/// AES-256-GCM with a random nonce for each secret. The owner's name is authenticated with it, so
/// that a secret cannot be passed off as another one's.
pub(crate) struct Sealing {
    key: LessSafeKey,
    random: SystemRandom,
}

impl Sealing {
    /// Reads the key of a state folder, or makes one.
    pub(crate) fn open(state: &Path) -> Result<Self, StartError> {
        let path = state.join("secrets.key");
        let key = match read(&path) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(&path).map_err(|error| trouble(&path, &error))?
            }
            Err(error) => return Err(trouble(&path, &error)),
        };
        let key = UnboundKey::new(&AES_256_GCM, &key).expect("the key has the cipher's length");
        Ok(Self { key: LessSafeKey::new(key), random: SystemRandom::new() })
    }
}

fn trouble(path: &Path, error: &io::Error) -> StartError {
    let text = format!("the key of secret parameters, {}: {error}", path.display());
    StartError::Trouble(Trouble::from(text))
}

fn read(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        let mode = mode & 0o777;
        let problem =
            format!("others may read it (mode {mode:03o}); take that away with chmod 600");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
    }
    let mut key = Vec::new();
    File::open(path)?.read_to_end(&mut key)?;
    key.try_into().map_err(|_| {
        let problem = "it does not have 32 bytes; put its backup in place, or remove it together \
                       with the secrets";
        io::Error::new(io::ErrorKind::InvalidData, problem)
    })
}

/// Kept durably before anything is sealed with it.
fn make(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut key).map_err(|_| io::Error::other("no random numbers"))?;
    let fresh = path.with_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()?;
    Ok(key)
}

impl aws::Seal for Sealing {
    fn seal(&self, secret: &str, owner: &str) -> String {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).expect("the system has random numbers");
        let mut sealed = secret.as_bytes().to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        let owner = Aad::from(owner.as_bytes());
        let done = self.key.seal_in_place_append_tag(unique, owner, &mut sealed);
        done.expect("a secret is shorter than the cipher's bound");
        BASE64_STANDARD.encode([&nonce[..], &sealed].concat())
    }

    fn open(&self, sealed: &str, owner: &str) -> Option<String> {
        let bytes = BASE64_STANDARD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let secret =
            self.key.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut sealed).ok()?;
        String::from_utf8(secret.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use aws::Seal;

    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_after_a_restart() {
        let state = tempfile::tempdir().expect("a folder");
        let sealing = Sealing::open(state.path()).expect("a key");
        let sealed = sealing.seal("p@ss wörd", "/db/password");
        assert_ne!(sealing.seal("p@ss wörd", "/db/password"), sealed);
        let again = Sealing::open(state.path()).expect("the same key");
        assert_eq!(again.open(&sealed, "/db/password").as_deref(), Some("p@ss wörd"));
        assert_eq!(again.open(&sealed, "/db/other"), None);
        assert_eq!(again.open("", "/db/password"), None);
        let mode = fs::metadata(state.path().join("secrets.key")).expect("a file").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_cut_is_refused() {
        let state = tempfile::tempdir().expect("a folder");
        Sealing::open(state.path()).expect("a key");
        let path = state.path().join("secrets.key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
        assert!(Sealing::open(state.path()).is_err());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        fs::write(&path, "short").expect("written");
        assert!(Sealing::open(state.path()).is_err());
    }
}
