//! All that is printed. Standard output has the answer, standard error everything else.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressBarIter, ProgressStyle};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::files::is_dash;

/// What a command found or did.
pub(crate) struct Report {
    json: Value,
    text: String,
    refused: bool,
    essential: bool,
    stdout_taken: bool,
}

impl Report {
    /// What programs and what people read; the text is left out when quiet.
    pub(crate) fn new(json: Value, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { json, text, refused: false, essential: false, stdout_taken: false }
    }

    /// The text is what was asked for: shown even when quiet.
    pub(crate) fn essential(self) -> Self {
        Self { essential: true, ..self }
    }

    /// Ends with exit code 1.
    pub(crate) fn refused(self, refused: bool) -> Self {
        Self { refused, ..self }
    }

    /// Standard output already has the file itself, if that is where `output` is; then this goes elsewhere.
    pub(crate) fn beside(self, output: &std::path::Path) -> Self {
        Self { stdout_taken: self.stdout_taken || is_dash(output), ..self }
    }
}

/// How to show things.
pub(crate) struct Screen {
    json: bool,
    quiet: bool,
}

impl Screen {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// Shows a report and gives the exit code.
    pub(crate) fn show(&self, report: &Report) -> ExitCode {
        let text = report.text.trim_end();
        let outcome = match (self.json, report.stdout_taken) {
            // The file on standard output is the one document there.
            (true, true) => Ok(()),
            (true, false) => print(&format!("{:#}", report.json)),
            (false, _) if self.quiet && !report.essential => Ok(()),
            (false, true) => {
                eprint_line(text);
                Ok(())
            }
            (false, false) => print(text),
        };
        match outcome {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                eprint_line(&format!("error[unwritable]: standard output: {e}"));
                ExitCode::from(2)
            }
            _ => ExitCode::from(u8::from(report.refused)),
        }
    }

    /// Shows a failure and gives the exit code.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
        show_error(self.json, failure.code(), &failure.to_string(), failure.remedy());
        ExitCode::from(failure.exit_code())
    }

    /// Tells people something while the command is at work.
    pub(crate) fn say(&self, text: &str) {
        if !self.json && !self.quiet {
            eprint_line(text);
        }
    }

    /// Tells people something that they must not miss.
    pub(crate) fn warn(&self, text: &str) {
        eprint_line(&format!("warning: {text}"));
    }

    /// Shows that `what` is being done, until dropped. Only on a terminal.
    pub(crate) fn phase(&self, what: &'static str) -> Phase {
        Phase(self.bar(ProgressBar::new_spinner().with_message(what)))
    }

    /// Shows how many of `length` bytes are done, until dropped. Only on a terminal.
    pub(crate) fn bytes(&self, length: u64) -> Phase {
        let bar = self.bar(ProgressBar::new(length));
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes} of {total_bytes}") {
            bar.set_style(style);
        }
        Phase(bar)
    }

    fn bar(&self, bar: ProgressBar) -> ProgressBar {
        if self.json || self.quiet {
            return ProgressBar::hidden();
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }
}

/// A line on the terminal that goes away when dropped.
pub(crate) struct Phase(ProgressBar);

impl Phase {
    /// Goes on with something else.
    pub(crate) fn next(&self, what: &'static str) {
        self.0.set_style(ProgressStyle::default_spinner());
        self.0.set_message(what);
    }

    /// Goes on with something of so many steps.
    pub(crate) fn count(&self, what: &'static str, steps: usize) {
        self.bar(what, steps as u64, "{wide_bar} {percent} %");
    }

    /// Goes on with reading a file of so many bytes, through what it gives.
    pub(crate) fn read<R: io::Read>(
        &self,
        what: &'static str,
        bytes: u64,
        file: R,
    ) -> ProgressBarIter<R> {
        self.bar(what, bytes, "{wide_bar} {bytes} of {total_bytes}");
        self.0.wrap_read(file)
    }

    fn bar(&self, what: &'static str, length: u64, how: &str) {
        self.0.set_message(what);
        self.0.set_length(length);
        self.0.set_position(0);
        if let Ok(style) = ProgressStyle::with_template(&format!("{{msg}} {how}")) {
            self.0.set_style(style);
        }
    }

    /// More steps are done.
    pub(crate) fn done(&self, steps: usize) {
        self.0.inc(steps as u64);
    }

    /// Bytes done.
    pub(crate) fn at(&self, bytes: u64) {
        self.0.set_position(bytes);
    }
}

impl Drop for Phase {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What clap says: help and version on standard output, anything else as an error.
pub(crate) fn refuse(refusal: &clap::Error, json: bool) -> ExitCode {
    if !refusal.use_stderr() || !json {
        // Nothing can be done where even this cannot be printed.
        let _ = refusal.print();
        return ExitCode::from(u8::try_from(refusal.exit_code()).unwrap_or(2));
    }
    let text = refusal.render().to_string();
    let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    show_error(true, "usage", message, "See `wattproof help` and the command's own --help.");
    ExitCode::from(2)
}

fn show_error(json: bool, code: &str, message: &str, remedy: &str) {
    let message = if message.ends_with('.') { message.to_owned() } else { format!("{message}.") };
    if json {
        let error = json!({ "error": { "code": code, "message": message, "remedy": remedy } });
        // If standard output is gone, the exit code still says it.
        let _ = print(&format!("{error:#}"));
    } else {
        eprint_line(&format!("error[{code}]: {message}\nhelp: {remedy}"));
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

fn eprint_line(text: &str) {
    // A closed standard error is no reason to fail.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
