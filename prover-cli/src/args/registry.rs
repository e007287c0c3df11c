//! What a registrar types, and a device that wants to be enrolled.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use wattproof_circuits::meter::Level;

use super::convert;

#[derive(Args)]
pub(crate) struct EnrolArgs {
    /// Device key
    #[arg(long, value_name = "FILE")]
    pub(crate) device: PathBuf,
    /// Who vouches for the readings: L0 nobody, L1 the meter, L2 a gateway
    #[arg(long, value_parser = convert::level)]
    pub(crate) level: Level,
    /// Most that the meter's installation can give or take, in watts
    #[arg(long, value_name = "W")]
    pub(crate) nameplate: u64,
    /// Begin of validity: a date, RFC 3339, or Unix seconds
    #[arg(long, value_name = "TIME")]
    pub(crate) valid_from: String,
    /// End of validity, exclusive
    #[arg(long, value_name = "TIME")]
    pub(crate) valid_until: String,
    /// Zone of dates
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) zone: String,
    /// Where the enrolment goes (for the registrar only: it has the serial)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args)]
pub(crate) struct RotateKeyArgs {
    /// Device key that is to be replaced; keep it until its entry has ended
    #[arg(long, value_name = "FILE")]
    pub(crate) device: PathBuf,
    /// Another nullifier key too, because the old one is lost or known to others
    #[arg(long)]
    pub(crate) nullifier_key: bool,
    /// Where the new key goes (SECRET)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Subcommand)]
pub(crate) enum RegistryCommand {
    /// Begin an empty registry
    Init(InitArgs),
    /// Enrol meters
    Add(AddArgs),
    /// Revoke an entry
    Revoke {
        /// Registry log
        registry: PathBuf,
        /// Which entry
        index: usize,
    },
    /// Give a meter another key or nullifier key, from the enrolment's begin on
    ///
    /// A new nullifier key begins when the grace period of today's root is over, or later: until then claims may have been made with the
    /// old one.
    Rotate(RotateArgs),
    /// Print the root, which verifiers accept
    Root {
        /// Registry log
        registry: PathBuf,
        /// The root that was current then: a date, RFC 3339, or Unix seconds
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// Every root there was
        #[arg(long, conflicts_with = "at")]
        all: bool,
    },
    /// Print the way from an entry to the root
    Path {
        /// Registry log
        registry: PathBuf,
        /// Which entry
        index: usize,
    },
    /// Bring a registry here, all of it: asking for one path would tell whose it is
    ///
    /// What is here already must be the beginning of what comes.
    Sync {
        /// Log, or the folder of a log of the same name
        source: PathBuf,
        /// Log here; begun if there is none
        registry: PathBuf,
    },
    /// Read a log from its first line on and say whether it is whole
    Check(CheckRegistryArgs),
    /// Write the accepted roots, for contracts and verifiers
    Export {
        /// Registry log
        registry: PathBuf,
        /// Where they go
        #[arg(short, long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
    /// Write a snapshot beside the log, so that it opens faster
    Snapshot {
        /// Registry log
        registry: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct InitArgs {
    /// What people call it
    #[arg(long, default_value = "registry")]
    pub(crate) name: String,
    /// Levels of the tree; it has room for 4^depth meters
    #[arg(long, default_value_t = 10)]
    pub(crate) depth: u8,
    /// For how many seconds a root is accepted after it was replaced
    #[arg(long, value_name = "SECONDS", default_value_t = 7 * 86_400)]
    pub(crate) grace: u64,
    /// Where the registry's log goes
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

/// What the registrar vouches for; the enrolment must ask for the same.
#[derive(Args)]
pub(crate) struct VouchArgs {
    /// Who vouches for the readings, as the registrar found it
    #[arg(long, value_parser = convert::level)]
    pub(crate) level: Level,
    /// Nameplate in watts, as the registrar found it
    #[arg(long, value_name = "W")]
    pub(crate) nameplate: u64,
}

#[derive(Args)]
pub(crate) struct AddArgs {
    /// Registry log, appended to
    pub(crate) registry: PathBuf,
    /// Enrolment, as `wattproof device enrol` writes it; may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) enrolment: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) vouch: VouchArgs,
}

#[derive(Args)]
pub(crate) struct RotateArgs {
    /// Registry log, appended to
    pub(crate) registry: PathBuf,
    /// Which entry ends
    pub(crate) index: usize,
    /// Enrolment of the same meter that begins within that entry's validity
    #[arg(long, value_name = "FILE")]
    pub(crate) enrolment: PathBuf,
    #[command(flatten)]
    pub(crate) vouch: VouchArgs,
}

#[derive(Args)]
pub(crate) struct CheckRegistryArgs {
    /// Registry log
    pub(crate) registry: PathBuf,
    /// Digest of a line that must be the last: finds a log that was cut
    #[arg(long, value_name = "HEX")]
    pub(crate) head: Option<String>,
    /// Compare every root there was with the entries then, not the last alone
    #[arg(long)]
    pub(crate) each_root: bool,
    /// Verify the signature of every enrolment
    #[arg(long)]
    pub(crate) signatures: bool,
    /// Compare the registrar's serials too
    #[arg(long)]
    pub(crate) serials: bool,
}
