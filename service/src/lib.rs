//! Proving for others: devices are small, and hand proving to something bigger.
//!
//! A device or its gateway seals a witness package to the prover's key ([`envelope`]) and submits it. The package waits in a durable
//! queue ([`queue`]) until a worker leases it; the worker is a process of its own ([`worker`]), the only place where the package
//! is opened. The service verifies the proof and keeps the bundle until it is fetched ([`api`]).
//!
//! On one machine all of it is one process and a file. In a fleet the queue is on NATS servers, and any number of services and of machines that
//! only prove ([`work`]) share it.
//!
//! Nothing here reads key folders, prints, or ends the process: that is the command line's.
#![deny(missing_docs)]

pub mod api;
mod bridge;
mod bytes;
pub mod client;
mod clock;
mod ending;
pub mod envelope;
mod fleet;
pub mod job;
pub mod memory;
mod metrics;
mod pool;
pub mod queue;
mod serve;
pub mod tenant;
mod tls;
pub mod worker;

pub use bridge::Receipt;
pub use clock::{Clock, SystemClock};
pub use ending::{end_with, on_interrupt};
pub use fleet::{WorkOptions, work};
pub use pool::WorkerCommand;
pub use serve::{Address, ClientCertificates, Engine, Options, ServeError, Tls, make_private, run};
