//! Makes tests/vectors: keys, profiles, and a case for each way in which a claim is accepted or refused.
//!
//! Everything is drawn from constants, so that the same source gives the same files. Each case is judged first; where
//! one gets another verdict than it is meant to show, nothing is written.

mod book;
mod claims;
mod devices;
mod files;
mod keys;
mod points;
mod roots;
mod statements;

use book::Book;
use wattproof_tests::Any;

fn main() {
    if let Err(error) = run() {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

fn run() -> Any<()> {
    let mut book = Book::default();
    let goods = claims::write(&mut book)?;
    statements::write(&mut book, &goods)?;
    points::write(&mut book, &goods)?;
    files::write(&mut book, &goods)?;
    keys::write(&mut book, &goods)?;
    devices::write(&mut book, &goods)?;
    claims::ceremonies(&mut book, &goods)?;
    roots::write(&mut book, &goods)?;
    book.save()
}
