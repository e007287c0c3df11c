//! What queueing theory says of Poisson arrivals at `workers` alike: to hold the simulation against.
//!
//! `load` is arrivals per second times mean occupancy: the number of workers that are busy on average. It must be below `workers`;
//! else the line grows for ever, and all of these are infinite. Waits are in units of the mean occupancy.

/// Probability that an arrival waits, in M/M/c (Erlang's C formula).
///
/// ```
/// // Two workers, each busy half of the time: one in three waits.
/// assert!((wattproof_fleet::formula::erlang_c(2, 1.0) - 1.0 / 3.0).abs() < 1e-12);
/// ```
pub fn erlang_c(workers: usize, load: f64) -> f64 {
    let c = workers as f64;
    if load >= c {
        return 1.0;
    }
    // Erlang's B by its recursion, which does not overflow.
    let blocked = (1..=workers).fold(1.0, |b, n| load * b / (n as f64 + load * b));
    blocked * c / (c - load * (1.0 - blocked))
}

/// Mean wait in M/M/c.
pub fn wait_mmc(workers: usize, load: f64) -> f64 {
    let c = workers as f64;
    if load >= c { f64::INFINITY } else { erlang_c(workers, load) / (c - load) }
}

/// Mean wait in M/G/c by the approximation of Lee and Longton, for occupancies of this squared coefficient of variation. Exact for one
/// worker (Pollaczek and Khinchine), and for exponential occupancies.
pub fn wait_mgc(workers: usize, load: f64, squared_variation: f64) -> f64 {
    wait_mmc(workers, load) * (1.0 + squared_variation) / 2.0
}

/// Mean wait in M/D/c, exact: by the stationary distribution of the number present, which after one occupancy is what came
/// meanwhile and whoever was in line (Crommelin).
///
/// Meant for some tens of workers, up to a load of nine tenths: the distribution is iterated until it stands still.
pub fn wait_mdc(workers: usize, load: f64) -> f64 {
    if load >= workers as f64 {
        return f64::INFINITY;
    }
    // Beyond this, nobody ever stands: the tail falls by at least exp(2 (load - c) / load) for each place.
    let room = workers + (60.0 * load / (workers as f64 - load)).ceil() as usize + 60;
    let mut come = Vec::with_capacity(room);
    let mut term = (-load).exp();
    for k in 0..room {
        come.push(term);
        term *= load / (k + 1) as f64;
    }
    let mut present = vec![0.0; room];
    if let Some(nobody) = present.first_mut() {
        *nobody = 1.0;
    }
    loop {
        let served: f64 = present.iter().take(workers + 1).sum();
        let mut in_line = vec![served];
        in_line.extend(present.iter().skip(workers + 1));
        let mut next = vec![0.0; room];
        for (stay, chance) in in_line.iter().enumerate() {
            for (place, more) in next.iter_mut().skip(stay).zip(&come) {
                *place += chance * more;
            }
        }
        let all: f64 = next.iter().sum();
        next.iter_mut().for_each(|chance| *chance /= all);
        let moved: f64 = next.iter().zip(&present).map(|(a, b)| (a - b).abs()).sum();
        present = next;
        if moved < 1e-12 {
            break;
        }
    }
    let waiting: f64 =
        present.iter().skip(workers).enumerate().map(|(line, chance)| line as f64 * chance).sum();
    waiting / load
}
