//! What can be typed. Doc comments here are the help texts.

mod aggregate;
mod ceremony;
mod convert;
mod device;
mod disclosures;
mod export;
mod fleet;
mod proving;
mod queue;
mod registry;
mod service;
mod snarkjs;
mod verifier;

pub(crate) use aggregate::{AggregateCommand, JoinArgs, MaskKeyArgs, OpenArgs, RosterArgs};
pub(crate) use ceremony::{
    AuditArgs, BeaconArgs, CeremonyCommand, CeremonyInitArgs, CeremonyKeygenArgs, CeremonySignArgs,
    ContributeArgs, FinishArgs, GroundArgs, JudgeArgs, SignersArgs,
};
pub(crate) use convert::{CsvArgs, FormatArg, RegisterArgs, RoundArg};
pub(crate) use device::{AttestArgs, ProvisionArgs, RunArgs};
pub(crate) use disclosures::{Bits, DisclosuresCommand, LedgerArgs};
pub(crate) use export::{ExportCommand, SolidityArgs};
pub(crate) use fleet::{FleetCommand, ModelArgs, ProfileArg, SimulateArgs, TrialArgs};
pub(crate) use proving::{LogFormat, ProvingArgs};
pub(crate) use queue::{FleetWorkerArgs, QueueArgs, ServeQueueArgs};
pub(crate) use registry::{
    AddArgs, CheckRegistryArgs, EnrolArgs, InitArgs, RegistryCommand, RotateArgs, RotateKeyArgs,
    VouchArgs,
};
pub(crate) use service::{
    AtArgs, JobsCommand, ReachArgs, ServeArgs, ServeCommand, ServiceArgs, SubmitArgs,
    TenantCommand, WorkerArgs,
};
pub(crate) use snarkjs::{
    AdoptArgs, CircuitArgs, KeyArgs, ProofArgs, SnarkjsCommand, SnarkjsProveArgs,
    SnarkjsVerifyArgs, WitnessArgs, ZkeyArgs,
};
pub(crate) use verifier::{InspectArgs, ProfileCommand, ProfileNewArgs, VerifyArgs};

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};
use clap_complete::Shell;
use wattproof_circuits::hash::F;
use wattproof_circuits::l3::Algorithm;

/// Prove that meter readings meet a policy, and show nothing else.
///
/// A file named - is standard input or output. Exit codes: 0 done or verified, 1 refused, 2 error.
#[derive(Parser)]
#[command(name = "wattproof", version, propagate_version = true)]
pub(crate) struct Cli {
    /// Print one JSON document on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print nothing but answers, warnings and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Read a meter file (Green Button or CSV) into contiguous readings
    Import(ImportArgs),
    /// The device: its key, and what it signs
    #[command(subcommand)]
    Device(DeviceCommand),
    /// The registry of enrolled meters
    #[command(subcommand)]
    Registry(RegistryCommand),
    /// Policies: what they say, and whether readings meet them
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Make DEVELOPMENT keys for a policy's circuit: whoever makes them can forge proofs
    Setup(SetupArgs),
    /// Make keys for a policy's circuit with others: sound if one of them was honest
    #[command(subcommand)]
    Ceremony(CeremonyCommand),
    /// Prove a witness package
    Prove(ProveArgs),
    /// Prove for others: a service that takes sealed packages and gives back bundles
    Serve(Box<ServeArgs>),
    /// Prove for a fleet: take jobs from the queue that services share
    Worker(FleetWorkerArgs),
    /// Have a package proved by a service, which sees the readings
    Submit(SubmitArgs),
    /// Packages that a service has
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Fleets of meters, and what proves for them
    #[command(subcommand)]
    Fleet(FleetCommand),
    /// One process that proves for `wattproof serve` or `wattproof worker`, on its standard streams
    #[command(hide = true)]
    ProveWorker(WorkerArgs),
    /// Verify a proof bundle against a profile
    Verify(VerifyArgs),
    /// What a verifier expects of a claim
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Sums of many members' hidden outputs, and of none of them alone
    #[command(subcommand)]
    Aggregate(AggregateCommand),
    /// The owner's ledger of what proofs told
    #[command(subcommand)]
    Disclosures(DisclosuresCommand),
    /// Circuits, witnesses, keys and proofs as circom's and snarkjs's tools have them
    #[command(subcommand)]
    Snarkjs(SnarkjsCommand),
    /// Verifying keys as contracts
    #[command(subcommand)]
    Export(ExportCommand),
    /// Say what a Wattproof file is, without its secrets
    Inspect(InspectArgs),
    /// Print a script that completes commands in a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Write manual pages
    Man {
        /// Folder to write them to; made if need be
        dir: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct ImportArgs {
    /// Meter file
    pub(crate) file: PathBuf,
    /// How it is written
    #[arg(long, value_enum, default_value_t = FormatArg::Auto)]
    pub(crate) format: FormatArg,
    /// What to do with fractions of a Wh; without this they are refused
    #[arg(long, value_enum)]
    pub(crate) round: Option<RoundArg>,
    /// Only this series, or those under this name: NEM1202026 is every register of a meter, NEM1202026/E1 one of them
    #[arg(long, value_name = "NAME")]
    pub(crate) series: Option<String>,
    /// Most intervals, filled gaps included, over all series; memory grows with it
    #[arg(long, value_name = "COUNT")]
    pub(crate) max_intervals: Option<u32>,
    /// The meter's public key, to check the signatures of OCMF records: PEM, DER, hex, base64 or an X.509 certificate
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) csv: CsvArgs,
    #[command(flatten)]
    pub(crate) registers: RegisterArgs,
    /// Where the readings go (private: readable by their owner only)
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
}

#[derive(Subcommand)]
pub(crate) enum DeviceCommand {
    /// Make a device's key
    Keygen(KeygenArgs),
    /// Ask a registry for an entry: what it says, signed
    Enrol(EnrolArgs),
    /// Make another key for the same meter
    Rotate(RotateKeyArgs),
    /// Sign a claim over a period, as the device would
    Sign(SignArgs),
    /// Say under which policy, and for whom, a simulated device may sign; makes the device at first use
    Provision(ProvisionArgs),
    /// Play a meter file as a live meter: a simulated device, its state safe from power cuts
    Run(RunArgs),
    /// Have a simulated device sign a claim, and put the witness package together from the collected blocks
    Attest(AttestArgs),
}

#[derive(Args)]
pub(crate) struct KeygenArgs {
    /// The meter's serial, which only its registrar learns; everybody else sees a salted hash
    #[arg(long)]
    pub(crate) serial: String,
    /// Salt of the meter id, for a meter that is enrolled and whose key is lost: its registrar has it
    #[arg(long, value_name = "DECIMAL", value_parser = convert::field)]
    pub(crate) meter_salt: Option<F>,
    /// Where the key goes (SECRET)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Kind of key: p256, secp256k1 or ed25519 for a device of level L3; without it one of Baby Jubjub, for a registry
    #[arg(long, value_name = "KIND", value_parser = convert::algorithm)]
    pub(crate) algorithm: Option<Algorithm>,
    /// Where the public key of a device of level L3 goes, for verifiers' profiles
    #[arg(long, value_name = "FILE", requires = "algorithm")]
    pub(crate) public_out: Option<PathBuf>,
    /// A gateway's key, which is to sign for this meter; each meter gets a file of its own
    #[arg(long, value_name = "FILE", conflicts_with = "algorithm")]
    pub(crate) gateway: Option<PathBuf>,
    /// Replace files that are there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args)]
pub(crate) struct SignArgs {
    /// Device key
    #[arg(long, value_name = "FILE")]
    pub(crate) device: PathBuf,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Policy to claim under, or agreement
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    #[command(flatten)]
    pub(crate) period: PeriodArg,
    /// Registry with the meter's entry: a log, or a registry/1 file; a device of level L3 has none
    #[arg(long, value_name = "FILE")]
    pub(crate) registry: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    /// Where the witness package goes (SECRET: it holds the readings)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// What is signed: readings, or at level L2 a file that the meter signed itself.
#[derive(Args)]
#[command(group = ArgGroup::new("source").required(true).args(["readings", "meter_file"]))]
pub(crate) struct SourceArgs {
    /// Readings, as `wattproof import` writes them
    #[arg(long, value_name = "FILE")]
    pub(crate) readings: Option<PathBuf>,
    /// As a gateway (L2): a file of OCMF records, every signature of which is checked
    #[arg(long, value_name = "FILE", requires_all = ["meter_key", "checks"], conflicts_with = "readings")]
    pub(crate) meter_file: Option<PathBuf>,
    /// The meter's own public key: PEM, DER, hex, base64 or an X.509 certificate; the first that is accepted is pinned
    #[arg(long, value_name = "FILE", requires = "meter_file")]
    pub(crate) meter_key: Option<PathBuf>,
    /// Log of the gateway's checks, appended to; begun if it is not there
    #[arg(long, value_name = "FILE", requires = "meter_file")]
    pub(crate) checks: Option<PathBuf>,
    /// What to do with fractions of a Wh; without this they are refused
    #[arg(long, value_enum, requires = "meter_file")]
    pub(crate) round: Option<RoundArg>,
    #[command(flatten)]
    pub(crate) registers: RegisterArgs,
}

#[derive(Args)]
pub(crate) struct PeriodArg {
    /// Period: one cell of the policy's calendar
    ///
    /// A month 2011-02, a day 2011-02-01, an ISO week 2011-W05, an hour 2011-02-01T14, or START/END in Unix seconds or RFC 3339.
    #[arg(long)]
    pub(crate) period: String,
}

/// What the claim is for: a verifier's challenge, or a context from a file.
#[derive(Args)]
#[command(group = ArgGroup::new("purpose").required(true).args(["verifier", "context"]))]
pub(crate) struct ContextArgs {
    /// Who asks for the claim
    #[arg(long, value_name = "NAME", conflicts_with = "context")]
    pub(crate) verifier: Option<String>,
    /// What the verifier drew at random: 0x and 64 hex digits
    #[arg(long, value_name = "HEX", requires = "verifier")]
    pub(crate) nonce: Option<String>,
    /// Context as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) context: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Check readings against a policy without proving: names every interval that fails
    Check(CheckArgs),
    /// Say what a policy demands, which circuit serves it, and what that costs
    Explain(ExplainArgs),
    /// Compile an agreement to the canonical policy that everything else uses
    Compile(CompileArgs),
    /// Write a commented agreement to start from
    New(NewArgs),
}

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// Policy or agreement
    pub(crate) policy: PathBuf,
    /// Period, as in `wattproof device sign`, for agreements that depend on local time
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Compute the circuit's id too, which takes seconds for large circuits
    #[arg(long)]
    pub(crate) circuit_id: bool,
}

#[derive(Args)]
pub(crate) struct CompileArgs {
    /// Agreement: TOML or JSON
    pub(crate) agreement: PathBuf,
    /// Period, as in `wattproof device sign`, for agreements that depend on local time
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Where the policy goes
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct NewArgs {
    /// Which agreement to start from
    #[arg(long, value_name = "NAME", value_parser = convert::preset())]
    pub(crate) preset: String,
    /// Where the agreement goes
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args)]
#[command(group = ArgGroup::new("subject").required(true).args(["package", "policy"]))]
pub(crate) struct CheckArgs {
    /// Witness package: its signature and registry entry are checked too
    #[arg(long, value_name = "FILE", conflicts_with_all = ["policy", "readings", "period"])]
    pub(crate) package: Option<PathBuf>,
    /// Policy or agreement
    #[arg(long, value_name = "FILE", requires_all = ["readings", "period"])]
    pub(crate) policy: Option<PathBuf>,
    /// Readings, as `wattproof import` writes them
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub(crate) readings: Option<PathBuf>,
    /// Period, as in `wattproof device sign`
    #[arg(long, requires = "policy")]
    pub(crate) period: Option<String>,
}

#[derive(Args)]
pub(crate) struct SetupArgs {
    /// Policy or agreement whose circuit the keys are for
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Period, for agreements that depend on local time; any of a year gives the same circuit
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Folder for the keys; made if need be
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    /// Replace keys that are there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args)]
#[command(group = ArgGroup::new("which-key").required(true).args(["keys", "key"]))]
pub(crate) struct ProveArgs {
    /// Witness package, as `wattproof device sign` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) package: PathBuf,
    /// Folder in which to find the keys for the package's policy
    #[arg(long, value_name = "DIR", conflicts_with = "key")]
    pub(crate) keys: Option<PathBuf>,
    /// Verifying key; its proving key is beside it, NAME.pk for NAME.vk.json
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Where the bundle goes
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
    /// Take the proof from here instead of making it: proof.json, as snarkjs or rapidsnark made it of the claim's witness
    #[arg(long, value_name = "FILE")]
    pub(crate) proof: Option<PathBuf>,
    /// Put the policy into the bundle, for its reader's convenience
    #[arg(long)]
    pub(crate) embed_policy: bool,
    #[command(flatten)]
    pub(crate) join: JoinArgs,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}
