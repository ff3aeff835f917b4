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
    let bytes = write_folder(Path::new(folder), count.parse().map_err(Error::other)?)?;
    writeln!(std::io::stderr(), "{count} messages, {bytes} bytes")
}

/// Writes `count` messages into `folder`, 100 to a subfolder.
fn write_folder(folder: &Path, count: u64) -> Result<u64, Error> {
    let mut bytes = 0;
    for number in 0..count {
        let sub = folder.join(format!("{:03}", number / 100));
        std::fs::create_dir_all(&sub)?;
        let message = messages::message(number);
        bytes += message.len() as u64;
        std::fs::File::create(sub.join(format!("{number:05}.eml")))?
            .write_all(message.as_bytes())?;
    }
    Ok(bytes)
}
