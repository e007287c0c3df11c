//! One file per command: reads its inputs, does its work, writes its outputs, and says what it found.

mod aggregate;
mod ceremony;
mod check;
mod context;
mod device;
mod disclosures;
mod enrol;
mod explain;
mod export;
mod fleet;
mod gateway;
mod import;
mod inspect;
mod jobs;
mod keys;
mod policy;
mod profile;
mod prove;
mod registry;
mod serve;
mod setup;
mod shell;
mod snarkjs;
mod submit;
mod verify;
mod worker;

use crate::args::{Command, DeviceCommand, PolicyCommand, ProfileCommand};
use crate::failure::Result;
use crate::files::Files;
use crate::screen::{Report, Screen};

pub(crate) fn run(command: Command, screen: &Screen) -> Result<Report> {
    let files = Files::default();
    match command {
        Command::Import(args) => import::run(args, &files, screen),
        Command::Device(DeviceCommand::Keygen(args)) => device::keygen(&args, &files),
        Command::Device(DeviceCommand::Enrol(args)) => enrol::run(&args, &files),
        Command::Device(DeviceCommand::Rotate(args)) => enrol::rotate(&args, &files),
        Command::Device(DeviceCommand::Sign(args)) => device::sign(&args, &files, screen),
        Command::Device(DeviceCommand::Provision(args)) => device::provision(&args, &files),
        Command::Device(DeviceCommand::Run(args)) => device::run(&args, &files, screen),
        Command::Device(DeviceCommand::Attest(args)) => device::attest(&args, &files, screen),
        Command::Registry(command) => registry::run(command, &files, screen),
        Command::Policy(PolicyCommand::Check(args)) => check::run(&args, &files),
        Command::Policy(PolicyCommand::Explain(args)) => explain::run(&args, &files, screen),
        Command::Policy(PolicyCommand::Compile(args)) => policy::compile(&args, &files),
        Command::Policy(PolicyCommand::New(args)) => policy::new(&args),
        Command::Setup(args) => setup::run(&args, &files, screen),
        Command::Aggregate(command) => aggregate::run(&command, &files),
        Command::Disclosures(command) => disclosures::run(&command, &files),
        Command::Ceremony(command) => ceremony::run(&command, &files, screen),
        Command::Prove(args) => prove::run(&args, &files, screen),
        Command::Serve(args) => serve::run(*args, &files),
        Command::Worker(args) => worker::run(&args, &files),
        Command::ProveWorker(args) => serve::worker(&args, &files),
        Command::Submit(args) => submit::run(&args, &files, screen),
        Command::Fleet(command) => fleet::run(&command, &files, screen),
        Command::Jobs(command) => jobs::run(&command, &files),
        Command::Verify(args) => verify::run(&args, &files),
        Command::Profile(ProfileCommand::New(args)) => profile::run(args, &files, screen),
        Command::Snarkjs(command) => snarkjs::run(&command, &files, screen),
        Command::Export(command) => export::run(&command, &files, screen),
        Command::Inspect(args) => inspect::run(&args.file, &files, screen),
        Command::Completions { shell } => Ok(shell::completions(shell)),
        Command::Man { dir } => shell::man(&dir),
    }
}
