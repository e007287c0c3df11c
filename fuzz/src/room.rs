//! How much a reader allocates: the most that is held at once, against the length of what it reads.

use allocation_counter::measure;

/// What a reader may hold whatever it is given: the words of a refusal, and what it works out of points, some 64 KiB for a key.
pub const FLOOR: u64 = 128 << 10;

/// What `read` gives, if it never holds more than `times` the `length` of its input and `floor`. Threads of its own are not counted.
pub fn within<T>(length: usize, times: u64, floor: u64, read: impl FnOnce() -> T) -> T {
    let mut out = None;
    let held = measure(|| out = Some(read())).bytes_max;
    let most = times * length as u64 + floor;
    assert!(held <= most, "{held} bytes held for {length} that were read: more than {most}");
    match out {
        Some(out) => out,
        None => panic!("measuring did not run what it measures"),
    }
}
