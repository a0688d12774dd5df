//! Limits in real stores: Redis, Redis with TLS, a Cluster of six nodes, Valkey.

mod bad_stores;
mod conformance;
mod exactly;
mod leases;
mod ledger;
mod outages;
mod servers;
