//! `wattproof jobs`: what a service has of a tenant.

use serde_json::json;
use wattproof_service::client::Client;
use wattproof_service::job::Job;

use super::submit::{client, line};
use crate::args::{AtArgs, JobsCommand};
use crate::failure::Result;
use crate::files::Files;
use crate::screen::Report;

pub(super) fn run(command: &JobsCommand, files: &Files) -> Result<Report> {
    match command {
        JobsCommand::List { state, after, limit, at } => {
            let listing = reach(at, files)?.list(*state, *after, *limit)?;
            let mut lines: Vec<_> = listing.jobs.iter().map(line).collect();
            if lines.is_empty() {
                lines.push("No jobs.".into());
            }
            if let Some(next) = listing.next {
                lines.push(format!("There may be more: --after {next}"));
            }
            Ok(Report::new(json!(listing), lines.join("\n")).essential())
        }
        JobsCommand::Show(args) => Ok(show(&reach(&args.at, files)?.job(args.job, 0)?)),
        JobsCommand::Cancel(args) => Ok(show(&reach(&args.at, files)?.cancel(args.job)?)),
        JobsCommand::Retry(args) => Ok(show(&reach(&args.at, files)?.retry(args.job)?)),
    }
}

fn reach(at: &AtArgs, files: &Files) -> Result<Client> {
    client(&at.at, &at.reach, files)
}

fn show(job: &Job) -> Report {
    let mut text = line(job);
    if let Some(reason) = &job.reason {
        text += &format!("\nhelp: {}", reason.remedy);
    }
    Report::new(json!(job), text).essential()
}
