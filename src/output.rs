//! Where a command's result goes, and what becomes of a write that fails.

use crate::cli::ColorArg;
use crate::error::{Error, Result};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

/// Where a command's result goes: a file, or standard output with or without colour.
pub struct Output {
    sink: Box<dyn Write>,
    name: String,
    /// Columns to lay text out for; `None` where lines need not be wrapped (a file, a pipe).
    pub width: Option<usize>,
    /// Whether text may carry colour.
    pub color: bool,
}

impl Output {
    /// Narrowest width that text is laid out for, in columns.
    const MIN_WIDTH: usize = 40;
    /// Widest line of running text, in columns: longer ones are hard to read.
    const MAX_WIDTH: usize = 100;

    /// Opens the output before any work begins, so that a bad path fails early.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the file cannot be created.
    pub fn open(path: Option<&Path>, color: ColorArg) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::standard(color)) };
        let name = path.display().to_string();
        let file = std::fs::File::create(path)
            .map_err(|e| Error::Write { path: name.as_str().into(), reason: e.to_string() })?;
        let color = color == ColorArg::Always;
        Ok(Output { sink: Box::new(BufWriter::new(file)), name, width: None, color })
    }

    fn standard(color: ColorArg) -> Self {
        let stdout = io::stdout();
        let width = stdout.is_terminal().then(|| {
            let told = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
            Self::columns(told, std::env::var("COLUMNS").ok().as_deref())
        });
        let color = match color {
            ColorArg::Always => true,
            ColorArg::Never => false,
            ColorArg::Auto => anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
        };
        let sink = Box::new(BufWriter::with_capacity(64 * 1024, stdout.lock()));
        Output { sink, name: "standard output".to_owned(), width, color }
    }

    /// Columns to lay text out for on a terminal that says how wide it is, or does not: then what the
    /// shell says, else what every terminal has.
    fn columns(told: Option<usize>, shell: Option<&str>) -> usize {
        let shell = || shell?.trim().parse().ok().filter(|columns| *columns > 0);
        told.filter(|columns| *columns > 0)
            .or_else(shell)
            .unwrap_or(80)
            .clamp(Self::MIN_WIDTH, Self::MAX_WIDTH)
    }

    /// Turns a failed write into the error that names this output.
    pub fn failed(&self, error: &io::Error) -> Error {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Error::Closed
        } else {
            Error::Write { path: self.name.as_str().into(), reason: error.to_string() }
        }
    }

    /// Writes all of `text`.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] when the reader has gone away, [`Error::Write`] otherwise.
    pub fn put(&mut self, text: &[u8]) -> Result<()> {
        self.sink.write_all(text).map_err(|e| self.failed(&e))
    }

    /// Pushes everything out.
    ///
    /// # Errors
    ///
    /// As [`Output::put`].
    pub fn finish(&mut self) -> Result<()> {
        self.sink.flush().map_err(|e| self.failed(&e))
    }
}

impl Write for Output {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.sink.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_of_unknown_width_has_eighty_columns_unless_the_shell_knows_better() {
        for (told, shell, columns) in [
            (None, None, 80),
            (Some(0), None, 80),
            (None, Some("92"), 92),
            (None, Some("wide"), 80),
            (None, Some("0"), 80),
            (Some(72), Some("92"), 72),
            (Some(7), None, 40),
            (Some(300), None, 100),
        ] {
            assert_eq!(Output::columns(told, shell), columns, "{told:?} {shell:?}");
        }
    }
}
