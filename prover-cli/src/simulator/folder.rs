//! A device's storage in a folder: a file for each bank, and one to lock.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use wattproof_device::{Bank, Storage, StorageFault};

use crate::failure::{Failure, Result};

/// Most bytes of a bank: a year of quarter hours that nobody collects.
const CAPACITY: usize = 4 << 20;

/// The storage, locked until dropped. Files can be read by their owner only: they hold readings.
pub(crate) struct Folder {
    banks: [File; 2],
    /// The last failure of the system, which the device itself only knows to be one.
    fault: Option<io::Error>,
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Opens a folder, or makes one, and waits until no other process has it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let place = || Failure::unwritable(path);
        let fresh = !path.exists();
        fs::create_dir_all(path).map_err(place())?;
        let open = |name: &str| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(path.join(name)).map_err(place())
        };
        let lock = open("lock")?;
        lock.lock().map_err(place())?;
        let banks = [open("bank-a")?, open("bank-b")?];
        // A file that is not in its folder for good could take what was written to it along.
        sync_folder(path).map_err(place())?;
        if let (true, Some(parent)) = (fresh, path.parent().filter(|p| !p.as_os_str().is_empty())) {
            sync_folder(parent).map_err(place())?;
        }
        Ok(Self { banks, fault: None, path: path.into(), _lock: lock })
    }

    /// Why the storage failed, if it did.
    pub(crate) fn take_fault(&mut self) -> Option<Failure> {
        let fault = self.fault.take()?;
        Some(Failure::unwritable(&self.path)(fault))
    }

    fn noting<T>(&mut self, done: io::Result<T>) -> Result<T, StorageFault> {
        done.map_err(|fault| {
            self.fault = Some(fault);
            StorageFault
        })
    }
}

/// Makes what is in a folder stay there.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    // Only Unix opens folders; elsewhere the system does it by itself.
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn read(mut file: &File, offset: usize, buffer: &mut [u8]) -> io::Result<usize> {
    file.seek(SeekFrom::Start(offset as u64))?;
    let mut there = 0;
    while there < buffer.len() {
        match file.read(&mut buffer[there..]) {
            Ok(0) => break,
            Ok(n) => there += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(there)
}

fn append(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::End(0))?;
    file.write_all(bytes)?;
    file.sync_data()
}

impl Storage for Folder {
    fn read(
        &mut self,
        bank: Bank,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<usize, StorageFault> {
        let done = read(&self.banks[bank as usize], offset, buffer);
        self.noting(done)
    }

    fn append(&mut self, bank: Bank, bytes: &[u8]) -> Result<(), StorageFault> {
        let done = append(&self.banks[bank as usize], bytes);
        self.noting(done)
    }

    fn erase(&mut self, bank: Bank) -> Result<(), StorageFault> {
        let file = &self.banks[bank as usize];
        let done = file.set_len(0).and_then(|()| file.sync_all());
        self.noting(done)
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}
