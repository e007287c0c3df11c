//! What every queue has to keep: one suite, a bench for each implementation.
#![allow(clippy::unwrap_used)]

mod cluster;
#[path = "../nats/deployed.rs"]
mod deployed;
mod model;
mod nats;
mod permissions;
#[path = "../nats/server.rs"]
mod server;
mod sqlite;
mod suite;
