//! A storage in memory, whose power can be cut.

use std::cell::RefCell;
use std::rc::Rc;

use wattproof_device::{Bank, F, Kind, Setup, Storage, StorageFault};

/// Two banks that outlive whoever uses them, and how many more bytes can be written before the power goes.
#[derive(Clone)]
pub(crate) struct Memory(Rc<RefCell<Cells>>);

pub(crate) struct Cells {
    pub(crate) banks: [Vec<u8>; 2],
    pub(crate) left: Option<usize>,
    pub(crate) written: usize,
    pub(crate) erased: usize,
    capacity: usize,
}

impl Memory {
    pub(crate) fn new(capacity: usize) -> Self {
        let banks = [Vec::new(), Vec::new()];
        Self(Rc::new(RefCell::new(Cells { banks, left: None, written: 0, erased: 0, capacity })))
    }

    #[allow(dead_code)] // by the tests that cut no power
    pub(crate) fn cells(&self) -> std::cell::RefMut<'_, Cells> {
        self.0.borrow_mut()
    }
}

impl Cells {
    /// How many of these bytes are written before the power goes.
    fn spend(&mut self, bytes: usize) -> Result<usize, StorageFault> {
        let now = self.left.map_or(bytes, |left| left.min(bytes));
        self.left = self.left.map(|left| left - now);
        self.written += now;
        Ok(now)
    }
}

impl Storage for Memory {
    fn read(
        &mut self,
        bank: Bank,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<usize, StorageFault> {
        let cells = self.0.borrow();
        let held = cells.banks[bank as usize].get(offset..).unwrap_or_default();
        let n = held.len().min(buffer.len());
        buffer[..n].copy_from_slice(&held[..n]);
        Ok(n)
    }

    fn append(&mut self, bank: Bank, bytes: &[u8]) -> Result<(), StorageFault> {
        let mut cells = self.0.borrow_mut();
        assert!(bytes.len().is_multiple_of(8));
        assert!(cells.banks[bank as usize].len() + bytes.len() <= cells.capacity);
        let now = cells.spend(bytes.len())?;
        cells.banks[bank as usize].extend_from_slice(&bytes[..now]);
        if now == bytes.len() { Ok(()) } else { Err(StorageFault) }
    }

    /// Two steps: half of what is there goes first.
    fn erase(&mut self, bank: Bank) -> Result<(), StorageFault> {
        let mut cells = self.0.borrow_mut();
        let steps = cells.spend(2)?;
        cells.erased += 1;
        let half = cells.banks[bank as usize].len() / 2;
        cells.banks[bank as usize].truncate([usize::MAX, half, 0][steps]);
        if steps == 2 { Ok(()) } else { Err(StorageFault) }
    }

    fn capacity(&self) -> usize {
        self.0.borrow().capacity
    }
}

/// Blocks of four quarters, on midnight's grid in UTC; one channel of imported Wh.
pub(crate) fn kind() -> Kind {
    Kind {
        interval_seconds: 900,
        grid_offset_seconds: 0,
        intervals_per_block: 4,
        value_bits: 16,
        channel_count: 1,
        channels: [0; 8],
    }
}

pub(crate) fn setup(kind: Kind, meter_id: F) -> Setup {
    Setup { kind, meter_id, longest_outage: 40 * 86_400 }
}
