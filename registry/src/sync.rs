//! Bringing another's log here: what we hold must be its beginning, and the rest must follow.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::store::{Mode, Store, folder, length, publish, sync_folder};
use crate::{Error, Progress, Result};

/// What a synchronisation did.
#[derive(Debug)]
pub struct Synced {
    /// The log here.
    pub store: Store,
    /// How many lines were added.
    pub lines: u64,
}

/// Copies the log `source`, a file or the folder of one of the same name, to `target`. Nothing of `target` changes unless all of
/// `source` up to its last root is what follows on it. What a writer was interrupted in stays behind.
///
/// # Errors
/// [`Error::Rewritten`] if `source` does not begin with all that `target` has; [`Error::Damaged`] if what follows is not a log.
pub fn sync(source: &Path, target: &Path, progress: Progress<'_>) -> Result<Synced> {
    let source = log_in(source, target);
    let place = |path: &Path| fs::canonicalize(path).ok();
    if place(&source).is_some_and(|source| place(target) == Some(source)) {
        let source = io::Error::other("this is the log itself");
        return Err(Error::Unreadable { path: target.into(), source });
    }
    if target.exists() {
        extend(&source, target, progress)
    } else {
        copy(&source, target, progress)
    }
}

fn log_in(source: &Path, target: &Path) -> PathBuf {
    match target.file_name() {
        Some(name) if source.is_dir() => source.join(name),
        _ => source.into(),
    }
}

fn copy(source: &Path, target: &Path, progress: Progress<'_>) -> Result<Synced> {
    let mut input = open(source)?;
    let file = draft(&mut input, target)?;
    let mut store = Store::open(file.path(), Mode::Change, progress)?;
    store.repair()?;
    let persist = || -> io::Result<()> {
        file.persist_noclobber(target)?;
        sync_folder(target)
    };
    persist().map_err(Error::unwritable(target))?;
    let mut store = store.moved(target);
    store.keep_snapshot()?;
    let lines = store.log().lines();
    Ok(Synced { store, lines })
}

fn extend(source: &Path, target: &Path, progress: Progress<'_>) -> Result<Synced> {
    let mut store = Store::open(target, Mode::Change, progress)?;
    let mut input = open(source)?;
    let held = store.log().clone();
    let rewritten = |what: &str| Error::Rewritten { path: source.into(), what: what.into() };
    if length(&input, source)? < held.length() {
        return Err(rewritten("it ends before the log that is here"));
    }
    if !same(&mut input, source, target, held.length())? {
        return Err(rewritten("it does not begin with the log that is here"));
    }
    // What is judged is what is written, whatever becomes of the source meanwhile.
    let mut rest = draft(&mut input, target)?;
    let begin = |file: &mut NamedTempFile| file.rewind().map_err(Error::unreadable(target));
    begin(&mut rest)?;
    store.follow(source, BufReader::with_capacity(1 << 20, &mut rest), progress)?;
    let lines = store.log().lines() - held.lines();
    if lines > 0 {
        begin(&mut rest)?;
        let new = store.log().length() - held.length();
        store.append(held.length(), &mut rest.take(new))?;
        store.keep_snapshot()?;
    }
    Ok(Synced { store, lines })
}

/// The rest of `input` beside `target`.
fn draft(input: &mut File, target: &Path) -> Result<NamedTempFile> {
    let mut write = || -> io::Result<NamedTempFile> {
        let mut file = NamedTempFile::new_in(folder(target))?;
        io::copy(input, &mut file)?;
        publish(file.as_file())?;
        Ok(file)
    };
    write().map_err(Error::unwritable(target))
}

fn open(source: &Path) -> Result<File> {
    let file = File::open(source).map_err(Error::unreadable(source))?;
    file.lock_shared().map_err(Error::unreadable(source))?;
    Ok(file)
}

/// Whether both files begin with the same bytes.
fn same(input: &mut impl Read, source: &Path, target: &Path, length: u64) -> Result<bool> {
    let mut own = File::open(target).map_err(Error::unreadable(target))?.take(length);
    let (mut mine, mut theirs) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let count = own.read(&mut mine).map_err(Error::unreadable(target))?;
        if count == 0 {
            return Ok(own.limit() == 0);
        }
        input.read_exact(&mut theirs[..count]).map_err(Error::unreadable(source))?;
        if mine[..count] != theirs[..count] {
            return Ok(false);
        }
    }
}
