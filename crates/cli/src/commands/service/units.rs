//! The units of systemd: a socket for each port, and the service behind them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// What the units are about.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) program: PathBuf,
    /// Of one user instead of the machine.
    pub(super) is_users: bool,
    pub(super) api: SocketAddr,
    pub(super) admin_port: u16,
    pub(super) aws_port: u16,
}

#[derive(Debug)]
pub(super) struct Unit {
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// The sockets come first: the service asks for them.
pub(super) const NAMES: [&str; 4] =
    ["tidegate-api.socket", "tidegate-admin.socket", "tidegate-aws.socket", "tidegate.service"];

pub(super) fn all(wanted: &Wanted) -> Vec<Unit> {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let [api, admin, aws, service] = NAMES;
    vec![
        Unit { name: api, text: socket("api", wanted.api) },
        Unit { name: admin, text: socket("admin", local(wanted.admin_port)) },
        Unit { name: aws, text: socket("aws", local(wanted.aws_port)) },
        Unit { name: service, text: service_of(wanted) },
    ]
}

/// One unit for each, since the name of a socket is its unit's.
fn socket(name: &str, address: SocketAddr) -> String {
    format!(
        "\
[Unit]
Description=Tidegate, {name} port

[Socket]
ListenStream={address}
FileDescriptorName={name}
Service=tidegate.service
Backlog=4096
NoDelay=yes

[Install]
WantedBy=sockets.target
"
    )
}

fn service_of(wanted: &Wanted) -> String {
    let program = wanted.program.display();
    let target = if wanted.is_users { "default.target" } else { "multi-user.target" };
    let [sockets @ .., _] = NAMES;
    let sockets = sockets.join(" ");
    let hardening = if wanted.is_users { USERS } else { MACHINES };
    format!(
        "\
[Unit]
Description=Tidegate, a serverless platform
After=network.target
Requires={sockets}

[Service]
Type=notify
ExecStart={program} serve --state %S/tidegate
ExecReload=/bin/kill -HUP $MAINPID
Sockets={sockets}
StateDirectory=tidegate
StateDirectoryMode=0700
Restart=on-failure
RestartSec=1
# What was deployed may have to be built again.
TimeoutStartSec=infinity
# Requests in flight have 30 seconds.
TimeoutStopSec=45
KillMode=mixed
LimitNOFILE=1048576
TasksMax=infinity
# Each environment of a function has a group of its own for its memory and processors.
Delegate=yes
{hardening}
[Install]
WantedBy={target}
"
    )
}

/// A user of its own, and nothing of the machine. Functions get a stricter sandbox of their own, for which
/// the server has to make namespaces and mount `/proc` anew: so neither is taken away.
const MACHINES: &str = "
DynamicUser=yes
ProtectHome=yes
PrivateTmp=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelModules=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
LockPersonality=yes
SystemCallArchitectures=native
CapabilityBoundingSet=
AmbientCapabilities=
UMask=0077
";

/// What a user's own systemd can do.
const USERS: &str = "
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
SystemCallArchitectures=native
UMask=0077
";

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, is_users: bool) -> String {
        let wanted = Wanted {
            program: "/usr/bin/tidegate".into(),
            is_users,
            api: ([0, 0, 0, 0], 80).into(),
            admin_port: 4567,
            aws_port: 4566,
        };
        all(&wanted).into_iter().find(|unit| unit.name == name).expect("a unit").text
    }

    #[test]
    fn only_the_apis_are_open_to_others() {
        assert!(text("tidegate-api.socket", false).contains("ListenStream=0.0.0.0:80\n"));
        assert!(text("tidegate-admin.socket", false).contains("ListenStream=127.0.0.1:4567\n"));
        assert!(text("tidegate-aws.socket", false).contains("ListenStream=127.0.0.1:4566\n"));
    }

    #[test]
    fn a_users_service_needs_no_root() {
        assert!(text("tidegate.service", false).contains("DynamicUser=yes"));
        assert!(text("tidegate.service", false).contains("WantedBy=multi-user.target"));
        let users = text("tidegate.service", true);
        assert!(!users.contains("DynamicUser") && users.contains("WantedBy=default.target"));
    }
}
