#![allow(missing_docs)]
use wattproof_intake::import::*;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mut o = Options::default();
    o.csv.zone = parse_zone("Europe/Berlin").ok();
    o.limits.intervals = 1 << 26;
    o.series = args.get(2).cloned();
    let f = std::fs::File::open(&args[1]).expect("file");
    let cpu = || {
        let s = std::fs::read_to_string("/proc/self/stat").expect("stat");
        let v: Vec<&str> = s.rsplit(')').next().expect("x").split(' ').collect();
        v[12].parse::<f64>().expect("n") / 100.0 + v[13].parse::<f64>().expect("n") / 100.0
    };
    let c0 = cpu();
    let i = import("f", f, &o, &mut |_| {}).map_err(|e| e.to_string());
    let c = cpu() - c0;
    let peak = std::fs::read_to_string("/proc/self/status")
        .expect("s")
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .expect("l")
        .to_owned();
    let len = std::fs::metadata(&args[1]).expect("m").len() as f64;
    println!(
        "{:?} cpu {c:.2} s, {:.0} MB/s, {peak}",
        i.map(|i| i.series.iter().map(|s| s.readings.len()).sum::<usize>()),
        len / 1e6 / c
    );
}
