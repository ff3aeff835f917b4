//! Writes the extended report that figures are measured on:
//! `cargo bench --bench generate -- 1000000 utf8 target/bench/extended.csv`.

mod extended_report;

use std::io::{BufWriter, Error, Write};

fn main() -> Result<(), Error> {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [rows, charset, path] = words.as_slice() else {
        return writeln!(std::io::stderr(), "usage: generate ROWS utf8|utf16le PATH");
    };
    let rows = rows.parse().map_err(Error::other)?;
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    extended_report::write(&mut out, rows, charset == "utf16le")?;
    out.flush()
}
