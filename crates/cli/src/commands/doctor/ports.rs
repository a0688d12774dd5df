//! Whether the ports that `up` takes by default are free.

use std::net::{Ipv4Addr, TcpListener};

use super::{Finding, Status};

const PORTS: [(u16, &str, &str); 3] =
    [(3000, "api", "--port"), (4566, "aws", "--aws-port"), (4567, "admin", "--admin-port")];

pub(crate) fn look() -> Vec<Finding> {
    PORTS.iter().map(|(port, name, flag)| find(*port, name, flag)).collect()
}

fn find(port: u16, name: &str, flag: &str) -> Finding {
    let label = format!("{name} {port}");
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Finding::ok("ports", label, "free"),
        Err(error) => {
            let help =
                format!("`tidegate up {flag} 0` takes a free one; or stop what listens there");
            Finding::ok("ports", label, error.to_string()).not_ok(Status::Weak, help)
        }
    }
}
