//! Who may ask the admin port: everybody on this machine, or who has the token.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use ring::rand::{SecureRandom, SystemRandom};

use super::refusal::Refusal;
use crate::bundle::digest_of;
use crate::start::StartError;
use crate::trouble::Trouble;

/// The token's file in the state folder, which its owner alone can read.
pub const TOKEN_FILE: &str = "admin.token";

/// What those who ask have to show.
pub(crate) enum Access {
    /// For development: the port is open on this machine only.
    Everybody,
    /// What this file holds, which is read for each request: one that was replaced is good no more.
    Token(PathBuf),
}

impl Access {
    /// Reads the token of a state folder, or makes one.
    pub(crate) fn by_token(state: &Path) -> Result<Self, StartError> {
        let path = state.join(TOKEN_FILE);
        let token = match read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path),
            other => other,
        };
        match token {
            Ok(_) => Ok(Self::Token(path)),
            Err(error) => {
                let text = format!("the admin token {}: {error}", path.display());
                Err(StartError::Trouble(Trouble::from(text)))
            }
        }
    }

    /// Whether it is well is nobody's secret: those who balance load and collect metrics ask as ever.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let Self::Token(path) = self else { return Ok(()) };
        if matches!(request.uri().path(), "/healthz" | "/readyz" | "/metrics") {
            return Ok(());
        }
        let given = request.headers().get(AUTHORIZATION).map(http::HeaderValue::as_bytes);
        let token = given.and_then(|given| given.strip_prefix(b"Bearer "));
        let detail = match (token, read(path)) {
            // By digests, so that how long it takes tells nothing about the token.
            (Some(token), Ok(own)) if digest_of(token) == digest_of(own.as_bytes()) => {
                return Ok(());
            }
            (Some(_), Ok(_)) => "this is not the server's admin token",
            (Some(_), Err(_)) => {
                "the server's admin token cannot be read; `tidegate token --rotate` makes another one"
            }
            (None, _) => {
                "the server wants its admin token, which lies in its state folder: give it in TIDEGATE_TOKEN"
            }
        };
        Err(Refusal::new(StatusCode::UNAUTHORIZED, detail))
    }
}

/// The admin token of a state folder.
pub fn token(state: &Path) -> io::Result<String> {
    read(&state.join(TOKEN_FILE))
}

/// Another admin token for a state folder: the one before is good no more, not even for a server that runs.
pub fn rotate_token(state: &Path) -> io::Result<String> {
    make(&state.join(TOKEN_FILE))
}

fn read(path: &Path) -> io::Result<String> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let text = format!("others may read it (mode {mode:03o}); take that away with chmod 600");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    let token = fs::read_to_string(path)?.trim().to_owned();
    if token.len() >= 32 {
        return Ok(token);
    }
    let text = "it has fewer than 32 characters; remove it, and the next start makes another one";
    Err(io::Error::new(io::ErrorKind::InvalidData, text))
}

/// 256 bits of chance.
fn make(path: &Path) -> io::Result<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("no random numbers"))?;
    let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let fresh = path.with_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(format!("{token}\n").as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(access: &Access, path: &str, token: Option<&str>) -> Option<StatusCode> {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(()).expect("a request");
        access.check(&request).err().map(|refusal| refusal.status())
    }

    #[test]
    fn only_who_has_the_token_may_ask() {
        let state = tempfile::tempdir().expect("a folder");
        let access = Access::by_token(state.path()).expect("a token");
        let token = fs::read_to_string(state.path().join(TOKEN_FILE)).expect("a file");
        let unauthorized = Some(StatusCode::UNAUTHORIZED);
        assert_eq!(check(&access, "/stack", None), unauthorized);
        assert_eq!(check(&access, "/stack", Some("guess")), unauthorized);
        assert_eq!(check(&access, "/stack", Some(token.trim())), None);
        assert_eq!(check(&access, "/healthz", None), None);
        assert_eq!(check(&Access::Everybody, "/stack", None), None);
        let again = Access::by_token(state.path()).expect("the same token");
        assert_eq!(check(&again, "/stack", Some(token.trim())), None);
        let other = rotate_token(state.path()).expect("another token");
        assert_eq!(check(&access, "/stack", Some(token.trim())), unauthorized);
        assert_eq!(check(&access, "/stack", Some(&other)), None);
        fs::remove_file(state.path().join(TOKEN_FILE)).expect("removed");
        assert_eq!(check(&access, "/stack", Some(&other)), unauthorized);
    }

    #[test]
    fn a_token_that_others_can_read_is_refused() {
        let state = tempfile::tempdir().expect("a folder");
        let path = state.path().join(TOKEN_FILE);
        fs::write(&path, "a".repeat(64)).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
        assert!(Access::by_token(state.path()).is_err());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        assert!(Access::by_token(state.path()).is_ok());
        fs::write(&path, "short").expect("written");
        assert!(Access::by_token(state.path()).is_err());
    }
}
