//! More work than can be done, and how much the service itself costs.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use wattproof_service::job::State;

use super::{Serving, assert_proves, package, resident};

/// Senders offer `times` what is accepted and more, for `time`: accepted jobs finish, the rest is told to come later, memory stays what it
/// was after `normal` jobs one after the other.
fn overload(time: Duration, times: u64, normal: usize) {
    let serving = Serving::with(&["--room", "5", "--rate", "100000", "--threads", "1"]);
    serving.wait_until_ready();
    let client = serving.client("a", Duration::from_secs(60));
    // Warm: the memory that is compared with is that of a full queue.
    let warm: Vec<_> = (0..5).map(|_| package()).collect();
    for text in &warm {
        client.submit(&serving.seal("a", text).1).unwrap();
    }
    let memory = || {
        let workers = serving.workers().into_iter().map(resident).sum::<u64>();
        (resident(serving.pid()), workers)
    };
    for text in &warm {
        assert_eq!(client.wait(serving.seal("a", text).0, |_| ()).unwrap().state, State::Done);
    }
    for _ in 0..normal {
        let text = package();
        let (id, sealed) = serving.seal("a", &text);
        client.submit(&sealed).unwrap();
        client.wait(id, |_| ()).unwrap();
        client.bundle(id).unwrap();
    }
    let before = memory();
    let (accepted, refused, peak) = (Mutex::new(Vec::new()), Mutex::new(0_u64), Mutex::new(before));
    let begin = Instant::now();
    // A slow machine takes longer to offer so much.
    let goes_on = || {
        let (accepted, refused) = (accepted.lock().unwrap().len() as u64, *refused.lock().unwrap());
        begin.elapsed() < time || refused < times * accepted || accepted == 0
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let token = serving.token("a");
                let mut text = package();
                let (mut id, mut sealed) = serving.seal("a", &text);
                while goes_on() {
                    let body = sealed.to_json();
                    let (status, head, _) =
                        serving.ask("POST", "/v1/jobs", Some(&token), body.as_bytes());
                    match status {
                        201 => {
                            accepted.lock().unwrap().push((id, text));
                            text = package();
                            (id, sealed) = serving.seal("a", &text);
                        }
                        429 => {
                            assert!(head.contains("retry-after: "), "{head}");
                            *refused.lock().unwrap() += 1;
                        }
                        other => panic!("{other}: {head}"),
                    }
                }
            });
        }
        scope.spawn(|| {
            while goes_on() {
                let now = memory();
                let mut peak = peak.lock().unwrap();
                *peak = (peak.0.max(now.0), peak.1.max(now.1));
                drop(peak);
                std::thread::sleep(Duration::from_millis(100));
            }
        });
    });
    let (accepted, refused, peak) =
        (accepted.into_inner().unwrap(), refused.into_inner().unwrap(), peak.into_inner().unwrap());
    for (id, text) in &accepted {
        assert_eq!(client.wait(*id, |_| ()).unwrap().state, State::Done);
        assert_proves(&client.bundle(*id).unwrap(), text);
    }
    println!(
        "{:?}: {} accepted and done, {refused} told to come later; service {} to {} KiB, workers {} to {} KiB",
        time,
        accepted.len(),
        before.0,
        peak.0,
        before.1,
        peak.1
    );
    assert!(!accepted.is_empty() && refused >= times * accepted.len() as u64);
    let metrics = serving.ask("GET", "/metrics", Some(&serving.token("operator")), b"").2;
    let metrics = String::from_utf8(metrics).unwrap();
    assert!(
        metrics.contains(&format!("wattproof_refusals_total{{code=\"queue-full\"}} {refused}")),
        "{metrics}"
    );
    let proved = accepted.len() + warm.len() + normal;
    assert!(
        metrics.contains(&format!("wattproof_attempts_total{{outcome=\"proved\"}} {proved}")),
        "{metrics}"
    );
    // The bar is a tenth; below some megabytes that is allocators' noise.
    let bound = |before: u64| before + (before / 10).max(8 << 10);
    assert!(peak.0 <= bound(before.0) && peak.1 <= bound(before.1), "{before:?} {peak:?}");
}

#[test]
fn overload_is_refused_and_what_was_accepted_is_done() {
    overload(Duration::from_secs(3), 1, 0);
}

/// `cargo xtask campaign` runs it.
#[test]
#[ignore = "two minutes of overload"]
fn overload_campaign() {
    overload(Duration::from_secs(120), 10, 200);
}

#[test]
fn tenants_are_held_to_their_rate() {
    let serving = Serving::with(&["--rate", "1"]);
    let token = serving.token("a");
    let statuses: Vec<_> =
        (0..15).map(|_| serving.ask("POST", "/v1/jobs", Some(&token), b"{}").0).collect();
    assert_eq!(statuses[..10], [400; 10]);
    assert!(statuses.contains(&429));
    // Another tenant has a bucket of its own.
    assert_eq!(serving.ask("POST", "/v1/jobs", Some(&serving.token("b")), b"{}").0, 400);
}

/// Measurements mean nothing while other tests run: `WATTPROOF_MEASURE=1`, `--ignored` and `--test-threads 1` ask for them.
fn measuring() -> bool {
    let asked = std::env::var_os("WATTPROOF_MEASURE").is_some();
    if !asked {
        println!("NOT TESTED: a measurement, for WATTPROOF_MEASURE=1");
    }
    asked
}

/// From submission to bundle, less proving: the median.
#[test]
#[ignore = "a measurement"]
fn overhead() {
    if !measuring() {
        return;
    }
    let serving = Serving::with(&["--rate", "100000"]);
    serving.wait_until_ready();
    let client = serving.client("a", Duration::from_secs(60));
    let mut overheads = Vec::new();
    for _ in 0..120 {
        let text = package();
        let (id, sealed) = serving.seal("a", &text);
        let begin = Instant::now();
        client.submit(&sealed).unwrap();
        let job = client.wait(id, |_| ()).unwrap();
        let bundle = client.bundle(id).unwrap();
        let total = begin.elapsed();
        assert_proves(&bundle, &text);
        overheads.push((total.as_secs_f64() * 1e3 - job.proving_ms.unwrap() as f64, total));
    }
    overheads.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |part: usize| overheads[overheads.len() * part / 100].0;
    println!(
        "overhead: median {:.1} ms, 90th percentile {:.1} ms; with proving {:.1} ms",
        at(50),
        at(90),
        overheads[overheads.len() / 2].1.as_secs_f64() * 1e3
    );
    assert!(at(50) < 20.0);
}

/// Two workers on two processors against one on one.
#[test]
#[ignore = "a measurement, and needs two processors that are idle"]
fn two_workers_against_one() {
    if !measuring() {
        return;
    }
    let proofs = 40;
    let throughput = |workers: &str| {
        let serving =
            Serving::with(&["--workers", workers, "--threads", "1", "--pin", "--rate", "100000"]);
        serving.wait_until_ready();
        let operator = serving.token("operator");
        let ready = format!("wattproof_workers_ready {workers}\n");
        while !String::from_utf8(serving.ask("GET", "/metrics", Some(&operator), b"").2)
            .unwrap()
            .contains(&ready)
        {
            std::thread::sleep(Duration::from_millis(20));
        }
        let client = serving.client("a", Duration::from_secs(60));
        let jobs: Vec<_> = (0..proofs).map(|_| serving.seal("a", &package())).collect();
        let begin = Instant::now();
        for (_, sealed) in &jobs {
            client.submit(sealed).unwrap();
        }
        for (id, _) in &jobs {
            assert_eq!(client.wait(*id, |_| ()).unwrap().state, State::Done);
        }
        f64::from(proofs) / begin.elapsed().as_secs_f64()
    };
    let mut ratios: Vec<_> = (0..5)
        .map(|_| {
            let (one, two) = (throughput("1"), throughput("2"));
            println!("{one:.2} and {two:.2} proofs a second: {:.2} times", two / one);
            two / one
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    assert!(ratios[2] >= 1.8, "{ratios:?}");
}
