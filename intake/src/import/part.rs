//! Meter files in a ZIP file, imported as one: what several of them hold of one series is put together.

use std::io::{Cursor, Read};

use super::archive::{Archive, Member};
use super::document::{Choice, Document, Found};
use super::error::{Fault, Place, Problem, Result};
use super::model::Format;
use super::raw::Raw;
use super::source::Source;
use super::{LINE, Options, nem12, ocmf, read_document};

/// A line of a member carries the member's number above this bit. No line is as long.
const MEMBER: u32 = 48;

/// The format of the members, their names, and all that they hold.
pub(super) fn read_archive(
    raw: &mut Raw<'_>,
    options: &Options,
    choice: &Choice,
) -> Result<(Format, Vec<String>, Document)> {
    let mut archive = Archive::new(raw, options.limits.bytes);
    let (mut all, mut members, mut others) = (Document::default(), Vec::new(), Vec::new());
    let mut format = None;
    while let Some((name, mut member)) = archive.next()? {
        let within = |fault: Fault| fault.within(&name);
        let head = head(&mut member).map_err(within)?;
        if !is_meter_file(&name, &head) {
            member.skip().map_err(within)?;
            others.push(name);
            continue;
        }
        let limit = options.limits.readings().saturating_sub(all.kept());
        let source = Source::new(Cursor::new(head).chain(&mut member));
        let (found, mut document) =
            read_document(source, options, choice, limit).map_err(within)?;
        member.skip().map_err(within)?;
        if *format.get_or_insert(found) != found {
            let text = "its files are of different formats".to_owned();
            return Err(Fault::file(Problem::BadArchive(text)));
        }
        if found == Format::Ocmf && !members.is_empty() {
            let text = "signed records in several files, which are checked as one".to_owned();
            return Err(Fault::file(Problem::BadArchive(text)));
        }
        for found in &mut document.found {
            found.each_line(|line| *line |= (members.len() as u64) << MEMBER);
        }
        #[cfg(feature = "signatures")]
        {
            all.checked = document.checked.take();
        }
        all.add(document);
        members.push(name);
    }
    let Some(format) = format else {
        let text = "it holds no meter file (.xml, .csv or NEM12)".to_owned();
        return Err(Fault::file(Problem::BadArchive(text)));
    };
    let list = |names: &[String]| {
        let more = if names.len() > 5 { ", …" } else { "" };
        format!("{}{more}", names.iter().take(5).cloned().collect::<Vec<_>>().join(", "))
    };
    all.notes.push(format!("from a ZIP file: {}", list(&members)));
    if !others.is_empty() {
        all.notes.push(format!("not meter files, left out: {}", list(&others)));
    }
    Ok((format, members, all))
}

/// Replaces a line that carries a member's number by the line and the member's name.
pub(super) fn name_member(fault: Fault, members: &[String]) -> Fault {
    let line = |line: u64| line & ((1 << MEMBER) - 1);
    let Place::Line(carrier) = fault.place else { return fault };
    let problem = match fault.problem {
        Problem::Conflict { other } => Problem::Conflict { other: line(other) },
        Problem::Overlap { other } => Problem::Overlap { other: line(other) },
        other => other,
    };
    let fault = Fault { place: Place::Line(line(carrier)), problem, ..fault };
    match members.get((carrier >> MEMBER) as usize) {
        Some(name) => fault.within(name),
        None => fault,
    }
}

/// As much of a member as its format is told by.
fn head(member: &mut Member<'_, '_>) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    member.take(LINE as u64).read_to_end(&mut head).map_err(|e| Fault::from_io(&e))?;
    Ok(head)
}

/// Told by the name, or by the first bytes: market files are often named without an extension.
fn is_meter_file(name: &str, head: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let hidden =
        name.starts_with("__macosx/") || name.rsplit('/').next().is_none_or(|f| f.starts_with('.'));
    let line = head.trim_ascii_start().split(|&b| b == b'\n').next().unwrap_or_default();
    !hidden
        && (name.ends_with(".xml")
            || name.ends_with(".csv")
            || nem12::recognises(line)
            || ocmf::recognises(head.trim_ascii_start()))
}

impl Document {
    /// Puts in what another file has: of a series that is here already, more of it.
    fn add(&mut self, other: Self) {
        for found in other.found {
            match self.found.iter_mut().find(|known| known.is_same_series(&found)) {
                Some(known) => known.extend(found),
                None => self.found.push(found),
            }
        }
        self.left_out.extend(other.left_out);
        self.summaries.extend(other.summaries);
        for note in other.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        other.unchosen.iter().for_each(|name| self.unchosen(name));
    }

    fn kept(&self) -> u32 {
        self.found.iter().map(Found::rows).fold(0, u32::saturating_add)
    }
}
