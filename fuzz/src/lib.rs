//! What must hold for any bytes, one function for each parser: the fuzz targets call them, and so do property tests, which include
//! these files.

pub mod files;
pub mod import;
pub mod room;
