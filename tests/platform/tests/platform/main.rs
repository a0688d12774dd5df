//! Starts the real `tidegate` on real stacks and talks to it as users, clients and attackers do.

mod airline;
mod arrows;
mod asynchronous;
mod aws_clients;
mod caches;
mod cli;
mod docs;
mod drain;
mod functions;
mod gapfind;
mod handovers;
mod hostile;
mod http;
mod keys;
mod limit_store;
mod limits;
mod patience;
mod payloads;
mod platform;
mod processes;
mod program;
mod queues;
mod redis;
mod reload;
mod sdk;
mod soak;
mod surveys;
mod throttle;
mod tls;
mod topics;
mod triggers;
mod up;
mod upstream;
mod upstreams;

use platform::TestPlatform;
