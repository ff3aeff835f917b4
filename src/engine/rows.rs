//! Rows of every trace in a list of places, folded on all cores.

use crate::error::{Error, Result};
use crate::input::{self, Ignored, Item, Kind, Place};
use crate::trace::reader::{self, Body, Input, Options};
use crate::trace::report::{Refusal, Report};
use crate::trace::row::Row;
use std::path::Path;
use std::sync::Arc;

/// What a fold over places came to, besides its result.
#[derive(Debug, Default)]
pub struct Read {
    /// What became of every row.
    pub report: Report,
    /// Places of no use here, with the reason.
    pub ignored: Vec<Ignored>,
    /// Places that could not be read.
    pub failed: Vec<Error>,
}

/// Extensions of files that are tables, or are meant to be.
const TABLES: [&str; 5] = ["csv", "log", "tsv", "txt", "json"];

/// Folds the rows of every trace in `places`; see [`reader::read`].
///
/// # Errors
///
/// With strict options, the first row that is refused.
pub fn fold<W, A: Send>(
    places: &[Place],
    input: &input::Options,
    options: &Options<'_>,
    make: impl Fn() -> W + Sync,
    each: impl Fn(&mut W, &Row<'_>) -> std::result::Result<(), Refusal> + Sync,
    end: impl Fn(W) -> A + Sync,
    merge: impl Fn(&mut A, A) + Sync,
) -> Result<(A, Read)> {
    let mut read = Read::default();
    let mut files = Vec::new();
    let mut others = Vec::new();
    for place in places {
        match place {
            Place::File(path) => match input::kind(place) {
                Ok(kind) if is_table(kind, path) => {
                    let source = Arc::from(path.to_string_lossy());
                    files.push(Input { source, body: Body::File(path.clone()) });
                }
                Ok(Kind::Zip | Kind::Gzip) => others.push(place),
                Ok(kind) => {
                    let label = Arc::from(path.to_string_lossy());
                    read.ignored.push(Ignored { label, reason: kind.describe().to_owned() });
                }
                Err(error) => read.failed.push(error),
            },
            _ => others.push(place),
        }
    }
    let (mut result, report) = reader::read(files, options, &make, &each, &end, &merge)?;
    read.report = report;
    for place in others {
        let mut outcome = Ok(());
        input::visit(place, input, &mut |item| match item {
            _ if outcome.is_err() => {}
            Item::Opened(opened) if is_table(opened.kind, Path::new(&*opened.label)) => {
                let source = Arc::clone(&opened.label);
                let body = Body::Stream(Box::new(opened.into_reader()));
                let inputs = vec![Input { source, body }];
                match reader::read(inputs, options, &make, &each, &end, &merge) {
                    Ok((more, report)) => {
                        merge(&mut result, more);
                        read.report.append(report, options.refusals);
                    }
                    Err(error) => outcome = Err(error),
                }
            }
            Item::Opened(opened) => {
                let reason = opened.kind.describe().to_owned();
                read.ignored.push(Ignored { label: opened.label, reason });
            }
            Item::Ignored(ignored) => read.ignored.push(ignored),
            Item::Failed(error) => read.failed.push(error),
        });
        outcome?;
    }
    Ok((result, read))
}

/// Whether the content is a table, or the name says that it should be one: then the reader says what
/// is wrong with it.
fn is_table(kind: Kind, path: &Path) -> bool {
    let named = path
        .extension()
        .is_some_and(|own| TABLES.iter().any(|table| own.eq_ignore_ascii_case(table)));
    kind == Kind::Trace || named && matches!(kind, Kind::Other(_) | Kind::Empty)
}
