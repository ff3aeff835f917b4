//! What the figures are compared with, on the same files and as many threads: reading them, and
//! mail-parser's full parse of them. `cargo bench --bench peer -- read|parse FOLDER THREADS`.

use std::io::{Error, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

fn main() -> Result<(), Error> {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [mode, folder, threads] = words.as_slice() else {
        return writeln!(std::io::stderr(), "usage: peer read|parse FOLDER THREADS");
    };
    let files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(|entry| entry.ok().filter(|entry| entry.file_type().is_file()))
        .map(walkdir::DirEntry::into_path)
        .collect();
    let (next, sum) = (AtomicUsize::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..threads.parse::<usize>().unwrap_or(1) {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    sum.fetch_add(measure(path, mode == "parse"), Ordering::Relaxed);
                }
            });
        }
    });
    writeln!(std::io::stderr(), "{} files, {} bytes or parts", files.len(), sum.into_inner())
}

/// Bytes read, or parts parsed: something the compiler cannot leave out.
fn measure(path: &PathBuf, parse: bool) -> u64 {
    let Ok(bytes) = std::fs::read(path) else { return 0 };
    if parse {
        mail_parser::MessageParser::default()
            .parse(&bytes)
            .map_or(0, |message| message.parts.len() as u64)
    } else {
        bytes.len() as u64
    }
}
