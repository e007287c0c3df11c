//! `wattproof-audit`: see `cargo xtask audit`.

use clap::{Parser, Subcommand};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use wattproof_audit::acceptance::Proved;
use wattproof_audit::deletion::{self, Effort, delete};
use wattproof_audit::differential::{self, Round, Tally, subjects};
use wattproof_audit::model::{DROPPED, Property, Rules, SCENES, explore};
use wattproof_audit::mutation::{Outcome, Subject};
use wattproof_audit::stage::stages;
use wattproof_audit::uniqueness::certificates::CERTIFICATES;
use wattproof_audit::uniqueness::determine_circuit;
use wattproof_audit::{Any, circuits};
use wattproof_circuits::cs::Counter;

#[derive(Parser)]
#[command(name = "wattproof-audit", about = "Evidence that a yes means yes")]
struct Args {
    /// Where the figures go: a list of name, value, unit and bar
    #[arg(long, global = true)]
    records: Option<PathBuf>,
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// Proofs of every circuit of the catalogue against every circuit's key
    Acceptance {
        /// Where verifying keys and proofs are kept from one run to the next
        #[arg(long, default_value = "target/acceptance")]
        cache: PathBuf,
    },
    /// Alters claims and compares our verdict with arkworks'
    Differential {
        /// Altered claims
        #[arg(long, default_value_t = 1_000_000)]
        rounds: usize,
        /// Where the counts go, by way of altering
        #[arg(long)]
        tally: Option<PathBuf>,
    },
    /// Writes the same altered claims with their verdicts, a line of JSON each, behind a line of the keys and profiles that were altered
    Rounds {
        /// How many
        count: usize,
    },
    /// Explores the model of a claim's life, with all rules, and without each
    Model,
    /// Deletes each constraint once: structure or a witness must notice
    Deletion(Deletion),
    /// Proves that what the prover brings leaves every other wire one value
    Uniqueness {
        /// This circuit only
        #[arg(long)]
        circuit: Option<String>,
    },
    /// Changes wires and hints of good claims: each change must break a constraint
    Mutation {
        /// This circuit of the catalogue only
        #[arg(long)]
        circuit: Option<String>,
        /// Changed hints for each circuit, with all that follows computed anew
        #[arg(long, default_value_t = 100)]
        hints: usize,
        /// Of the wires one in so many
        #[arg(long, default_value_t = 20)]
        stride: usize,
    },
}

#[derive(clap::Args)]
struct Deletion {
    /// This circuit of the catalogue only
    #[arg(long)]
    circuit: Option<String>,
    /// Circuits with fewer constraints than this only
    #[arg(long, default_value_t = usize::MAX)]
    below: usize,
    /// Of the constraints of one name that structure does not notice, how many are tried
    #[arg(long, default_value_t = Effort::QUICK.rows)]
    rows: usize,
    /// Of those, for how many claims are computed anew
    #[arg(long, default_value_t = Effort::QUICK.claims)]
    claims: usize,
    /// Where the page goes
    #[arg(long)]
    page: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Args { records, part } = Args::parse();
    let found = match part {
        Part::Acceptance { cache } => acceptance(&cache),
        Part::Differential { rounds, tally } => differential(rounds, tally.as_deref()),
        Part::Rounds { count } => write_rounds(count).map(|()| Vec::new()),
        Part::Model => Ok(model()),
        Part::Deletion(asked) => deletion(&asked),
        Part::Uniqueness { circuit } => uniqueness(circuit.as_deref()),
        Part::Mutation { circuit, hints, stride } => mutation(circuit.as_deref(), hints, stride),
    };
    let written = found.and_then(|found| {
        if let Some(path) = records {
            std::fs::write(
                &path,
                format!("{:#}\n", Value::Array(found.iter().map(Figure::json).collect())),
            )?;
        }
        Ok(found.iter().all(Figure::holds))
    });
    match written {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// One figure of the audit.
struct Figure {
    name: &'static str,
    value: usize,
    unit: &'static str,
    bar: Option<Bar>,
}

/// What a figure is held to.
enum Bar {
    AtMost(usize),
    AtLeast(usize),
}

impl Figure {
    fn counted(name: &'static str, value: usize, unit: &'static str) -> Self {
        Self { name, value, unit, bar: None }
    }

    fn zero(name: &'static str, value: usize, unit: &'static str) -> Self {
        Self { name, value, unit, bar: Some(Bar::AtMost(0)) }
    }

    fn holds(&self) -> bool {
        match self.bar {
            None => true,
            Some(Bar::AtMost(most)) => self.value <= most,
            Some(Bar::AtLeast(least)) => self.value >= least,
        }
    }

    fn json(&self) -> Value {
        let bar = self.bar.as_ref().map(|bar| match bar {
            Bar::AtMost(most) => format!("<= {most}"),
            Bar::AtLeast(least) => format!(">= {least}"),
        });
        json!({ "name": self.name, "value": self.value, "unit": self.unit, "bar": bar })
    }
}

fn acceptance(cache: &Path) -> Any<Vec<Figure>> {
    let mut proved = Vec::new();
    for (stage, seed) in stages()?.iter().zip(1..) {
        let started = Instant::now();
        proved.push(Proved::of(stage, seed, cache)?);
        println!("{}: key and proof after {:.1} s", stage.name, started.elapsed().as_secs_f64());
    }
    let (mut own, mut pairs, mut tried, mut accepted) = (0, 0, 0, 0);
    for (i, proof) in proved.iter().enumerate() {
        own += usize::from(proof.holds());
        for key in proved.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, key)| key) {
            let under = proof.under(key);
            if under.accepted > 0 {
                println!("{} is accepted under the key of {}", proof.name, key.name);
            }
            pairs += 1;
            tried += under.tried;
            accepted += under.accepted;
        }
    }
    Ok(vec![
        Figure::counted("acceptance-circuits", proved.len(), "circuits"),
        Figure::zero("acceptance-own-refused", proved.len() - own, "circuits"),
        Figure::counted("acceptance-pairs", pairs, "pairs"),
        Figure::counted("acceptance-tried", tried, "attempts"),
        Figure::zero("acceptance-others", accepted, "attempts"),
    ])
}

fn differential(rounds: usize, path: Option<&Path>) -> Any<Vec<Figure>> {
    let tally = Tally::of(&subjects()?, rounds)?;
    if let Some(path) = path {
        std::fs::write(path, format!("{:#}\n", tally.to_json()))?;
    }
    for round in tally.false_accepts.iter().chain(&tally.disagreements).take(20) {
        println!("round {round} is judged wrongly");
    }
    Ok(vec![
        Figure::counted("differential-native", tally.rounds(), "rounds"),
        Figure::zero("differential-native-false-accepts", tally.false_accepts.len(), "rounds"),
        Figure::zero("differential-native-disagreements", tally.disagreements.len(), "rounds"),
    ])
}

fn write_rounds(count: usize) -> Any<()> {
    let subjects = subjects()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let files =
        |subject: &differential::Subject| json!({ "key": subject.key, "profile": subject.profile });
    writeln!(out, "{}", Value::Array(subjects.iter().map(files).collect()))?;
    for number in 0..count {
        writeln!(out, "{}", Round::play(&subjects, number)?.to_json())?;
    }
    Ok(out.flush()?)
}

fn sum(list: &BTreeMap<&'static str, usize>) -> usize {
    list.values().sum()
}

fn model() -> Vec<Figure> {
    let (mut states, mut claims, mut broken, mut not_missed) = (0, 0, 0, 0);
    for scene in SCENES {
        let found = explore(scene, Rules::default(), &Property::ALL);
        println!("{}: {} states, {} claims accepted", scene.name, found.states, found.claims);
        states += found.states;
        claims += found.claims;
        broken += usize::from(found.broken.is_some());
    }
    for case in DROPPED {
        let missed = SCENES.iter().filter(|scene| scene.name == case.scene).any(|scene| {
            explore(scene, Rules::without(case.rules), &[case.breaks]).broken.is_some()
        });
        println!("without {:?}: {}", case.rules, if missed { "missed" } else { "NOT MISSED" });
        not_missed += usize::from(!missed);
    }
    vec![
        Figure::counted("model-states", states, "states"),
        Figure::counted("model-claims", claims, "claims"),
        Figure::zero("model-broken", broken, "scenes"),
        Figure::counted("model-rules", DROPPED.len(), "cases"),
        Figure::zero("model-rules-not-missed", not_missed, "cases"),
    ]
}

fn deletion(asked: &Deletion) -> Any<Vec<Figure>> {
    let Deletion { circuit, below, rows, claims, page: to } = asked;
    let effort = Effort { rows: *rows, claims: *claims };
    let (mut all, mut found) = (deletion::Tally::default(), Vec::new());
    for stage in stages()?.iter().filter(|s| circuit.as_ref().is_none_or(|only| *only == s.name)) {
        if Counter::count(&stage.claim.check()?.1).constraints >= *below {
            continue;
        }
        let deleted = delete(stage, effort)?;
        let sum = deleted.sum();
        println!("{}: {sum:?}", stage.name);
        for (name, tally) in deleted.names.iter().filter(|(_, tally)| tally.open > 0) {
            println!("  open: {} at `{name}`", tally.open);
        }
        all.add(&sum);
        found.push((stage.name.clone(), deleted));
        // After each circuit: a run that is stopped has written what it found.
        if let Some(to) = to {
            std::fs::write(to, deletion::page(&found, effort))?;
        }
    }
    Ok(vec![
        Figure::counted("deletion-circuits", found.len(), "circuits"),
        Figure::counted("deletion-constraints", all.constraints, "constraints"),
        Figure::counted("deletion-by-structure", all.rules + all.argued, "constraints"),
        Figure::counted("deletion-by-witness", all.alone, "constraints"),
        Figure::counted("deletion-weakened", all.weakly, "constraints"),
        Figure::counted("deletion-argued", all.covered, "constraints"),
        Figure::counted("deletion-untried", all.untried, "constraints"),
        Figure {
            bar: Some(Bar::AtLeast(98)),
            ..Figure::counted("deletion-noticed", all.share(), "%")
        },
        Figure::zero("deletion-open", all.open, "constraints"),
    ])
}

fn uniqueness(only: Option<&str>) -> Any<Vec<Figure>> {
    let (mut count, mut wires, mut rules, mut argued, mut free, mut open) = (0, 0, 0, 0, 0, 0);
    for (name, shape) in circuits()?.iter().filter(|(name, _)| only.is_none_or(|only| only == name))
    {
        let found = determine_circuit(shape);
        println!(
            "{name}: {} wires follow: {} by rows, {} by decompositions, {} argued, {} free, {} open",
            found.variables,
            found.by_row,
            found.by_decomposition,
            sum(&found.argued),
            sum(&found.free),
            sum(&found.open)
        );
        for (name, count) in &found.open {
            println!("  open: {count} at `{name}`");
        }
        count += 1;
        wires += found.variables;
        rules += found.by_row + found.by_decomposition;
        argued += sum(&found.argued);
        free += sum(&found.free);
        open += sum(&found.open);
    }
    let broken = CERTIFICATES.iter().filter(|certificate| !(certificate.holds)()).count();
    Ok(vec![
        Figure::counted("uniqueness-circuits", count, "circuits"),
        Figure::counted("uniqueness-wires", wires, "wires"),
        Figure::counted("uniqueness-by-rules", rules, "wires"),
        Figure::counted("uniqueness-argued", argued, "wires"),
        Figure::counted("uniqueness-free", free, "wires"),
        Figure::zero("uniqueness-open", open, "wires"),
        Figure::counted("uniqueness-certificates", CERTIFICATES.len(), "facts"),
        Figure::zero("uniqueness-certificates-broken", broken, "facts"),
    ])
}

fn mutation(only: Option<&str>, hints: usize, stride: usize) -> Any<Vec<Figure>> {
    let (mut wires, mut changed, mut free, mut defects) = (0, 0, 0, 0);
    for stage in stages()?.iter().filter(|stage| only.is_none_or(|only| only == stage.name)) {
        let subject = Subject::new(stage)?;
        let outcomes = [("wires", subject.wires(stride)), ("hints", subject.hints(hints))];
        for (what, Outcome { tried, free, defects }) in &outcomes {
            println!("{}: {what}: {tried} mutants, free {free:?}, defects {defects:?}", stage.name);
        }
        wires += outcomes[0].1.tried;
        changed += outcomes[1].1.tried;
        free += outcomes.iter().map(|(_, outcome)| sum(&outcome.free)).sum::<usize>();
        defects += outcomes.iter().map(|(_, outcome)| sum(&outcome.defects)).sum::<usize>();
    }
    Ok(vec![
        Figure::counted("mutation-wires", wires, "mutants"),
        Figure::counted("mutation-hints", changed, "mutants"),
        Figure::counted("mutation-free", free, "mutants"),
        Figure::zero("mutation-defects", defects, "mutants"),
    ])
}
