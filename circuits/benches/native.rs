//! Native benchmarks: proving against ark-groth16 on the same matrices and assignment, and verifying.
//!
//! A harness of its own, because what counts on a noisy machine are ratios of runs that alternate. Each record goes to
//! `$WATTPROOF_BENCH_DIR/native.json` for `cargo xtask bench`.

use ark_bn254::Bn254;
use ark_groth16::Groth16;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError, Variable,
};
use ark_serialize::CanonicalDeserialize;
use ark_std::UniformRand;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wattproof_circuits::condition::{Condition, Tolerance};
use wattproof_circuits::cs::{Evaluator, Matrices};
use wattproof_circuits::error::Result as Ours;
use wattproof_circuits::format::Prefixed;
use wattproof_circuits::groth16::{PreparedVerifyingKey, Proof, ProvingKey, VerifyingKey};
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::*;
use wattproof_circuits::policy::{Calendar, CalendarUnit, Context, Period, Policy, Scope};
use wattproof_circuits::relation::{BlockRange, Claim, Enrolled, Geometry, Relation, Voucher};
use wattproof_circuits::setup::hazmat::development_keys;

/// 2011-08-01T00:00 at UTC-8: a Monday, and the first of a month of 31 days.
const START: u64 = 1_312_185_600;

/// Seconds of an interval.
const QUARTER: u64 = 900;

/// One channel of 24-bit values: completeness, revealed volume, constant limit; signature and registry of 2^20 in circuit.
fn claim(geometry: Geometry, interval: u64, unit: CalendarUnit, days: u64) -> Ours<Claim> {
    let calendar = Calendar { zone: "-08:00".into(), unit };
    let tolerate = Tolerance::default();
    let channel =
        Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh };
    let policy = Policy::new(
        geometry,
        Scope { authority: "benchmark".into(), name: "native".into(), calendar },
        MeterKind {
            interval_seconds: interval as u32,
            grid_offset_seconds: -28_800,
            channels: vec![channel],
        },
        Level::L1,
        vec![
            Condition::new("completeness", &[("min_measured_ppm", &[1_000_000])], tolerate)?,
            Condition::new(
                "volume",
                &[("channel", &[0]), ("max", &[1 << 30]), ("reveal", &[1])],
                tolerate,
            )?,
            Condition::new(
                "limit",
                &[("channel", &[0]), ("bound", &[0]), ("value", &[5_000])],
                tolerate,
            )?,
        ],
    )?;
    let device = Device::generate("benchmark")?;
    let leaf = Leaf {
        key: device.key.public(),
        meter_id: device.meter_id(),
        nullifier_commitment: nullifier_commitment(&device.nullifier_key),
        level: Level::L1,
        nameplate: 20_000,
        valid_from: 0,
        valid_until: 1 << 39,
    };
    let mut registry = Registry::new(geometry.registry_depth)?;
    let index = registry.add(leaf.clone())?;
    let count = days * 86_400 / interval;
    let readings = (0..count).map(|i| Reading::measured((i * 7919 % 4_999) as u32)).collect();
    let ledger = Ledger::record(
        &device.key,
        &device.meter_id(),
        policy.meter(),
        &geometry,
        START,
        &[readings],
    )?;
    let period = Period::new(START, START + days * 86_400)?;
    let context = Context::Challenge { verifier: "benchmark".into(), nonce: Prefixed([1; 32]) };
    let signed = ledger.attest(&device.key, &policy, &period, &context)?;
    Ok(Claim {
        policy,
        period,
        context,
        voucher: Voucher::Registry(Box::new(Enrolled {
            leaf,
            path: registry.path(index)?,
            nullifier_key: device.nullifier_key,
            signature: signed.signature,
        })),
        head: signed.head,
        first_index: signed.first_index,
        blocks: signed.blocks,
        blindings: Vec::new(),
    })
}

/// A geometry of the product's own.
fn named(name: &str) -> Geometry {
    Geometry::named(name).expect("a named geometry")
}

struct Circuit {
    relation: Relation,
    key: ProvingKey,
    verifying_key: VerifyingKey,
}

impl Circuit {
    fn new(claim: &Claim) -> Ours<Self> {
        let (_, relation) = claim.check()?;
        let matrices = Relation::matrices(&claim.policy.shape());
        let mut rng = wattproof_circuits::random::rng()?;
        let (key, verifying_key) = development_keys([0; 32], matrices, &mut rng)?;
        Ok(Self { relation, key, verifying_key })
    }
}

/// Matrices as a circuit of arkworks'.
struct Rows<'a> {
    m: &'a Matrices,
    sides: &'a [Vec<Vec<(F, usize)>>],
}

impl ConstraintSynthesizer<F> for Rows<'_> {
    fn generate_constraints(self, cs: ConstraintSystemRef<F>) -> Result<(), SynthesisError> {
        let mut all = vec![Variable::One];
        for i in 1..self.m.variables {
            let value = || Ok(F::from(0));
            let public = i < self.m.inputs;
            all.push(if public {
                cs.new_input_variable(value)?
            } else {
                cs.new_witness_variable(value)?
            });
        }
        let row = |side: usize, i: usize| {
            let terms = self.sides[side][i].iter().map(|(c, v)| (*c, all[*v]));
            LinearCombination(terms.collect())
        };
        (0..self.m.constraints())
            .try_for_each(|i| cs.enforce_r1cs_constraint(|| row(0, i), || row(1, i), || row(2, i)))
    }
}

struct Records(Vec<Value>);

impl Records {
    fn add(&mut self, name: &str, value: f64, unit: &str, bar: Option<&str>) {
        println!(
            "{name}: {value:.3} {unit}{}",
            bar.map_or(String::new(), |b| format!(" (bar {b})"))
        );
        self.0.push(json!({ "name": name, "value": value, "unit": unit, "bar": bar }));
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Proves `runs` times with ours, witness included, and with ark-groth16 on the same matrices and assignment, in turn.
fn prove(records: &mut Records, name: &str, circuit: &Circuit, runs: usize) -> Ours<()> {
    let mut rng = wattproof_circuits::random::rng()?;
    let matrices = circuit.key.matrices.to_arkworks();
    // A key of its own for the same matrices: its quotient is in another basis than ours.
    let rows = Rows { m: &circuit.key.matrices, sides: &matrices };
    let theirs_key = Groth16::<Bn254>::generate_random_parameters_with_reduction(rows, &mut rng)
        .expect("ark-groth16 makes a key");
    let (inputs, rows) = (circuit.key.matrices.inputs, circuit.key.matrices.constraints());
    let variables = circuit.key.matrices.variables;
    let (mut ours_ms, mut theirs_ms, mut ratios) = (vec![], vec![], vec![]);
    let (mut witness, mut fft, mut msm) = (vec![], vec![], vec![]);
    for run in 0..=runs {
        let begin = Instant::now();
        let assignment = Evaluator::assign(&circuit.relation, variables);
        let witness_time = begin.elapsed();
        let (proof, timing) = circuit.key.prove_timed(&assignment, &mut rng)?;
        let ours = milliseconds(begin.elapsed());

        let begin = Instant::now();
        let (r, s) = (F::rand(&mut rng), F::rand(&mut rng));
        let reference = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
            &theirs_key,
            r,
            s,
            &matrices,
            inputs,
            rows,
            &assignment,
        );
        let theirs = milliseconds(begin.elapsed());
        if run == 0 {
            // Warm-up; and both must verify.
            let prepared = PreparedVerifyingKey::from(&circuit.verifying_key);
            prepared.verify(&assignment[1..inputs], &proof)?;
            let reference = reference.expect("ark-groth16 proves").try_into()?;
            let prepared = PreparedVerifyingKey::from(&VerifyingKey::try_from(&theirs_key.vk)?);
            prepared.verify(&assignment[1..inputs], &reference)?;
            continue;
        }
        ours_ms.push(ours);
        theirs_ms.push(theirs);
        ratios.push(ours / theirs);
        witness.push(milliseconds(witness_time));
        fft.push(milliseconds(timing.fft));
        msm.push(milliseconds(timing.msm));
    }
    records.add(&format!("prove-{name}"), median(ours_ms), "ms", None);
    records.add(&format!("prove-{name}-ark-groth16"), median(theirs_ms), "ms", None);
    // 1.6 times faster.
    records.add(&format!("prove-{name}-vs-ark-groth16"), median(ratios), "x", Some("<= 0.625"));
    records.add(&format!("prove-{name}-witness"), median(witness), "ms", None);
    records.add(&format!("prove-{name}-fft"), median(fft), "ms", None);
    records.add(&format!("prove-{name}-msm"), median(msm), "ms", None);
    Ok(())
}

/// Proofs in a batch.
const BATCH: usize = 64;

/// Verifies from bytes, one by one, as a batch, and with ark-groth16, in turn.
fn verify(records: &mut Records, circuit: &Circuit) -> Ours<()> {
    let mut rng = wattproof_circuits::random::rng()?;
    let assignment = Evaluator::assign(&circuit.relation, circuit.key.matrices.variables);
    let prepared = PreparedVerifyingKey::from(&circuit.verifying_key);
    let theirs = ark_groth16::prepare_verifying_key::<Bn254>(&(&circuit.verifying_key).into());
    let inputs = &assignment[1..circuit.key.matrices.inputs];
    let mut proofs = Vec::new();
    for _ in 0..4 {
        proofs.push(circuit.key.prove_timed(&assignment, &mut rng)?.0.to_bytes());
    }
    let (mut ours_ms, mut ratios, mut batches) = (vec![], vec![], vec![]);
    for run in 0..30 {
        let begin = Instant::now();
        for bytes in &proofs {
            prepared.verify(inputs, &Proof::from_bytes(bytes)?)?;
        }
        let ours = milliseconds(begin.elapsed()) / proofs.len() as f64;

        let begin = Instant::now();
        for bytes in &proofs {
            let proof = ark_groth16::Proof::deserialize_compressed(&bytes[..]).expect("a proof");
            let verdict = Groth16::<Bn254>::verify_proof(&theirs, &proof, inputs);
            assert!(verdict.expect("as many inputs"), "ark-groth16 verifies");
        }
        let theirs = milliseconds(begin.elapsed()) / proofs.len() as f64;

        let begin = Instant::now();
        let of = |i: usize| Ok((inputs.to_vec(), Proof::from_bytes(&proofs[i % proofs.len()])?));
        let batch = (0..BATCH).map(of).collect::<Ours<Vec<_>>>()?;
        assert!(prepared.verify_batch(&batch).iter().all(Ours::is_ok), "the batch verifies");
        let batch = milliseconds(begin.elapsed()) / BATCH as f64;
        if run > 0 {
            ours_ms.push(ours);
            ratios.push(ours / theirs);
            batches.push(batch / ours);
        }
    }
    records.add("verify-native", median(ours_ms), "ms", None);
    records.add("verify-native-vs-ark-groth16", median(ratios), "x", Some("<= 0.67"));
    records.add("verify-native-batch-64-per-proof", median(batches), "x", Some("<= 0.33"));
    Ok(())
}

/// Time of a proof against its readings: a day, a week and a month of quarters of an hour, and as many blocks of 24 readings as a year of
/// hours has. Calendars know no year, so that these are of five minutes, in a month; the circuit is the same, since it counts blocks and
/// readings only. Each circuit's rows go with it, since transforms are as long as the next power of two.
fn scale(records: &mut Records) -> Ours<()> {
    let blocks = BlockRange { min: 336, max: 372 };
    let year = Geometry { intervals_per_block: 24, blocks, ..named("month-24x1h") };
    let shapes = [
        (named("day-96x15m"), QUARTER, CalendarUnit::Day, 1),
        (named("week-96x15m"), QUARTER, CalendarUnit::Week, 7),
        (named("month-96x15m"), QUARTER, CalendarUnit::Month, 31),
        (year, 300, CalendarUnit::Month, 31),
    ];
    let mut rng = wattproof_circuits::random::rng()?;
    let mut points = Vec::new();
    for (geometry, interval, unit, days) in shapes {
        let readings = days * 86_400 / interval;
        let claim = claim(geometry, interval, unit, days)?;
        let begin = Instant::now();
        let circuit = Circuit::new(&claim)?;
        records.add(&format!("scale-{readings}-setup"), milliseconds(begin.elapsed()), "ms", None);
        let matrices = &circuit.key.matrices;
        let times = (0..5).map(|_| {
            let begin = Instant::now();
            let assignment = Evaluator::assign(&circuit.relation, matrices.variables);
            circuit.key.prove_timed(&assignment, &mut rng)?;
            Ok(milliseconds(begin.elapsed()))
        });
        let time = median(times.collect::<Ours<Vec<_>>>()?);
        let rows = (matrices.constraints() + matrices.inputs) as f64;
        records.add(&format!("scale-{readings}-rows"), rows, "rows", None);
        records.add(&format!("scale-{readings}-prove"), time, "ms", None);
        points.push(((readings as f64).ln(), time.ln()));
    }
    records.add("scale-slope", slope(&points), "x", Some("<= 1.05"));
    if let Some(gigabytes) = peak_memory_gb() {
        records.add("scale-peak-memory", gigabytes, "GB", Some("<= 24"));
    }
    Ok(())
}

/// Of the line nearest to these points.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let both: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    both / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}

/// Peak resident memory of this process, where the system tells.
fn peak_memory_gb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e9)
}

fn main() -> Ours<()> {
    let mut records = Records(Vec::new());
    let day_claim = claim(named("day-96x15m"), QUARTER, CalendarUnit::Day, 1)?;
    let day = Circuit::new(&day_claim)?;
    let rows = |c: &Circuit| (c.key.matrices.constraints() + c.key.matrices.inputs) as f64;
    records.add("constraints-day-96x15m", rows(&day), "rows", Some("<= 16384"));
    verify(&mut records, &day)?;
    prove(&mut records, "day-96x15m", &day, 15)?;
    drop(day);
    let month_claim = claim(named("month-96x15m"), QUARTER, CalendarUnit::Month, 31)?;
    let month = Circuit::new(&month_claim)?;
    records.add("constraints-month-96x15m", rows(&month), "rows", Some("<= 262144"));
    prove(&mut records, "month-96x15m", &month, 3)?;
    if let Some(gigabytes) = peak_memory_gb() {
        records.add("peak-memory-month-setup-and-proof", gigabytes, "GB", Some("<= 1"));
    }
    drop(month);
    if std::env::var("WATTPROOF_BENCH_SCALE").is_ok_and(|long| long == "1") {
        scale(&mut records)?;
    }
    if let Some(folder) = std::env::var_os("WATTPROOF_BENCH_DIR") {
        let path = std::path::Path::new(&folder).join("native.json");
        std::fs::write(path, Value::from(records.0).to_string()).expect("the folder is there");
    }
    Ok(())
}
