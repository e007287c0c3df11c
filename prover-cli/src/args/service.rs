//! What is typed to prove for others, and to have others prove.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use wattproof_circuits::format::Digest;
use wattproof_service::job::{JobId, State};

use super::{JoinArgs, LedgerArgs, ProvingArgs, ServeQueueArgs};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct ServeArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ServeCommand>,
    #[command(flatten)]
    pub(crate) service: Option<ServiceArgs>,
    // These are not among the service's: clap takes optional arguments that hold others for absent.
    #[command(flatten)]
    pub(crate) queue: ServeQueueArgs,
    #[command(flatten)]
    pub(crate) proving: ProvingArgs,
}

#[derive(Subcommand)]
pub(crate) enum ServeCommand {
    /// Make the key that packages are sealed to
    Keygen {
        /// Where the secret key goes (SECRET: it opens every package)
        #[arg(short, long, value_name = "FILE")]
        out: PathBuf,
        /// Where the public key goes, for devices
        #[arg(long, value_name = "FILE")]
        public_out: PathBuf,
        /// Replace files that are there already
        #[arg(long)]
        force: bool,
    },
    /// Who may use the service
    #[command(subcommand)]
    Tenant(TenantCommand),
}

#[derive(Subcommand)]
pub(crate) enum TenantCommand {
    /// Make a token for a tenant, or list the name of its certificate; it may have several
    Add {
        /// Name: lower-case letters, digits and dashes
        tenant: String,
        /// Folder of the service
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// For metrics and status instead of jobs
        #[arg(long)]
        operator: bool,
        /// Where the token goes (SECRET)
        #[arg(short, long, value_name = "FILE", required_unless_present = "certificate")]
        out: Option<PathBuf>,
        /// No token: whoever shows a certificate of this name (DNS name, URI, or else the subject's common name) is the tenant
        #[arg(long, value_name = "NAME", conflicts_with = "out")]
        certificate: Option<String>,
    },
    /// List certificates by their names, and tokens by the beginning of their digests
    List {
        /// Of this tenant only
        tenant: Option<String>,
        /// Folder of the service
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
    },
    /// Take a token or a certificate's name back
    Revoke {
        /// Its tenant
        tenant: String,
        /// Its id, as listed
        token: String,
        /// Folder of the service
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct ServiceArgs {
    /// Folder of the service: its queue and its tokens; made if need be
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Folder of the keys of every circuit to serve
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: PathBuf,
    /// Secret key that packages are sealed to, of `wattproof serve keygen`
    #[arg(long, value_name = "FILE")]
    pub(crate) prover_key: PathBuf,
    /// Address and port; others than loopback need TLS
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8750")]
    pub(crate) listen: SocketAddr,
    /// Certificate chain, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Certificates of the authorities whose certificates clients may show in place of tokens, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) client_ca: Option<PathBuf>,
    /// Let nobody in without such a certificate, not even with a token
    #[arg(long, requires = "client_ca")]
    pub(crate) require_client_cert: bool,
    /// Listen without TLS on any address, as a proxy in front speaks TLS
    #[arg(long, conflicts_with = "tls_cert")]
    pub(crate) insecure_behind_proxy: bool,
    /// Proofs at once, each by a process of its own; 0, with --queue, leaves proving to others
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub(crate) workers: u16,
    /// Most seconds for a request's head, and for its body
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) reading_limit: u32,
    /// Most jobs that wait or are being proved; more are told to come later
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    pub(crate) room: u32,
    /// Most of one tenant
    #[arg(long, value_name = "COUNT", default_value_t = 5_000)]
    pub(crate) tenant_room: u32,
    /// Submissions a second of one tenant, on average
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// Most KiB of a package
    #[arg(long, value_name = "KIB", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) max_package: u32,
    /// Days that an unfinished job is kept
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub(crate) keep_unfinished: u32,
    /// End when standard input does
    #[arg(long, hide = true)]
    pub(crate) leashed: bool,
}

#[derive(Args)]
pub(crate) struct WorkerArgs {
    #[arg(long)]
    pub(crate) keys: PathBuf,
    #[arg(long)]
    pub(crate) prover_key: PathBuf,
    /// MiB
    #[arg(long)]
    pub(crate) memory: u32,
    #[arg(long)]
    pub(crate) cpu: Option<usize>,
}

/// How to reach a service.
#[derive(Args)]
pub(crate) struct ReachArgs {
    /// File with the tenant's token
    #[arg(long, value_name = "FILE", env = "WATTPROOF_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Certificate chain that says who asks, PEM, where the service takes certificates
    #[arg(long, value_name = "FILE", requires = "cert_key")]
    pub(crate) cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) cert_key: Option<PathBuf>,
    /// Certificates to trust in place of the system's, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Speak without TLS to another machine: whoever listens learns the token
    #[arg(long)]
    pub(crate) plain: bool,
    /// Seconds to go on trying when the service is full or cannot be reached
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) patience: u32,
}

#[derive(Args)]
#[command(group = ArgGroup::new("job").required(true).multiple(true).args(["package", "receipt"]))]
pub(crate) struct SubmitArgs {
    /// Witness package, as `wattproof device sign` writes it; keep it until the bundle is there
    #[arg(long, value_name = "FILE", requires = "to")]
    pub(crate) package: Option<PathBuf>,
    /// The service, such as https://prover.example or http://127.0.0.1:8750
    #[arg(long, value_name = "URL", requires = "package", env = "WATTPROOF_SERVICE")]
    pub(crate) to: Option<String>,
    /// The receipt: written with --package, and then nothing is waited for; without it, the job to collect
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Wait until the job has ended
    #[arg(long)]
    pub(crate) wait: bool,
    /// The prover's public key; without it the service's own word is taken
    #[arg(long, value_name = "FILE", requires = "package")]
    pub(crate) prover_key: Option<PathBuf>,
    /// Verifying key to prove for; without it the service's own key for the package's circuit
    #[arg(long, value_name = "FILE", requires = "package")]
    pub(crate) key: Option<PathBuf>,
    /// Where the bundle goes
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
    #[command(flatten)]
    pub(crate) join: JoinArgs,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}

#[derive(Subcommand)]
pub(crate) enum JobsCommand {
    /// List the newest jobs
    List {
        /// In this state only: queued, proving, done, refused, parked, cancelled or expired
        #[arg(long, value_parser = state)]
        state: Option<State>,
        /// Before this job
        #[arg(long, value_name = "JOB", value_parser = job)]
        after: Option<JobId>,
        /// This many at most
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
        #[command(flatten)]
        at: AtArgs,
    },
    /// Show one job
    Show(JobArgs),
    /// Take a job back: its package is deleted
    Cancel(JobArgs),
    /// Let a parked job be tried again
    Retry(JobArgs),
}

#[derive(Args)]
pub(crate) struct AtArgs {
    /// The service
    #[arg(long, value_name = "URL", env = "WATTPROOF_SERVICE")]
    pub(crate) at: String,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}

#[derive(Args)]
pub(crate) struct JobArgs {
    /// The job's id
    #[arg(value_parser = job)]
    pub(crate) job: JobId,
    #[command(flatten)]
    pub(crate) at: AtArgs,
}

fn state(text: &str) -> Result<State, String> {
    State::parse(text).ok_or_else(|| {
        let names: Vec<_> = State::ALL.iter().map(|state| state.name()).collect();
        format!("one of {}", names.join(", "))
    })
}

fn job(text: &str) -> Result<JobId, String> {
    Digest::parse(text).map(JobId).map_err(|_| "64 lower-case hex digits".into())
}
