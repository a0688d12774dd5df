//! Limits in real stores: Redis, Redis with TLS, a Cluster of six nodes, Valkey.

mod bad_stores;
mod conformance;
mod exactly;
#[path = "../../../../tests/free_port.rs"]
mod free_port;
mod inspected;
mod leases;
mod ledger;
mod outages;
mod proxy;
mod servers;
mod slots;
