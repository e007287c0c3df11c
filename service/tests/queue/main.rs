//! What every queue has to keep: one suite, a bench for each implementation.
#![allow(clippy::unwrap_used)]

mod model;
mod nats;
#[path = "../nats/server.rs"]
mod server;
mod sqlite;
mod suite;
