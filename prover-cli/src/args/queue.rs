//! What is typed to prove for others on several machines.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::ProvingArgs;

/// A queue on NATS servers, and who asks them. Secrets are in files: what is typed is seen by others.
#[derive(Args)]
#[command(group = ArgGroup::new("credentials").multiple(false).args(["queue_user", "queue_token", "queue_nkey", "queue_creds"]))]
pub(crate) struct QueueArgs {
    /// User of the NATS servers; with --queue-password
    #[arg(long, value_name = "NAME", requires = "queue_password", env = "WATTPROOF_QUEUE_USER")]
    pub(crate) queue_user: Option<String>,
    /// File with that user's password
    #[arg(long, value_name = "FILE", env = "WATTPROOF_QUEUE_PASSWORD_FILE")]
    pub(crate) queue_password: Option<PathBuf>,
    /// File with a token of the NATS servers
    #[arg(long, value_name = "FILE", env = "WATTPROOF_QUEUE_TOKEN_FILE")]
    pub(crate) queue_token: Option<PathBuf>,
    /// File with the seed of an nkey
    #[arg(long, value_name = "FILE", env = "WATTPROOF_QUEUE_NKEY_FILE")]
    pub(crate) queue_nkey: Option<PathBuf>,
    /// Credentials file: a JWT and its seed
    #[arg(long, value_name = "FILE", env = "WATTPROOF_QUEUE_CREDS_FILE")]
    pub(crate) queue_creds: Option<PathBuf>,
    /// Certificates of NATS servers to trust in place of the system's, PEM
    #[arg(long, value_name = "FILE", env = "WATTPROOF_QUEUE_CA")]
    pub(crate) queue_ca: Option<PathBuf>,
    /// Client certificate for the NATS servers, PEM
    #[arg(long, value_name = "FILE", requires = "queue_key")]
    pub(crate) queue_cert: Option<PathBuf>,
    /// Private key of that certificate, PEM
    #[arg(long, value_name = "FILE", requires = "queue_cert")]
    pub(crate) queue_key: Option<PathBuf>,
    /// Speak to NATS servers on other machines without TLS: whoever listens learns the credentials
    #[arg(long)]
    pub(crate) queue_plain: bool,
    /// First word of the names of streams and subjects: fleets of one account are told apart by it
    #[arg(long, value_name = "WORD", default_value = "wattproof")]
    pub(crate) queue_prefix: String,
    /// Servers that keep each job when the streams are made: 1, 3 or 5
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub(crate) queue_replicas: u8,
}

/// Where the jobs of `wattproof serve` wait.
#[derive(Args)]
pub(crate) struct ServeQueueArgs {
    /// NATS servers of a queue that machines share, such as tls://a.example:4222,tls://b.example:4222; without this, a file in --state
    #[arg(long, value_name = "URL", value_delimiter = ',', env = "WATTPROOF_QUEUE")]
    pub(crate) queue: Vec<String>,
    /// Take packages that gateways publish on those servers, by MQTT or NATS: the servers say who may
    #[arg(long, requires = "queue")]
    pub(crate) gateways: bool,
    #[command(flatten)]
    pub(crate) reach: QueueArgs,
}

/// `wattproof worker`.
#[derive(Args)]
pub(crate) struct FleetWorkerArgs {
    /// NATS servers of the queue, such as tls://a.example:4222,tls://b.example:4222
    #[arg(
        long,
        value_name = "URL",
        value_delimiter = ',',
        required = true,
        env = "WATTPROOF_QUEUE"
    )]
    pub(crate) queue: Vec<String>,
    #[command(flatten)]
    pub(crate) reach: QueueArgs,
    /// Folder of the keys of every circuit to prove; jobs for others are left to others
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: PathBuf,
    /// Secret key that packages are sealed to: the same for the whole fleet
    #[arg(long, value_name = "FILE")]
    pub(crate) prover_key: PathBuf,
    /// Address and port for health and metrics, which need no token here: loopback only
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Let other machines read health and metrics too
    #[arg(long, requires = "listen")]
    pub(crate) open_metrics: bool,
    /// Proofs at once, each by a process of its own
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) workers: u16,
    #[command(flatten)]
    pub(crate) proving: ProvingArgs,
}
