//! Running other programs: what is run is said, long work shows that it lives, and the output is
//! kept in a log and shown when the program fails.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::{Failure, Result, make_dir};
use crate::place::Place;

/// Without a terminal, a line this often says that a long step still runs.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// A failed step shows this many of its last lines; the log has the rest.
const SHOWN_ON_FAILURE: usize = 200;
/// How long output is awaited after a program's end: something it started may hold the pipe open.
const DRAIN: Duration = Duration::from_millis(500);

/// A program to be run, with arguments, folder and environment.
pub(crate) struct Cmd {
    inner: Command,
    shown: String,
    limit: Option<Duration>,
}

/// What a finished program wrote (both streams, in order).
pub(crate) struct Done {
    pub(crate) lines: Vec<String>,
    status: ExitStatus,
    log: PathBuf,
}

impl Cmd {
    /// A program to run in the workspace, without input.
    pub(crate) fn new(place: &Place, program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let mut inner = Command::new(program);
        inner.current_dir(&place.root).stdin(Stdio::null());
        let name = Path::new(program).file_stem().unwrap_or(program);
        Self { inner, shown: name.to_string_lossy().into_owned(), limit: None }
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        for arg in args {
            let arg = arg.as_ref();
            let text = arg.to_string_lossy();
            let quoted = text.is_empty() || text.contains(|c: char| c.is_whitespace());
            // Writing to a String cannot fail.
            let _ = match quoted {
                true => write!(self.shown, " '{text}'"),
                false => write!(self.shown, " {text}"),
            };
            self.inner.arg(arg);
        }
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    /// Runs in another folder than the workspace.
    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.inner.current_dir(dir);
        self
    }

    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.inner.env_remove(name);
        self
    }

    /// Puts folders before those of PATH.
    pub(crate) fn path_first(self, dirs: &[PathBuf]) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = dirs.iter().cloned().chain(std::env::split_paths(&path));
        // A folder whose name holds the separator cannot be on PATH: it is then left out.
        let joined: OsString = std::env::join_paths(all).unwrap_or(path.clone());
        self.env("PATH", joined)
    }

    /// Ends the program after this long; that counts as a failure.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs a short program and returns what it printed, trimmed; nothing is shown.
    pub(crate) fn ask(mut self) -> Result<String> {
        let output = self.inner.stderr(Stdio::piped()).output();
        let output = output.map_err(|e| Failure::new(format!("`{}`: {e}", self.shown)))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Failure::new(format!("`{}` failed ({}): {error}", self.shown, output.status)))
    }

    /// Runs in the foreground with this terminal's input and output, until it ends.
    pub(crate) fn foreground(mut self) -> Result<()> {
        eprintln!("$ {}", self.shown);
        let status = self.inner.stdin(Stdio::inherit()).status();
        let status = status.map_err(|e| Failure::new(format!("`{}`: {e}", self.shown)))?;
        match status.success() {
            true => Ok(()),
            false => Err(Failure::new(format!("`{}` ended with {status}", self.shown))),
        }
    }

    /// Runs with progress; a program that fails is an error, its last lines are shown.
    pub(crate) fn run(self, place: &Place, title: &str) -> Result<Done> {
        let shown = self.shown.clone();
        let done = self.attempt(place, title)?;
        if done.ok() {
            return Ok(done);
        }
        done.show_end();
        Err(Failure::new(format!("{title} failed: `{shown}` ended with {}", done.status))
            .remedy(format!("read the output above; all of it is in {}", done.log.display())))
    }

    /// Runs with progress; that the program fails is for the caller to judge by [`Done::ok`].
    pub(crate) fn attempt(mut self, place: &Place, title: &str) -> Result<Done> {
        let log = place.work().join("logs").join(format!("{}.log", slug(title)));
        make_dir(log.parent().unwrap_or(&log))?;
        let mut file = File::create(&log).map_err(|e| Failure::io("cannot write", &log, &e))?;
        eprintln!("$ {}", self.shown);

        let mut start = || -> std::io::Result<_> {
            let (reader, writer) = std::io::pipe()?;
            self.inner.stdout(writer.try_clone()?).stderr(writer);
            let child = self.inner.spawn()?;
            // The writing ends live in the Command: replaced, so that the reader sees the end.
            self.inner.stdout(Stdio::null()).stderr(Stdio::null());
            Ok((reader, child))
        };
        let (reader, mut child) =
            start().map_err(|e| Failure::new(format!("cannot start `{}`: {e}", self.shown)))?;

        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(reader).split(b'\n').map_while(std::result::Result::ok) {
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                if send.send(line).is_err() {
                    break;
                }
            }
        });

        let mut watch = Watch::new(title, self.limit);
        let (status, collected) = watch.until_end(&mut child, &lines, &mut file, &self.shown)?;
        let took = watch.started.elapsed();
        watch.bar.finish_and_clear();
        match status.success() {
            true => eprintln!("  done: {title} ({})", duration(took)),
            false => eprintln!("  failed: {title} ({}), {status}", duration(took)),
        }
        Ok(Done { lines: collected, status, log })
    }
}

impl Done {
    pub(crate) fn ok(&self) -> bool {
        self.status.success()
    }

    /// Shows the last lines, where a failure's reason is found.
    pub(crate) fn show_end(&self) {
        let skipped = self.lines.len().saturating_sub(SHOWN_ON_FAILURE);
        if skipped > 0 {
            eprintln!("  | ({skipped} lines before these are in {})", self.log.display());
        }
        for line in &self.lines[skipped..] {
            eprintln!("  | {line}");
        }
    }
}

/// Shows that a running program lives, and collects its lines.
struct Watch<'a> {
    title: &'a str,
    bar: ProgressBar,
    started: Instant,
    spoke: Instant,
    limit: Option<Duration>,
}

impl<'a> Watch<'a> {
    fn new(title: &'a str, limit: Option<Duration>) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {prefix} {elapsed} {wide_msg}")
        {
            bar.set_style(style);
        }
        bar.set_prefix(title.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        let now = Instant::now();
        Self { title, bar, started: now, spoke: now, limit }
    }

    fn until_end(
        &mut self,
        child: &mut Child,
        lines: &Receiver<String>,
        log: &mut File,
        shown: &str,
    ) -> Result<(ExitStatus, Vec<String>)> {
        let mut collected: Vec<String> = Vec::new();
        let mut ended: Option<(ExitStatus, Instant)> = None;
        loop {
            match lines.recv_timeout(Duration::from_millis(100)) {
                Ok(line) => {
                    writeln!(log, "{line}").map_err(|e| Failure::new(format!("log: {e}")))?;
                    self.bar.set_message(line.trim().to_owned());
                    collected.push(line);
                }
                Err(RecvTimeoutError::Disconnected) if ended.is_none() => {
                    let status = child.wait().map_err(|e| Failure::new(format!("{shown}: {e}")))?;
                    return Ok((status, collected));
                }
                Err(RecvTimeoutError::Disconnected) => {}
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some((status, since)) = ended {
                if since.elapsed() > DRAIN {
                    return Ok((status, collected));
                }
                continue;
            }
            let status = child.try_wait().map_err(|e| Failure::new(format!("{shown}: {e}")))?;
            ended = status.map(|status| (status, Instant::now()));
            if self.limit.is_some_and(|limit| self.started.elapsed() > limit) {
                // It may have ended by itself in this moment; the wait that follows tells.
                let _ = child.kill();
                self.limit = None;
                collected.push("ended: it took too long".to_owned());
            }
            self.heartbeat();
        }
    }

    fn heartbeat(&mut self) {
        if self.bar.is_hidden() && self.spoke.elapsed() > HEARTBEAT {
            self.spoke = Instant::now();
            let (so_far, last) = (duration(self.started.elapsed()), self.bar.message());
            eprintln!("  still at it: {} ({so_far}) {last}", self.title);
        }
    }
}

/// Says what happens next, or what came out: to standard output, progress goes to the other. A
/// reader who closed the pipe (`| head`) has seen enough, which is no error.
pub(crate) fn say(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", text.as_ref());
}

/// A time for people: "0.4 s", "12 s", "3 min 07 s".
pub(crate) fn duration(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

fn slug(title: &str) -> String {
    let plain = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    plain.collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn place(dir: &Path) -> Place {
        Place { root: dir.into(), target: dir.join("target"), cache: dir.join("cache") }
    }

    #[test]
    fn durations_read_well() {
        let text = |ms| duration(Duration::from_millis(ms));
        assert_eq!(text(420), "0.4 s");
        assert_eq!(text(12_300), "12 s");
        assert_eq!(text(187_000), "3 min 07 s");
    }

    #[cfg(unix)]
    #[test]
    fn both_streams_arrive_in_order_and_in_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(dir.path());
        let cmd = Cmd::new(&place, "sh").args(["-c", "echo one; echo two >&2; echo three; exit 3"]);
        let done = cmd.attempt(&place, "A test").unwrap();
        assert!(!done.ok());
        assert_eq!(done.lines, ["one", "two", "three"]);
        let log = std::fs::read_to_string(place.work().join("logs/a-test.log")).unwrap();
        assert_eq!(log, "one\ntwo\nthree\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_past_its_limit_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(dir.path());
        let cmd = Cmd::new(&place, "sleep").args(["30"]).limit(Duration::from_millis(200));
        let started = Instant::now();
        let done = cmd.attempt(&place, "Slow").unwrap();
        assert!(!done.ok() && started.elapsed() < Duration::from_secs(10));
    }

    #[cfg(unix)]
    #[test]
    fn what_outlives_the_program_does_not_hold_us_up() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(dir.path());
        let cmd = Cmd::new(&place, "sh").args(["-c", "sleep 5 & echo started"]);
        let started = Instant::now();
        let done = cmd.attempt(&place, "Leftover").unwrap();
        assert!(done.ok() && started.elapsed() < Duration::from_secs(4));
        assert_eq!(done.lines, ["started"]);
    }

    #[test]
    fn a_missing_program_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(dir.path());
        let error = Cmd::new(&place, "no-such-program").ask().unwrap_err();
        assert!(error.to_string().contains("no-such-program"));
    }
}
