//! Connections to a store, to one server or to a Cluster.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, IntoConnectionInfo, RedisError,
    TlsCertificates, Value,
};

use super::options::Options;
use super::problem::Problem;

/// A store that connections can be made to.
pub(crate) struct Target {
    /// Host and port, for people.
    pub(crate) at: String,
    pub(crate) timeout: Duration,
    connect_timeout: Duration,
    kind: Kind,
}

enum Kind {
    Server(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// A connection. Clones share it; what is sent over it is answered in order.
#[derive(Clone)]
pub(crate) enum Link {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Target {
    /// Finds out whether the store is a Cluster; asks each address until one answers.
    pub(crate) async fn find(options: &Options) -> Result<Self, Problem> {
        // The client takes the process's; whoever chose one before has chosen this one, too.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let addresses = addresses(&options.url)?;
        let certificates = certificates(options);
        let mut problem = Problem::Address("it is empty".to_owned());
        for address in &addresses {
            let server = Self::server(address.clone(), &certificates, options)?;
            match server.is_cluster().await {
                Ok(true) => return Self::cluster(server.at, addresses, certificates, options),
                Ok(false) if addresses.len() > 1 => return Err(Problem::Several { at: server.at }),
                Ok(false) => return Ok(server),
                Err(found) => problem = found,
            }
        }
        Err(problem)
    }

    fn server(
        address: ConnectionInfo,
        certificates: &Option<TlsCertificates>,
        options: &Options,
    ) -> Result<Self, Problem> {
        let at = address.addr().to_string();
        let client = match certificates {
            Some(certificates) => Client::build_with_tls(address, certificates.clone()),
            None => Client::open(address),
        };
        let client = client.map_err(|error| Problem::Address(error.to_string()))?;
        Ok(Self {
            at,
            timeout: options.timeout,
            connect_timeout: options.connect_timeout,
            kind: Kind::Server(Box::new(client)),
        })
    }

    fn cluster(
        at: String,
        addresses: Vec<ConnectionInfo>,
        certificates: Option<TlsCertificates>,
        options: &Options,
    ) -> Result<Self, Problem> {
        // The caller waits no longer than its own timeout; this one frees what the client keeps.
        let patience = options.timeout.max(Duration::from_millis(500));
        let mut builder = ClusterClientBuilder::new(addresses);
        if let Some(certificates) = certificates {
            builder = builder.certs(certificates);
        }
        let client = builder
            .connection_timeout(options.connect_timeout)
            .response_timeout(patience)
            // Follows keys to other nodes, too.
            .retries(2)
            .build()
            .map_err(|error| Problem::of(&error, &at))?;
        Ok(Self {
            at,
            timeout: options.timeout,
            connect_timeout: options.connect_timeout,
            kind: Kind::Cluster(Box::new(client)),
        })
    }

    pub(crate) fn is_a_cluster(&self) -> bool {
        matches!(self.kind, Kind::Cluster(_))
    }

    pub(crate) async fn open(&self) -> Result<Link, Problem> {
        let opened = tokio::time::timeout(2 * self.connect_timeout, async {
            match &self.kind {
                Kind::Server(client) => {
                    let config = AsyncConnectionConfig::new()
                        .set_connection_timeout(Some(self.connect_timeout))
                        .set_response_timeout(None);
                    let link = client.get_multiplexed_async_connection_with_config(&config).await;
                    link.map(Link::Server)
                }
                Kind::Cluster(client) => client.get_async_connection().await.map(Link::Cluster),
            }
        });
        match opened.await {
            Ok(link) => link.map_err(|error| Problem::of(&error, &self.at)),
            Err(_) => Err(self.silent(2 * self.connect_timeout)),
        }
    }

    pub(crate) fn silent(&self, after: Duration) -> Problem {
        Problem::Silent { at: self.at.clone(), after }
    }

    async fn is_cluster(&self) -> Result<bool, Problem> {
        let mut link = self.open().await?;
        let mut info = redis::cmd("INFO");
        info.arg("cluster");
        match self.call(&mut link, &info, self.connect_timeout).await {
            Ok(Value::BulkString(text)) => Ok(contains(&text, b"cluster_enabled:1")),
            Ok(Value::VerbatimString { text, .. }) => Ok(text.contains("cluster_enabled:1")),
            Ok(other) => {
                Err(Problem::NotRedis { at: self.at.clone(), cause: format!("{other:?}") })
            }
            // Who may not look is not told; whatever it is, it is one server to this user.
            Err(Problem::Denied { .. }) => Ok(false),
            Err(problem) => Err(problem),
        }
    }

    /// One command with a bound on the wait for its answer.
    pub(crate) async fn call(
        &self,
        link: &mut Link,
        command: &Cmd,
        patience: Duration,
    ) -> Result<Value, Problem> {
        match tokio::time::timeout(patience, link.send(command)).await {
            Ok(answer) => answer.map_err(|error| Problem::of(&error, &self.at)),
            Err(_) => Err(self.silent(patience)),
        }
    }
}

impl Link {
    pub(crate) async fn send(&mut self, command: &Cmd) -> Result<Value, RedisError> {
        let answer = match self {
            Self::Server(link) => link.req_packed_command(command),
            Self::Cluster(link) => link.req_packed_command(command),
        };
        answer.await?.extract_error()
    }
}

fn addresses(url: &str) -> Result<Vec<ConnectionInfo>, Problem> {
    let parts = url.split(',').map(str::trim).filter(|part| !part.is_empty());
    let parse = |part: &str| {
        let parsed = part.into_connection_info();
        parsed
            .map_err(|error| Problem::Address(error.detail().unwrap_or("it is no URL").to_owned()))
    };
    let addresses = parts.map(parse).collect::<Result<Vec<_>, _>>()?;
    if addresses.is_empty() {
        Err(Problem::Address("it is empty".to_owned()))
    } else {
        Ok(addresses)
    }
}

fn certificates(options: &Options) -> Option<TlsCertificates> {
    let authority = options.authority.clone()?;
    Some(TlsCertificates { client_tls: None, root_cert: Some(authority) })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
