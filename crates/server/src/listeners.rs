//! Opens the server's ports, and says which flag changes a port that is taken.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use wire::Scheme;

use crate::options::Options;
use crate::passed::Passed;
use crate::processes::Port;
use crate::start::StartError;
use crate::state::Addresses;

/// Open sockets that nobody accepts from yet.
pub(crate) struct ControlListeners {
    pub(crate) admin: TcpListener,
    pub(crate) aws: TcpListener,
}

const PORT: &str = "--port";
const ADMIN_PORT: &str = "--admin-port";
const AWS_PORT: &str = "--aws-port";

/// Finds out early, before anything is built, that a port is taken.
pub(crate) fn probe(options: &Options, passed: &Passed) -> Result<(), StartError> {
    let is_there = [&passed.api, &passed.admin, &passed.aws].map(Option::is_some);
    for ((address, flag), is_there) in addresses(options).into_iter().zip(is_there) {
        if !is_there {
            open(address, flag)?;
        }
    }
    Ok(())
}

/// What was passed decides where the API is.
pub(crate) fn follow(options: &mut Options, passed: &Passed) -> Result<(), StartError> {
    if let Some(api) = &passed.api {
        let address = api.local_addr().map_err(StartError::machine("a socket that was passed"))?;
        (options.host, options.port) = (address.ip(), address.port());
    }
    Ok(())
}

fn addresses(options: &Options) -> [(SocketAddr, &'static str); 3] {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    [
        (SocketAddr::from((options.host, options.port)), PORT),
        (local(options.admin_port), ADMIN_PORT),
        (local(options.aws_port), AWS_PORT),
    ]
}

impl ControlListeners {
    /// Those that were passed, and the rest.
    pub(crate) fn open(options: &Options, passed: &mut Passed) -> Result<Self, StartError> {
        let [_, (admin, _), (aws, _)] = addresses(options);
        let taken = |passed: Option<TcpListener>, address, flag| {
            passed.map_or_else(|| open(address, flag), Ok)
        };
        Ok(Self {
            admin: taken(passed.admin.take(), admin, ADMIN_PORT)?,
            aws: taken(passed.aws.take(), aws, AWS_PORT)?,
        })
    }

    pub(crate) fn aws_url(&self) -> Result<String, StartError> {
        url(Scheme::Http, &self.aws)
    }

    pub(crate) fn addresses(
        &self,
        api: &[TcpListener],
        is_tls: bool,
        options: &Options,
    ) -> Result<Addresses, StartError> {
        let file = options.aws_credentials.as_deref();
        let file = file.map(std::path::absolute).transpose();
        let scheme = if is_tls { Scheme::Https } else { Scheme::Http };
        Ok(Addresses {
            api: url(scheme, &api[0])?,
            admin: url(Scheme::Http, &self.admin)?,
            aws: self.aws_url()?,
            aws_credentials: file.map_err(StartError::machine("the file of keys"))?,
        })
    }
}

fn url(scheme: Scheme, listener: &TcpListener) -> Result<String, StartError> {
    let address = listener.local_addr().map_err(StartError::machine("listening address"))?;
    Ok(format!("{scheme}://{}", reachable(address)))
}

/// Chooses the API's port where any will do, so that functions can be told before it is listened on.
/// Nobody else is given it while what is returned lives.
pub(crate) fn reserve_api(options: &mut Options) -> Result<Option<Port>, StartError> {
    if options.port != 0 {
        return Ok(None);
    }
    let refused = |error| {
        let address = SocketAddr::from((options.host, 0));
        StartError::Listen { address, flag: PORT, error }
    };
    let port = Port::reserve_on(options.host).map_err(refused)?;
    options.port = port.number();
    Ok(Some(port))
}

/// Where the API will be reached.
pub(crate) fn api_url(options: &Options, is_tls: bool) -> String {
    let scheme = if is_tls { Scheme::Https } else { Scheme::Http };
    format!("{scheme}://{}", reachable(SocketAddr::from((options.host, options.port))))
}

/// One socket for each worker, on the same port; of one that was passed, one for all.
pub(crate) fn open_api(
    options: &Options,
    passed: Option<TcpListener>,
) -> Result<Vec<TcpListener>, StartError> {
    let [(api, _), ..] = addresses(options);
    let Some(passed) = passed else { return open_shared(api, options.workers) };
    let mut sockets = vec![passed];
    while sockets.len() < options.workers {
        let copy = sockets[0].try_clone();
        sockets.push(copy.map_err(StartError::machine("a socket that was passed"))?);
    }
    Ok(sockets)
}

/// Sockets that share a port. A socket that shares its port would also share it with a stranger of
/// the same user, and each would get half of the requests; so the port is first taken alone.
fn open_shared(address: SocketAddr, count: usize) -> Result<Vec<TcpListener>, StartError> {
    drop(open(address, PORT)?);
    let refused = |error| StartError::Listen { address, flag: PORT, error };
    let first = wire::bind_shared(address).map_err(refused)?;
    let address = first.local_addr().map_err(refused)?;
    let mut sockets = vec![first];
    while sockets.len() < count {
        sockets.push(wire::bind_shared(address).map_err(refused)?);
    }
    Ok(sockets)
}

fn open(address: SocketAddr, flag: &'static str) -> Result<TcpListener, StartError> {
    wire::bind(address).map_err(|error| StartError::Listen { address, flag, error })
}

/// An address that a client can be given: the unspecified one is not.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_reserved_and_then_shared() {
        for host in ["127.0.0.1", "0.0.0.0", "::1"] {
            let host: IpAddr = host.parse().unwrap();
            let port = Port::reserve_on(host).unwrap();
            let address = SocketAddr::from((host, port.number()));
            assert_eq!(open_shared(address, 3).unwrap().len(), 3);
        }
    }

    #[test]
    fn a_taken_port_names_its_flag_even_if_it_would_be_shared() {
        let sockets = open_shared("127.0.0.1:0".parse().unwrap(), 2).unwrap();
        let address = sockets[0].local_addr().unwrap();
        assert_eq!(sockets[1].local_addr().unwrap(), address);
        let refused = open_shared(address, 1).unwrap_err();
        assert_eq!(
            refused.help().as_deref(),
            Some("choose another port with --port PORT; --port 0 takes a free one")
        );
    }
}
