//! A process of the binary that is watched: its memory can be read although it lets nobody look, as we are there before it says so.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// A process's memory, for as long as it lives.
pub(crate) struct Memory {
    map: File,
    bytes: File,
}

impl Memory {
    fn of(pid: Pid) -> Self {
        let open = |name: &str| File::open(format!("/proc/{pid}/{name}")).unwrap();
        Self { map: open("maps"), bytes: open("mem") }
    }

    /// All that it can write to: heap, stacks, statics.
    pub(crate) fn read(&self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut map = &self.map;
        map.rewind().unwrap();
        for line in BufReader::new(map).lines().map(Result::unwrap) {
            let mut words = line.split_whitespace();
            let (range, access) = (words.next().unwrap(), words.next().unwrap());
            if !access.starts_with("rw") {
                continue;
            }
            let (from, to) = range.split_once('-').unwrap();
            let [from, to] = [from, to].map(|hex| u64::from_str_radix(hex, 16).unwrap());
            let mut page = [0; 4096];
            for at in (from..to).step_by(page.len()) {
                // What was never touched has no bytes, and what is zero has no secrets.
                if self.bytes.read_exact_at(&mut page, at).is_ok() && page != [0; 4096] {
                    all.extend_from_slice(&page);
                }
            }
        }
        all
    }
}

/// How a watched process ended, and what was in its memory when it did.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) memory: Vec<u8>,
}

/// The binary with these arguments in this folder, stopped where its program has been loaded and nothing of it has run.
fn loaded(dir: &Path, args: &[&str], pipes: [Stdio; 3], more: Options) -> (Child, Memory) {
    let [input, output, errors] = pipes;
    // It has to stop before it becomes the binary, so that we are there in time.
    let child = Command::new("/bin/sh")
        .args([
            "-c",
            "ulimit -c $(ulimit -H -c); kill -STOP $$; exec \"$@\"",
            "sh",
            env!("CARGO_BIN_EXE_wattproof"),
        ])
        .args(args)
        .current_dir(dir)
        .env("TMPDIR", dir)
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full")
        .stdin(input)
        .stdout(output)
        .stderr(errors)
        .spawn()
        .unwrap();
    let pid = pid(&child);
    let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).unwrap();
    assert_eq!(stopped, WaitStatus::Stopped(pid, Signal::SIGSTOP));
    ptrace::seize(pid, Options::PTRACE_O_TRACEEXEC | Options::PTRACE_O_EXITKILL | more).unwrap();
    kill(pid, Signal::SIGCONT).unwrap();
    until(pid, Event::PTRACE_EVENT_EXEC);
    (child, Memory::of(pid))
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

/// Lets it run until the event.
fn until(pid: Pid, event: Event) {
    loop {
        match waitpid(pid, None).unwrap() {
            WaitStatus::PtraceEvent(_, _, number) if number == event as i32 => return,
            WaitStatus::Stopped(_, signal) if signal != Signal::SIGTRAP => {
                ptrace::cont(pid, signal).unwrap();
            }
            WaitStatus::PtraceEvent(..) | WaitStatus::Stopped(..) => {
                ptrace::cont(pid, None).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Runs the binary, both of its outputs to files of these names, and reads its memory when all is done and before it is gone.
pub(crate) fn run_to_its_end(dir: &Path, args: &[&str], outputs: [&str; 2]) -> Ended {
    let [output, errors] = outputs.map(|name| File::create(dir.join(name)).unwrap().into());
    let pipes = [Stdio::null(), output, errors];
    let (child, memory) = loaded(dir, args, pipes, Options::PTRACE_O_TRACEEXIT);
    let pid = pid(&child);
    ptrace::cont(pid, None).unwrap();
    until(pid, Event::PTRACE_EVENT_EXIT);
    let memory = memory.read();
    ptrace::cont(pid, None).unwrap();
    match waitpid(pid, None).unwrap() {
        WaitStatus::Exited(_, code) => Ended { code, memory },
        other => panic!("{other:?}"),
    }
}

/// Starts the binary with pipes of its own, and leaves it to itself.
pub(crate) fn start(dir: &Path, args: &[&str], pipes: [Stdio; 3]) -> (Child, Memory) {
    let (child, memory) = loaded(dir, args, pipes, Options::empty());
    ptrace::detach(pid(&child), None).unwrap();
    (child, memory)
}
