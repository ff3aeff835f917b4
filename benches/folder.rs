//! Writes the folder of messages that figures are measured on:
//! `cargo bench --bench folder -- 8000 target/bench/messages`.

mod messages;

use std::io::{Error, Write};
use std::path::Path;

fn main() -> Result<(), Error> {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [count, folder] = words.as_slice() else {
        return writeln!(std::io::stderr(), "usage: folder COUNT FOLDER");
    };
    let bytes = messages::write_folder(Path::new(folder), count.parse().map_err(Error::other)?)?;
    writeln!(std::io::stderr(), "{count} messages, {bytes} bytes")
}
