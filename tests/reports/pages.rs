//! Writes the HTML pages that the browser tests open: `cargo run --example report_pages -- FOLDER`.

mod fixture;

use mailwhy::diagnosis::Diagnosis;
use mailwhy::report::html::Page;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

fn write(folder: &Path, name: &str, diagnoses: &[Diagnosis]) -> io::Result<()> {
    let mut page = Page::default();
    for diagnosis in diagnoses {
        page.add(diagnosis.clone());
    }
    let mut out = BufWriter::new(File::create(folder.join(name))?);
    page.finish(&mut out)?;
    out.flush()
}

fn main() -> io::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    write(&folder, "none.html", &[])?;
    write(&folder, "one.html", &[fixture::one()])?;
    write(&folder, "few.html", &fixture::many(20))?;
    write(&folder, "many.html", &fixture::many(10_000))?;
    write(&folder, "hostile-one.html", &[fixture::hostile()])?;
    write(&folder, "hostile-few.html", &[fixture::hostile(), fixture::one()])?;
    // More than a block, so that the hostile details arrive packed.
    let mut many = fixture::many(60);
    many.insert(0, fixture::hostile());
    write(&folder, "hostile-many.html", &many)
}
