//! Sockets that a service manager opened before it started this server, and the word to it that all is ready.
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html>

use std::ffi::OsStr;
use std::io;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use listenfd::ListenFd;
use rustix::io::{FdFlags, fcntl_setfd};

use crate::start::StartError;
use crate::trouble::Trouble;

/// Open sockets by what they are for.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    pub(crate) api: Option<TcpListener>,
    pub(crate) admin: Option<TcpListener>,
    pub(crate) aws: Option<TcpListener>,
}

const NAMES: &str = "`api`, `admin` or `aws`";

impl Passed {
    /// Takes what was passed, so that no program started from here inherits it.
    pub(crate) fn take() -> Result<Self, StartError> {
        let mut sockets = ListenFd::from_env();
        let count = sockets.len();
        let names = names(variable("LISTEN_FDNAMES").as_deref(), count);
        let mut passed = Self::default();
        for (at, name) in names.iter().enumerate() {
            let socket = sockets.take_tcp_listener(at);
            let socket = socket.map_err(StartError::machine("a socket that was passed"))?;
            let Some(socket) = socket else { continue };
            prepare(&socket).map_err(StartError::machine("a socket that was passed"))?;
            let place = match &**name {
                "api" => &mut passed.api,
                "admin" => &mut passed.admin,
                "aws" => &mut passed.aws,
                other => return Err(refused(&format!("is called `{other}`, and not {NAMES}"))),
            };
            if place.replace(socket).is_some() {
                return Err(refused(&format!("is called `{name}` like another one")));
            }
        }
        Ok(passed)
    }
}

fn refused(text: &str) -> StartError {
    let text =
        format!("a socket that the service manager passed {text}; FileDescriptorName= names it");
    StartError::Trouble(Trouble::from(text))
}

/// One that nobody named is the API's.
fn names(given: Option<&str>, count: usize) -> Vec<String> {
    let mut names: Vec<String> =
        given.map(|names| names.split(':').map(str::to_owned).collect()).unwrap_or_default();
    names.resize(count, String::new());
    let is_unnamed = |name: &str| name.is_empty() || name == "unknown" || name.ends_with(".socket");
    if let [only] = names.as_mut_slice()
        && is_unnamed(only)
    {
        "api".clone_into(only);
    }
    names
}

fn prepare(socket: &TcpListener) -> io::Result<()> {
    fcntl_setfd(socket, FdFlags::CLOEXEC)?;
    socket.set_nonblocking(true)
}

fn variable(name: &str) -> Option<String> {
    std::env::vars().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// Tells the service manager, if there is one that listens. Whether it heard changes nothing.
/// <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>
pub(crate) fn notify(state: &str) {
    let Some(to) = std::env::vars_os().find(|(name, _)| name == "NOTIFY_SOCKET") else { return };
    let _ = send(&to.1, state);
}

fn send(to: &OsStr, state: &str) -> io::Result<usize> {
    let address = match to.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(to)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_have_names() {
        for (given, count, expected) in [
            (None, 1, &["api"][..]),
            (Some("tidegate.socket"), 1, &["api"]),
            (Some("unknown"), 1, &["api"]),
            (Some("admin"), 1, &["admin"]),
            (Some("aws:api"), 2, &["aws", "api"]),
            (None, 2, &["", ""]),
            (None, 0, &[]),
        ] {
            assert_eq!(names(given, count), expected, "{given:?}");
        }
    }

    #[test]
    fn a_service_manager_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        send(path.as_os_str(), "READY=1").unwrap();
        let name = format!("tidegate-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(name.as_bytes()).unwrap();
        let hidden = UnixDatagram::bind_addr(&address).unwrap();
        send(OsStr::new(&format!("@{name}")), "READY=1").unwrap();
        for socket in [socket, hidden] {
            let mut heard = [0; 16];
            let length = socket.recv(&mut heard).unwrap();
            assert_eq!(&heard[..length], b"READY=1");
        }
    }
}
