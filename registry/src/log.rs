//! What a log says besides its entries: its name, its roots and when each was current.

use std::io::BufRead;
use std::path::Path;

use wattproof_circuits::format::{RegistryEvent, RegistryRecord};
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::{Registry, Roll};

use crate::lines::{Lines, Next, ORIGIN, hex};
use crate::{Error, Progress, Result};

/// A log's beginning and its present end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub(crate) name: String,
    pub(crate) depth: u8,
    pub(crate) grace: u64,
    /// Time of the last event.
    pub(crate) time: u64,
    /// Digest, number and bytes of the lines up to the last root.
    pub(crate) head: [u8; 32],
    pub(crate) lines: u64,
    pub(crate) length: u64,
    /// Each root and since when.
    pub(crate) roots: Vec<(F, u64)>,
}

/// A root and when it was current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootSpan {
    /// The root.
    pub root: F,
    /// Since when it was current, Unix seconds.
    pub since: u64,
    /// When another took its place, if one did.
    pub replaced_at: Option<u64>,
    /// When its grace period ends, if it was replaced; exclusive.
    pub valid_until: Option<u64>,
}

impl Log {
    /// What people call the registry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// For how many seconds a root is accepted after it was replaced.
    pub fn grace(&self) -> u64 {
        self.grace
    }

    /// Time of the last event, Unix seconds.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Digest of the last line, in hex: whoever has it can tell whether a log holds all that there was.
    pub fn head(&self) -> String {
        hex(&self.head)
    }

    /// How many lines there are.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// How many bytes they are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Every root there was, oldest first.
    pub fn roots(&self) -> impl DoubleEndedIterator<Item = RootSpan> + '_ {
        (0..self.roots.len()).map(|i| self.span(i))
    }

    fn span(&self, i: usize) -> RootSpan {
        let (root, since) = self.roots[i];
        let replaced_at = self.roots.get(i + 1).map(|(_, since)| *since);
        let valid_until = replaced_at.map(|time| time + self.grace);
        RootSpan { root, since, replaced_at, valid_until }
    }

    /// The root that was current at `time`, if the registry had begun.
    pub fn root_at(&self, time: u64) -> Option<RootSpan> {
        let after = self.roots.partition_point(|(_, since)| *since <= time);
        after.checked_sub(1).map(|i| self.span(i))
    }

    /// The present root and those whose grace period has not ended at `now`, newest first; none twice.
    pub fn accepted(&self, now: u64) -> Vec<RootSpan> {
        let mut list: Vec<RootSpan> = Vec::new();
        let in_time = |span: &RootSpan| span.valid_until.is_none_or(|end| now < end);
        for span in self.roots().rev().take_while(in_time) {
            if list.iter().all(|other| other.root != span.root) {
                list.push(span);
            }
        }
        list
    }

    /// Begins a log: the first two lines' records.
    pub(crate) fn begin(
        name: &str,
        depth: u8,
        grace: u64,
        time: u64,
    ) -> Result<[RegistryRecord; 2]> {
        let root = Registry::new(depth)?.root();
        let init = RegistryEvent::Init { name: name.into(), depth, grace };
        let records =
            [init, RegistryEvent::Root { root }].map(|event| RegistryRecord { time, event });
        // What could not be read back is never written.
        RegistryRecord::from_json(records[0].to_json().as_bytes())?;
        Ok(records)
    }
}

/// Events up to a root; [`Log`] moves on to it.
struct Batch {
    events: Vec<(u64, RegistryEvent)>,
    root: F,
}

/// A log in reading: events take effect when their root is read.
pub(crate) struct Reader<'a, R> {
    path: &'a Path,
    lines: Lines<R>,
    /// Length of the file, for progress.
    total: u64,
}

/// How a log ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a root.
    Whole,
    /// With events that took no effect: whoever wrote them was interrupted.
    Torn,
}

impl<'a, R: BufRead> Reader<'a, R> {
    /// Reads the first lines.
    pub(crate) fn begin(path: &'a Path, input: R, total: u64) -> Result<(Self, Registry, Log)> {
        let mut reader = Self { path, lines: Lines::new(input, ORIGIN, 0, 0), total };
        let mut first = Vec::new();
        for _ in 0..2 {
            match reader.read()? {
                Next::Record(record) => first.push(*record),
                _ => return Err(reader.damaged("a log begins with its name and a root")),
            }
        }
        let [
            RegistryRecord { time, event: RegistryEvent::Init { name, depth, grace } },
            RegistryRecord { time: since, event: RegistryEvent::Root { root } },
        ] = &first[..]
        else {
            return Err(reader.damaged("a log begins with its name and a root"));
        };
        let registry = Registry::new(*depth).map_err(|e| reader.damaged(e.message()))?;
        if time != since || *root != registry.root() {
            return Err(reader.damaged("the first root is not an empty registry's"));
        }
        let log = Log {
            name: name.clone(),
            depth: *depth,
            grace: *grace,
            time: *time,
            head: reader.lines.head,
            lines: reader.lines.count,
            length: reader.lines.length,
            roots: vec![(*root, *time)],
        };
        Ok((reader, registry, log))
    }

    /// Goes on behind what `log` holds.
    pub(crate) fn resume(path: &'a Path, input: R, total: u64, log: &Log) -> Self {
        Self { path, lines: Lines::new(input, log.head, log.lines, log.length), total }
    }

    fn damaged(&self, what: impl Into<String>) -> Error {
        Error::Damaged { path: self.path.into(), line: self.lines.count, what: what.into() }
    }

    fn read(&mut self) -> Result<Next> {
        self.lines.next().map_err(Error::unreadable(self.path))
    }

    /// The next events with their root, or how the log ends.
    fn batch(&mut self, log: &Log) -> Result<Result<Batch, End>> {
        let (mut events, mut time) = (Vec::new(), log.time);
        loop {
            let record = match self.read()? {
                Next::Record(record) => *record,
                Next::End if events.is_empty() => return Ok(Err(End::Whole)),
                Next::End | Next::Torn => return Ok(Err(End::Torn)),
                Next::Damaged(what) => {
                    let line = self.lines.count + 1;
                    return Err(Error::Damaged { path: self.path.into(), line, what });
                }
            };
            if record.time < time {
                return Err(self.damaged("earlier than the line before"));
            }
            time = record.time;
            match record.event {
                RegistryEvent::Init { .. } => return Err(self.damaged("a second beginning")),
                RegistryEvent::Root { .. } if events.is_empty() => {
                    return Err(self.damaged("a root that nothing led to"));
                }
                RegistryEvent::Root { root } => {
                    if events.last().is_some_and(|(last, _)| *last != time) {
                        return Err(self.damaged("later than the events it is for"));
                    }
                    return Ok(Ok(Batch { events, root }));
                }
                event => events.push((time, event)),
            }
        }
    }

    /// Applies all that follows. The last root is compared with the tree; those before it are the registrar's word, which `each_root`
    /// compares too, at the price of ten hashes each.
    pub(crate) fn replay(
        mut self,
        registry: &mut Registry,
        log: &mut Log,
        each_root: bool,
        audit: &mut dyn FnMut(&RegistryEvent) -> Result<()>,
        progress: Progress<'_>,
    ) -> Result<End> {
        let end = if each_root {
            loop {
                let end = registry.change(|roll| self.step(roll, log, audit, progress))?;
                self.compare(registry, log)?;
                if let Some(end) = end {
                    break end;
                }
            }
        } else {
            registry.change(|roll| {
                loop {
                    if let Some(end) = self.step(roll, log, audit, progress)? {
                        return Ok::<_, Error>(end);
                    }
                }
            })?
        };
        self.compare(registry, log)?;
        Ok(end)
    }

    fn compare(&self, registry: &Registry, log: &Log) -> Result<()> {
        match log.roots.last() {
            Some((root, _)) if *root == registry.root() => Ok(()),
            _ => Err(self.damaged("its root is not that of the entries")),
        }
    }

    fn step(
        &mut self,
        roll: &mut Roll,
        log: &mut Log,
        audit: &mut dyn FnMut(&RegistryEvent) -> Result<()>,
        progress: Progress<'_>,
    ) -> Result<Option<End>> {
        let batch = match self.batch(log)? {
            Err(end) => return Ok(Some(end)),
            Ok(batch) => batch,
        };
        for (time, event) in &batch.events {
            event.apply(roll, *time, log.grace).map_err(|e| self.damaged(e.message()))?;
            audit(event)?;
            log.time = *time;
        }
        log.roots.push((batch.root, log.time));
        (log.head, log.lines, log.length) = (self.lines.head, self.lines.count, self.lines.length);
        progress(log.length, self.total.max(log.length));
        Ok(None)
    }
}
