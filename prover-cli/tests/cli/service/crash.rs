//! kill -9 of service and workers at random points.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use wattproof_service::client::{Client, ClientError};
use wattproof_service::envelope::SealedPackage;
use wattproof_service::job::{JobId, State};

use super::{Serving, assert_proves, children, end, package, signal};

/// What the sender knows: which jobs were acknowledged, and the first bundle of each.
#[derive(Default)]
struct Known {
    acknowledged: BTreeMap<JobId, u32>,
    bundles: BTreeMap<JobId, String>,
}

/// Looks at a job: fetches its bundle if there is one, which is the same as ever; retries it if it is parked.
fn look(client: &Client, id: JobId, known: &Mutex<Known>) -> Result<State, ClientError> {
    let job = client.job(id, 0)?;
    match job.state {
        State::Done => {
            let bundle = client.bundle(id)?;
            let mut known = known.lock().unwrap();
            let first = known.bundles.entry(id).or_insert_with(|| bundle.clone());
            assert_eq!(*first, bundle, "two results of {id}");
        }
        // Killed three times while it was proved: an operator looks, and retries.
        State::Parked => drop(client.retry(id)),
        State::Queued | State::Proving => {}
        other => panic!("{id} is {other}: {:?}", job.reason),
    }
    Ok(job.state)
}

/// What services and machines of a fleet have in common: a short lease, so that little time is spent waiting for those of the killed, and
/// long enough for a proof on a busy machine.
const LEASE: [&str; 2] = ["--lease", "3"];

/// For so long something is done, or never will be.
const STANDSTILL: Duration = Duration::from_secs(90);

fn one_machine() -> Serving {
    Serving::with(&["--lease", "1", "--rate", "100000", "--workers", "2", "--threads", "1"])
}

fn fleet() -> Serving {
    Serving::fleet(2, &LEASE, "")
}

impl Serving {
    /// Kills something, and says what.
    fn strike(&mut self, kill: usize, roll: &mut impl FnMut(u64) -> u64) -> &'static str {
        let mut pick = |from: &[u32]| from[roll(from.len() as u64) as usize];
        let machines: Vec<u32> = self.machines().iter().flatten().map(|m| m.id()).collect();
        let proving: Vec<u32> = match machines.as_slice() {
            [] => self.workers(),
            machines => machines.iter().flat_map(|pid| children(*pid)).collect(),
        };
        let on_fleet = !machines.is_empty();
        match kill % 4 {
            3 if !proving.is_empty() => {
                signal(pick(&proving), "KILL");
                std::thread::sleep(Duration::from_millis(50));
                "worker"
            }
            2 if on_fleet => {
                self.fleet.as_mut().unwrap().server.kill();
                "nats-server"
            }
            1 if on_fleet => {
                let machine = roll(machines.len() as u64) as usize;
                end(self.machines()[machine].take().unwrap());
                "machine"
            }
            _ => {
                self.kill();
                "service"
            }
        }
    }

    /// Starts again what is dead.
    fn mend(&mut self, struck: &str) {
        match struck {
            "service" => self.start(),
            "nats-server" => self.fleet.as_mut().unwrap().server.run(),
            "machine" => {
                let dead = self.machines().iter().position(Option::is_none);
                self.start_machine(dead.unwrap(), &LEASE);
            }
            _ => {}
        }
    }
}

fn campaign(mut serving: Serving, kills: usize) {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut roll = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let known = Mutex::<Known>::default();
    let (mut all, mut struck) = (Vec::<(JobId, String)>::new(), BTreeMap::<_, u32>::new());
    for kill in 0..kills {
        let fresh: Vec<(JobId, SealedPackage)> = (0..2)
            .map(|_| {
                let text = package();
                let (id, sealed) = serving.seal("a", &text);
                all.push((id, text));
                (id, sealed)
            })
            .collect();
        let client = serving.client("a", Duration::ZERO);
        let over = AtomicBool::new(false);
        let recent: Vec<JobId> = all.iter().rev().take(20).map(|(id, _)| *id).collect();
        let what = std::thread::scope(|scope| {
            scope.spawn(|| {
                // Errors are what a sender sees of a kill: it sends again.
                while !over.load(Ordering::Relaxed) {
                    for (id, sealed) in &fresh {
                        if let Ok(answer) = client.submit(sealed) {
                            assert_eq!(answer.job.job, *id);
                            *known.lock().unwrap().acknowledged.entry(*id).or_default() += 1;
                        }
                    }
                    for id in &recent {
                        if known.lock().unwrap().acknowledged.contains_key(id) {
                            let _ = look(&client, *id, &known);
                        }
                    }
                }
            });
            std::thread::sleep(Duration::from_micros(roll(400_000)));
            let what = serving.strike(kill, &mut roll);
            over.store(true, Ordering::Relaxed);
            what
        });
        *struck.entry(what).or_default() += 1;
        serving.mend(what);
    }
    let client = serving.client("a", Duration::from_secs(30));
    let acknowledged: Vec<JobId> = known.lock().unwrap().acknowledged.keys().copied().collect();
    let (mut open, mut last) = (acknowledged.clone(), Instant::now());
    while !open.is_empty() {
        let before = open.len();
        open.retain(|id| look(&client, *id, &known).unwrap() != State::Done);
        if open.len() < before {
            last = Instant::now();
        }
        // Many are left on a busy machine; one that is lost is not done however long it takes.
        assert!(
            last.elapsed() < STANDSTILL,
            "{} jobs are not done: {}",
            open.len(),
            serving.logs()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let known = known.into_inner().unwrap();
    let sent: u32 = known.acknowledged.values().sum();
    for (id, text) in &all {
        if let Some(bundle) = known.bundles.get(id) {
            assert_proves(bundle, text);
        }
    }
    assert_eq!(known.bundles.len(), acknowledged.len());
    assert!(!acknowledged.is_empty());
    println!(
        "kill -9 of {struck:?}: {} jobs acknowledged {sent} times, all done, one result each",
        acknowledged.len()
    );
}

#[test]
fn kill_nine_loses_no_job() {
    campaign(one_machine(), 10);
}

/// `cargo xtask campaign` runs it.
#[test]
#[ignore = "minutes of kill -9"]
fn kill_nine_service_campaign() {
    campaign(one_machine(), 500);
}

#[test]
fn kill_nine_in_a_fleet_loses_no_job() {
    campaign(fleet(), 20);
}

/// `cargo xtask campaign` runs it.
#[test]
#[ignore = "minutes of kill -9"]
fn kill_nine_fleet_campaign() {
    campaign(fleet(), 500);
}
