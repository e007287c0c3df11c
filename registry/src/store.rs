//! A registry's log, opened: what it holds, and the only way to change it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use wattproof_circuits::error::{Code, Error as Refusal};
use wattproof_circuits::format::{Enrolment, RegistryEvent, RegistryRecord};
use wattproof_circuits::meter::{Level, Path as Way, Registry};

use crate::lines::{ORIGIN, ends_with, write as write_line};
use crate::log::{End, Log, Reader};
use crate::serials::Serials;
use crate::{Error, Progress, Result, snapshot};

/// Lines after which a new snapshot saves more than it costs.
const SNAPSHOT_EVERY: u64 = 4096;

/// How far a clock may be behind the log and still be meant: it was set right meanwhile.
const CLOCK_SLACK: u64 = 60;

/// What a log is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To look; others may look too.
    Read,
    /// To change; nobody else has it until it is closed.
    Change,
}

/// A change of the registry, still to be judged.
#[derive(Clone, Debug)]
pub enum Change {
    /// Enrol a meter. The registrar vouches for level and nameplate by name.
    Add {
        /// What the device asks for.
        enrolment: Enrolment,
        /// Level that the registrar vouches for.
        level: Level,
        /// Nameplate that the registrar vouches for, in watts.
        nameplate: u64,
    },
    /// Revoke the entry at this index.
    Revoke(usize),
    /// Give the meter of the entry at `index` another key or nullifier key, from the enrolment's begin on.
    Rotate {
        /// The old entry.
        index: usize,
        /// What the device asks for.
        enrolment: Enrolment,
        /// Level that the registrar vouches for.
        level: Level,
        /// Nameplate that the registrar vouches for, in watts.
        nameplate: u64,
    },
}

/// What reading a whole log looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Compare each root with the entries then, not the last alone: ten hashes for each change.
    pub each_root: bool,
    /// Verify the signature of each enrolment.
    pub signatures: bool,
    /// Compare the serials beside the log with its meter ids.
    pub serials: bool,
}

/// A registry and its log.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    file: File,
    registry: Registry,
    log: Log,
    end: End,
    /// Lines that the snapshot has.
    saved: u64,
}

impl Store {
    /// Begins a log. `grace`: seconds for which a root is accepted after it was replaced. `now`: Unix seconds.
    ///
    /// # Errors
    /// [`Error::Exists`] if there is such a file and it is not to be replaced; [`Error::Wrong`] for a name, depth or grace out of range.
    pub fn create(
        path: &Path,
        (name, depth, grace): (&str, u8, u64),
        now: u64,
        replace: bool,
    ) -> Result<()> {
        let (mut text, mut head) = (String::new(), ORIGIN);
        for record in Log::begin(name, depth, grace, now)? {
            head = write_line(&mut text, &head, &record);
        }
        if !replace && path.exists() {
            return Err(Error::Exists(path.into()));
        }
        let write = || -> io::Result<()> {
            // What lay beside another log is none of this one's. The serials first: without them nothing is enrolled.
            Serials::begin(path)?;
            remove(&snapshot::place(path))?;
            let mut file = NamedTempFile::new_in(folder(path))?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            publish(file.as_file())?;
            if replace {
                file.persist(path)?;
            } else {
                file.persist_noclobber(path)?;
            }
            sync_folder(path)
        };
        write().map_err(Error::unwritable(path))
    }

    /// Opens a log: by the snapshot beside it and what came after, or from its first line on.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a line that is not what was written; [`Error::Rewritten`] for a log that ends before its snapshot, or has
    /// another line there.
    pub fn open(path: &Path, mode: Mode, progress: Progress<'_>) -> Result<Self> {
        let file = Self::file(path, mode)?;
        let (begun, begin) = Self::begin(path, &file)?;
        match snapshot::load(path, &begin)? {
            Some((registry, log)) => {
                Self::compare(path, &file, &log)?;
                Self::read(path, file, (registry, log), progress)
            }
            None => Self::read(path, file, (begun, begin), progress),
        }
    }

    /// Reads a log from its first line on, looks at what is asked for, and compares its snapshot, if it has one.
    ///
    /// # Errors
    /// As [`Store::open`]; [`Error::Damaged`] for a root or signature that does not hold, or a snapshot that is not the log's;
    /// [`Error::Serials`].
    pub fn check(path: &Path, audit: Audit, progress: Progress<'_>) -> Result<Self> {
        let file = Self::file(path, Mode::Read)?;
        let total = length(&file, path)?;
        let (reader, mut registry, mut log) =
            Reader::begin(path, BufReader::with_capacity(1 << 20, &file), total)?;
        let begin = log.clone();
        let mut verify = |event: &RegistryEvent| match audit.signatures {
            true => event.verify().map_err(Error::from),
            false => Ok(()),
        };
        let end = reader.replay(&mut registry, &mut log, audit.each_root, &mut verify, progress)?;
        let saved = match snapshot::load(path, &begin)? {
            None => 0,
            Some((saved, then)) => {
                Self::compare(path, &file, &then)?;
                let mut own = then.clone();
                let mut back = saved;
                let tail = Self::tail(path, &file, &own)?;
                tail.replay(&mut back, &mut own, false, &mut |_| Ok(()), progress)?;
                if back.entries() != registry.entries()
                    || back.tree().levels() != registry.tree().levels()
                {
                    let what = "its snapshot has other entries or nodes; remove it".into();
                    return Err(Error::Damaged { path: path.into(), line: then.lines, what });
                }
                then.lines
            }
        };
        if audit.serials {
            Serials::of(path).check(registry.roll())?;
        }
        Ok(Self { path: path.into(), file, registry, log, end, saved })
    }

    fn file(path: &Path, mode: Mode) -> Result<File> {
        let change = mode == Mode::Change;
        let file = OpenOptions::new().read(true).write(change).open(path);
        let file = file.map_err(Error::unreadable(path))?;
        let lock = if change { file.lock() } else { file.lock_shared() };
        lock.map_err(Error::unreadable(path))?;
        Ok(file)
    }

    fn begin(path: &Path, file: &File) -> Result<(Registry, Log)> {
        let (_, registry, log) = Reader::begin(path, BufReader::new(file), 0)?;
        Ok((registry, log))
    }

    /// Refuses a log that does not have, at this place, the line that was there.
    pub(crate) fn compare(path: &Path, mut file: &File, then: &Log) -> Result<()> {
        let rewritten = |what: &str| Err(Error::Rewritten { path: path.into(), what: what.into() });
        if length(file, path)? < then.length {
            return rewritten("it ends before a place that was seen already");
        }
        // The end of a line, with its digest.
        const END: u64 = 80;
        let mut end = [0; END as usize];
        let at = then.length.saturating_sub(END);
        let read = file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut end));
        read.map_err(Error::unreadable(path))?;
        if !ends_with(&end, &then.head) {
            return rewritten("it has another line where one was seen already");
        }
        Ok(())
    }

    fn tail<'a>(
        path: &'a Path,
        mut file: &'a File,
        log: &Log,
    ) -> Result<Reader<'a, BufReader<&'a File>>> {
        file.seek(SeekFrom::Start(log.length)).map_err(Error::unreadable(path))?;
        let total = length(file, path)?;
        Ok(Reader::resume(path, BufReader::with_capacity(1 << 20, file), total, log))
    }

    fn read(
        path: &Path,
        file: File,
        (mut registry, mut log): (Registry, Log),
        progress: Progress<'_>,
    ) -> Result<Self> {
        let saved = if log.lines > 2 { log.lines } else { 0 };
        let tail = Self::tail(path, &file, &log)?;
        let end = tail.replay(&mut registry, &mut log, false, &mut |_| Ok(()), progress)?;
        Ok(Self { path: path.into(), file, registry, log, end, saved })
    }

    /// Entries and tree.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Name, roots, and where the log ends.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Whether the log ends with events that took no effect, as whoever wrote them was interrupted. The next commit removes them; nobody
    /// was told that they are done.
    pub fn is_torn(&self) -> bool {
        self.end == End::Torn
    }

    /// The path of an entry, followed up to the root.
    ///
    /// # Errors
    /// [`Code::NotEnrolled`] if there is no such entry or it is revoked; [`Error::Damaged`] if the path does not lead to the root, as the
    /// snapshot is not the log's.
    pub fn path(&self, index: usize) -> Result<Way> {
        let way = self.registry.path(index)?;
        let leaf = self.registry.entries().get(index).map(|e| e.leaf.hash()).unwrap_or_default();
        if way.root(leaf).ok() != Some(self.registry.root()) {
            let what = "the snapshot's nodes do not lead to the root; remove the snapshot".into();
            return Err(Error::Damaged { path: self.path.clone(), line: self.log.lines, what });
        }
        Ok(way)
    }

    /// Judges changes and writes those events, all or none; they are on disk when it returns. `now`: Unix seconds. Gives how many
    /// entries there were before.
    ///
    /// # Errors
    /// [`Error::Wrong`] for what the rules refuse; [`Error::Serials`] for a serial that is enrolled under another meter id;
    /// [`Error::Clock`]; the log is as it was then, and so are the serials' meanings.
    pub fn commit(mut self, changes: &[Change], now: u64) -> Result<(Self, usize)> {
        let last = self.log.time;
        if now + CLOCK_SLACK < last {
            return Err(Error::Clock { last, now });
        }
        let (time, before) = (now.max(last), self.registry.entries().len());
        if changes.is_empty() {
            return Ok((self, before));
        }
        let events = changes.iter().map(event).collect::<Result<Vec<_>>>()?;
        let enrolments: Vec<&Enrolment> = changes.iter().filter_map(enrolment).collect();
        if !enrolments.is_empty() {
            Serials::of(&self.path).record(self.registry.roll(), &enrolments)?;
        }
        let grace = self.log.grace;
        self.registry
            .change(|roll| events.iter().try_for_each(|event| event.apply(roll, time, grace)))?;
        let root = self.registry.root();
        let (mut text, mut head) = (String::new(), self.log.head);
        let lines = events.len() as u64 + 1;
        for event in events.into_iter().chain([RegistryEvent::Root { root }]) {
            head = write_line(&mut text, &head, &RegistryRecord { time, event });
        }
        self.append(self.log.length, &mut text.as_bytes())?;
        self.log.roots.push((root, time));
        (self.log.head, self.log.time) = (head, time);
        self.log.lines += lines;
        self.log.length += text.len() as u64;
        self.keep_snapshot()?;
        Ok((self, before))
    }

    /// Writes at `length`, where a root ends, over what was torn off there.
    pub(crate) fn append(&mut self, length: u64, lines: &mut impl Read) -> Result<()> {
        let file = &mut self.file;
        let mut write = || -> io::Result<()> {
            file.set_len(length)?;
            file.seek(SeekFrom::Start(length))?;
            io::copy(lines, file)?;
            file.sync_all()
        };
        let outcome = write();
        if outcome.is_err() {
            // As far as can be; if not, the next one finds it torn.
            let _ = self.file.set_len(length);
        }
        self.end = End::Whole;
        outcome.map_err(Error::unwritable(&self.path))
    }

    /// Takes in the lines of another log that follow on this one, without writing them.
    pub(crate) fn follow(
        &mut self,
        source: &Path,
        input: impl BufRead,
        progress: Progress<'_>,
    ) -> Result<()> {
        let reader = Reader::resume(source, input, 0, &self.log);
        let (registry, log) = (&mut self.registry, &mut self.log);
        reader.replay(registry, log, false, &mut |_| Ok(()), progress).map(drop)
    }

    /// The same log at another path.
    pub(crate) fn moved(self, path: &Path) -> Self {
        Self { path: path.into(), ..self }
    }

    /// Removes what was torn off; true if there was something.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn repair(&mut self) -> Result<bool> {
        let torn = self.is_torn();
        if torn {
            self.append(self.log.length, &mut io::empty())?;
        }
        Ok(torn)
    }

    pub(crate) fn keep_snapshot(&mut self) -> Result<()> {
        if self.log.lines - self.saved >= SNAPSHOT_EVERY {
            self.save_snapshot()?;
        }
        Ok(())
    }

    /// Writes the snapshot, which is done anyhow every few thousand lines.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn save_snapshot(&mut self) -> Result<()> {
        snapshot::save(&self.path, &self.log, &self.registry)?;
        self.saved = self.log.lines;
        Ok(())
    }
}

fn enrolment(change: &Change) -> Option<&Enrolment> {
    match change {
        Change::Add { enrolment, .. } | Change::Rotate { enrolment, .. } => Some(enrolment),
        Change::Revoke(_) => None,
    }
}

fn event(change: &Change) -> Result<RegistryEvent> {
    Ok(match change {
        Change::Revoke(index) => RegistryEvent::Revoke { index: *index },
        Change::Add { enrolment, level, nameplate } => {
            let leaf = vouched(enrolment, *level, *nameplate)?.leaf().clone();
            RegistryEvent::Add { leaf, possession: *enrolment.possession() }
        }
        Change::Rotate { index, enrolment, level, nameplate } => {
            let leaf = vouched(enrolment, *level, *nameplate)?.leaf().clone();
            RegistryEvent::Rotate { index: *index, leaf, possession: *enrolment.possession() }
        }
    })
}

/// What the device asks for must be what the registrar vouches for.
fn vouched(enrolment: &Enrolment, level: Level, nameplate: u64) -> Result<&Enrolment> {
    let leaf = enrolment.leaf();
    if leaf.level != level || leaf.nameplate != nameplate {
        let message = format!(
            "the device asks for {:?} and {} W, the registrar vouches for {level:?} and {nameplate} W.",
            leaf.level, leaf.nameplate
        );
        return Err(Refusal::new(Code::NotEnrolled, message).into());
    }
    Ok(enrolment)
}

pub(crate) fn length(file: &File, path: &Path) -> Result<u64> {
    Ok(file.metadata().map_err(Error::unreadable(path))?.len())
}

/// The file beside a log with this ending.
pub(crate) fn beside(log: &Path, ending: &str) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a temporary file one that others may read, as far as files here are.
pub(crate) fn publish(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Makes a renaming last.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder(path))?.sync_all() } else { Ok(()) }
}
