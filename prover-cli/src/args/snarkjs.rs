//! What is typed to trade files with circom's and snarkjs's tools.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(crate) enum SnarkjsCommand {
    /// Write a policy's circuit as .r1cs, and its wires' names as .sym
    Circuit(CircuitArgs),
    /// Write a claim's witness as .wtns (SECRET: it holds the readings)
    Witness(WitnessArgs),
    /// Write a pair of keys as .zkey
    Zkey(ZkeyArgs),
    /// Write a verifying key as verification_key.json
    Key(KeyArgs),
    /// Write a bundle's proof as proof.json, public.json and calldata
    Proof(ProofArgs),
    /// Prove with a witness that was made elsewhere (SECRET: it holds the readings)
    Prove(SnarkjsProveArgs),
    /// Verify a proof with its public inputs, and nothing about whom they concern
    Verify(SnarkjsVerifyArgs),
    /// Take the keys of a policy's circuit from a .zkey, as DEVELOPMENT keys: who made it is not known here
    Adopt(AdoptArgs),
}

#[derive(Args)]
pub(crate) struct CircuitArgs {
    /// Policy or agreement whose circuit is meant
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Period, for agreements that depend on local time; any of a year gives the same circuit
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Where the constraints go
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Where the wires' names go
    #[arg(long, value_name = "FILE")]
    pub(crate) sym: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct WitnessArgs {
    /// Witness package
    #[arg(long, value_name = "FILE")]
    pub(crate) package: PathBuf,
    /// Where the witness goes (SECRET)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct ZkeyArgs {
    /// Verifying key; its proving key is beside it, NAME.pk for NAME.vk.json
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Where the key goes
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct KeyArgs {
    /// Verifying key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Where the key goes
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct ProofArgs {
    /// Proof bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    /// Where the proof goes
    #[arg(long, value_name = "FILE", required_unless_present_any = ["public", "calldata"])]
    pub(crate) proof: Option<PathBuf>,
    /// Where the public inputs go
    #[arg(long, value_name = "FILE")]
    pub(crate) public: Option<PathBuf>,
    /// Where the arguments of a Solidity verifier go
    #[arg(long, value_name = "FILE")]
    pub(crate) calldata: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct SnarkjsProveArgs {
    /// Verifying key; its proving key is beside it, NAME.pk for NAME.vk.json
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Witness, .wtns
    #[arg(long, value_name = "FILE")]
    pub(crate) witness: PathBuf,
    /// Where the proof goes
    #[arg(long, value_name = "FILE")]
    pub(crate) proof: PathBuf,
    /// Where the public inputs go
    #[arg(long, value_name = "FILE")]
    pub(crate) public: PathBuf,
}

#[derive(Args)]
pub(crate) struct SnarkjsVerifyArgs {
    /// Verifying key of ours, or verification_key.json
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// proof.json
    #[arg(long, value_name = "FILE", requires = "public", required_unless_present = "calldata")]
    pub(crate) proof: Option<PathBuf>,
    /// public.json
    #[arg(long, value_name = "FILE", requires = "proof")]
    pub(crate) public: Option<PathBuf>,
    /// Both as the arguments of a Solidity verifier
    #[arg(long, value_name = "FILE", conflicts_with_all = ["proof", "public"])]
    pub(crate) calldata: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct AdoptArgs {
    /// Policy or agreement whose circuit the key is for
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Period, for agreements that depend on local time; any of a year gives the same circuit
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Key, as snarkjs writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) zkey: PathBuf,
    /// Folder for the keys; made if need be
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    /// Replace keys that are there already
    #[arg(long)]
    pub(crate) force: bool,
}
