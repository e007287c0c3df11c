//! Makes tests/vectors: keys, profiles, and a case for each way in which a claim is accepted or refused.
//!
//! Everything is drawn from constants, so that the same source gives the same files. Each case is judged first; where
//! one gets another verdict than it is meant to show, nothing is written.
//!
//! `make-vectors --check` writes nothing, and compares with what is there, byte for byte; `--check-few` does so for the keys, profiles
//! and claims of the smallest circuits only, which takes seconds.

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

const USAGE: &str = "make-vectors [--check | --check-few]";

fn main() {
    if let Err(error) = run() {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

fn run() -> Any<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let ([] | [_]) = args.as_slice() else { return Err(USAGE.into()) };
    let mut book = Book::default();
    match args.first().map(String::as_str) {
        None => fill(&mut book).and_then(|()| book.save()),
        Some("--check") => fill(&mut book).and_then(|()| book.check()),
        Some("--check-few") => claims::few(&mut book).and_then(|()| book.check_few()),
        Some(_) => Err(USAGE.into()),
    }
}

fn fill(book: &mut Book) -> Any<()> {
    let goods = claims::write(book)?;
    statements::write(book, &goods)?;
    points::write(book, &goods)?;
    files::write(book, &goods)?;
    keys::write(book, &goods)?;
    devices::write(book, &goods)?;
    claims::ceremonies(book, &goods)?;
    roots::write(book, &goods)
}
